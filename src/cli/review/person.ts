/** A terminal in; one line of the person at it, whenever it is asked for, out. */
import { createInterface } from 'node:readline'

export interface Person {
  /** Whose words are shown where: a prompt shares its terminal with nothing but the conversation. */
  readonly stream: 'stdout' | 'stderr'
  /** The next line, behind a prompt that is shown already; null when the person has ended the input. Rejects with the signal's reason. */
  readLine(options: { readonly signal: AbortSignal }): Promise<string | null>
  /** Lets another program have the terminal while it works. */
  lend<T>(work: () => Promise<T>): Promise<T>
}

/** A person at a terminal that edits lines by itself. */
export function personAt(stdin: NodeJS.ReadStream): Person {
  return {
    stream: 'stderr',
    readLine: async ({ signal }) => {
      signal.throwIfAborted()
      const reader = createInterface({ input: stdin, terminal: false })
      const { promise, resolve, reject } = Promise.withResolvers<string | null>()
      const stop = (): void => reject(signal.reason as Error) // what a signal aborts with
      signal.addEventListener('abort', stop, { once: true })
      reader.once('line', resolve).once('close', () => resolve(null))
      try {
        return await promise
      } finally {
        signal.removeEventListener('abort', stop)
        reader.close()
      }
    },
    lend: async (work) => {
      stdin.pause()
      return work()
    },
  }
}
