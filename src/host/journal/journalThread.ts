/** A store's file in; a thread that does what it is asked, in the order of asking, out. */
import { fromWire, ReplmError } from '../../errors.ts'
import { journalDisposed } from './refusal.ts'
import type { Part, StoreOptions } from './store.ts'
import { startThread } from './thread.ts'
import type { AskKind, Asks, FromThread, RefusedPart, ToThread } from './threadMessages.ts'

export interface JournalThread {
  readonly ask: <K extends AskKind>(kind: K, ask: Asks[K]['ask'], transferred?: readonly ArrayBuffer[]) => Promise<Asks[K]['reply']>
  /** `onWritten` gets what was refused of a group. */
  readonly write: (parts: readonly Part[], onWritten: (refused: readonly RefusedPart[]) => void, onFailed: (error: ReplmError) => void) => void
  readonly end: () => Promise<void>
}

/** `onDeath` is told when it ends by itself, owning what it owned. */
export function startJournalThread(data: StoreOptions, onDeath: () => void): JournalThread {
  let last = 0
  const thread = startThread<ToThread, FromThread>({
    entry: new URL('../../workers/journal', import.meta.url),
    name: 'replm journal',
    data,
    deathError: (cause) =>
      new ReplmError('STORE', `The journal's thread has ended, so nothing more can be written to the store: ${data.file}. All that was acknowledged is kept. Open replm again to go on.`, { cause }),
    onDeath,
  })

  return {
    ask: <K extends AskKind>(kind: K, ask: Asks[K]['ask'], transferred?: readonly ArrayBuffer[]) =>
      new Promise<Asks[K]['reply']>((resolve, reject) => {
        const onReply = (message: FromThread): void => {
          if ('error' in message) reject(fromWire(message.error))
          else resolve(('reply' in message ? message.reply : undefined) as Asks[K]['reply']) // the thread answers each kind with its reply
        }
        thread.post({ number: ++last, kind, ask } as ToThread, { onReply, onFailed: reject }, transferred) // kind and ask belong together
      }),
    write: (parts, onWritten, onFailed) => {
      thread.post({ number: ++last, parts }, { onReply: (message) => onWritten(('refused' in message ? message.refused : undefined) ?? []), onFailed })
    },
    end: () => thread.end(journalDisposed()),
  }
}
