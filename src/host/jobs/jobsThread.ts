/** A file of jobs in; a thread that does what it is asked, in the order of asking, out. */
import { fromWire, ReplmError } from '../../errors.ts'
import { startThread } from '../journal/thread.ts'
import { jobsDisposed } from './refusal.ts'
import type { AskKind, Asks, Change, Changed, FromThread, JobStoreOptions, Notice, ToThread } from './threadMessages.ts'

export interface JobsThread {
  readonly ask: <K extends AskKind>(kind: K, ask: Asks[K]['ask']) => Promise<Asks[K]['reply']>
  /** One transaction; gives what became of each change. */
  readonly change: (changes: readonly Change[]) => Promise<readonly Changed[]>
  readonly watch: (id: string, isWatched: boolean) => void
  readonly leave: (worker: number) => void
  /** Keeps the process alive, until it has been let go as often. */
  readonly hold: () => void
  readonly letGo: () => void
  readonly end: () => Promise<void>
}

export interface JobsThreadOptions {
  readonly onNotice: (notice: Notice) => void
  /** It has ended by itself. */
  readonly onDeath: () => void
}

export function startJobsThread(data: JobStoreOptions, { onNotice, onDeath }: JobsThreadOptions): JobsThread {
  let last = 0
  const thread = startThread<ToThread, FromThread>({
    entry: new URL('../../workers/jobs', import.meta.url),
    name: 'replm jobs',
    data,
    deathError: (cause) =>
      new ReplmError('STORE', `The jobs' thread has ended, so nothing more can be written to their store: ${data.file}. All that was acknowledged is kept. Open replm again to go on.`, { cause }),
    onDeath,
    onUnasked: (message) => {
      if ('stops' in message) onNotice(message)
    },
  })

  return {
    ask: <K extends AskKind>(kind: K, ask: Asks[K]['ask']) =>
      new Promise<Asks[K]['reply']>((resolve, reject) => {
        const onReply = (message: FromThread): void => {
          if ('error' in message) reject(fromWire(message.error))
          else resolve(('reply' in message ? message.reply : undefined) as Asks[K]['reply']) // the thread answers each kind with its reply
        }
        thread.post({ number: ++last, kind, ask } as ToThread, { onReply, onFailed: reject }) // kind and ask belong together
      }),
    change: (changes) =>
      new Promise((resolve, reject) => {
        thread.post({ number: ++last, changes }, { onReply: (message) => resolve('results' in message ? message.results : []), onFailed: reject })
      }),
    watch: (id, isWatched) => thread.tell({ number: 0, watch: id, isWatched }),
    leave: (worker) => thread.tell({ number: 0, leave: worker }),
    hold: thread.hold,
    letGo: thread.letGo,
    end: () => thread.end(jobsDisposed()),
  }
}
