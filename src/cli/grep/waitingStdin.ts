/** Standard input that was not asked for by name in; the same out, and a word on how to search files, where nothing comes for a while. */
import type { Terminal } from '../terminal.ts'

/** A job whose standard input is a pipe that nobody writes to would be thought to hang. */
const patienceMs = 2_000

export async function* readWhenAsked(stdin: AsyncIterable<Uint8Array | string>, terminal: Pick<Terminal, 'complain'>): AsyncGenerator<Uint8Array | string> {
  const timer = setTimeout(() => terminal.complain('Waiting for standard input, which is searched where no files are named; `replm grep PATTERN .` searches this folder.\n'), patienceMs)
  try {
    for await (const chunk of stdin) {
      clearTimeout(timer)
      yield chunk
    }
  } finally {
    clearTimeout(timer)
  }
}
