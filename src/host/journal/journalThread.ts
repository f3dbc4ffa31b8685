/** A store's file in; a thread that does what it is asked, in the order of asking, out. Never keeps the process alive but for what it owes an answer. */
import { Worker } from 'node:worker_threads'
import { fromWire, ReplmError } from '../../errors.ts'
import { journalDisposed } from './refusal.ts'
import type { Part, StoreOptions } from './store.ts'
import type { AskKind, Asks, FromThread, RefusedPart, ToThread } from './threadMessages.ts'

export interface JournalThread {
  readonly ask: <K extends AskKind>(kind: K, ask: Asks[K]['ask'], transferred?: readonly ArrayBuffer[]) => Promise<Asks[K]['reply']>
  /** `onWritten` gets what was refused of a group. */
  readonly write: (parts: readonly Part[], onWritten: (refused: readonly RefusedPart[]) => void, onFailed: (error: ReplmError) => void) => void
  readonly end: () => Promise<void>
}

interface Waiting {
  readonly onReply: (message: FromThread) => void
  readonly onFailed: (error: ReplmError) => void
}

/** `onDeath` is told when it ends by itself, owning what it owned. */
export function startJournalThread(data: StoreOptions, onDeath: () => void): JournalThread {
  const waiting = new Map<number, Waiting>()
  let last = 0
  let death: ReplmError | undefined
  // Works from source and from dist. The thread needs nothing of the environment, where keys are, nor of what the program was started with.
  const worker = new Worker(new URL(`../../workers/journal${import.meta.url.slice(-3)}`, import.meta.url), { workerData: data, env: {}, execArgv: [], name: 'replm journal' })
  worker.unref()

  function post(message: ToThread, whenDone: Waiting, transferred: readonly ArrayBuffer[] = []): void {
    if (death !== undefined) {
      whenDone.onFailed(death)
      return
    }
    worker.postMessage(message, transferred)
    if (waiting.size === 0) worker.ref()
    waiting.set(message.number, whenDone)
  }

  function die(error: ReplmError): void {
    death ??= error
    const all = [...waiting.values()]
    waiting.clear()
    for (const { onFailed } of all) onFailed(death)
  }

  function dieUnasked(cause: unknown): void {
    if (death !== undefined) return
    onDeath()
    die(new ReplmError('STORE', `The journal's thread has ended, so nothing more can be written to the store: ${data.file}. All that was acknowledged is kept. Open replm again to go on.`, { cause }))
  }

  worker.on('message', (message: FromThread) => {
    const whenDone = waiting.get(message.number)
    waiting.delete(message.number)
    if (waiting.size === 0) worker.unref()
    whenDone?.onReply(message)
  })
  worker.on('error', dieUnasked)
  worker.on('exit', (code) => dieUnasked(new Error(`exit code ${code}`)))

  return {
    ask: <K extends AskKind>(kind: K, ask: Asks[K]['ask'], transferred?: readonly ArrayBuffer[]) =>
      new Promise<Asks[K]['reply']>((resolve, reject) => {
        const onReply = (message: FromThread): void => {
          if ('error' in message) reject(fromWire(message.error))
          else resolve(('reply' in message ? message.reply : undefined) as Asks[K]['reply']) // the thread answers each kind with its reply
        }
        post({ number: ++last, kind, ask } as ToThread, { onReply, onFailed: reject }, transferred) // kind and ask belong together
      }),
    write: (parts, onWritten, onFailed) => {
      post({ number: ++last, parts }, { onReply: (message) => onWritten(('refused' in message ? message.refused : undefined) ?? []), onFailed })
    },
    end: async () => {
      // What goes on in steps is left where it is.
      die(journalDisposed())
      await worker.terminate()
    },
  }
}
