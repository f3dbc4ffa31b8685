/** A thread's entry in; messages to it, each with its answer, out. Never keeps the process alive but for what it owes an answer, and while it is held. */
import { Worker } from 'node:worker_threads'
import type { ReplmError } from '../../errors.ts'

/** Messages are numbered by the host, from 1; what either side says without an answer to come or to give has the number 0. */
export interface Numbered {
  readonly number: number
}

export interface WhenDone<From> {
  readonly onReply: (message: From) => void
  readonly onFailed: (error: ReplmError) => void
}

export interface Thread<To extends Numbered, From extends Numbered> {
  readonly post: (message: To, whenDone: WhenDone<From>, transferred?: readonly ArrayBuffer[]) => void
  /** Without an answer. */
  readonly tell: (message: To) => void
  /** Keeps the process alive, until it has been let go as often. */
  readonly hold: () => void
  readonly letGo: () => void
  /** What was asked and not answered fails with this error, as does whatever is asked later. */
  readonly end: (error: ReplmError) => Promise<void>
}

export interface StartThreadOptions<From> {
  /** Its file without the ending: works from source and from dist. */
  readonly entry: URL
  readonly name: string
  readonly data: unknown
  /** What is said of one that ended by itself. */
  readonly deathError: (cause: unknown) => ReplmError
  /** It has ended by itself, owning what it owned. */
  readonly onDeath: () => void
  readonly onUnasked?: (message: From) => void
}

export function startThread<To extends Numbered, From extends Numbered>({ entry, name, data, deathError, onDeath, onUnasked }: StartThreadOptions<From>): Thread<To, From> {
  const waiting = new Map<number, WhenDone<From>>()
  let holds = 0
  let death: ReplmError | undefined
  // The thread needs nothing of the environment, where keys are, nor of what the program was started with.
  const worker = new Worker(new URL(`${entry.href}${import.meta.url.slice(-3)}`), { workerData: data, env: {}, execArgv: [], name })
  worker.unref()

  function hold(): void {
    if (holds++ === 0) worker.ref()
  }

  function letGo(): void {
    if (--holds === 0) worker.unref()
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
    die(deathError(cause))
  }

  worker.on('message', (message: From) => {
    if (message.number === 0) {
      onUnasked?.(message)
      return
    }
    const whenDone = waiting.get(message.number)
    if (waiting.delete(message.number)) letGo()
    whenDone?.onReply(message)
  })
  worker.on('error', dieUnasked)
  worker.on('exit', (code) => dieUnasked(new Error(`exit code ${code}`)))

  return {
    post: (message, whenDone, transferred = []) => {
      if (death !== undefined) {
        whenDone.onFailed(death)
        return
      }
      worker.postMessage(message, transferred)
      hold()
      waiting.set(message.number, whenDone)
    },
    tell: (message) => {
      if (death === undefined) worker.postMessage(message)
    },
    hold,
    letGo,
    end: async (error) => {
      // What goes on in steps is left where it is.
      die(error)
      await worker.terminate()
    },
  }
}
