/** Bytes of JSON Lines in; what each line is, out: with pauses, so that a long text stalls nobody. */
import { setImmediate } from 'node:timers/promises'
import { parseJson } from './json.ts'

/** Bytes that are read in one go: some milliseconds. */
const sliceBytes = 256 * 1024

const newline = 10

/** Rejects with a RequestProblem that names the line. Empty lines are skipped. */
export async function readLines(bytes: Uint8Array): Promise<readonly unknown[]> {
  const lines: unknown[] = []
  let sliceEnd = sliceBytes
  for (let from = 0, line = 1; from < bytes.byteLength; line += 1) {
    const found = bytes.indexOf(newline, from)
    const end = found === -1 ? bytes.byteLength : found
    const text = bytes.subarray(from, end)
    // Space, tab and carriage return alone.
    if (text.some((byte) => byte !== 32 && byte !== 9 && byte !== 13)) lines.push(parseJson(text, `Line ${line} of the body`))
    from = end + 1
    if (from > sliceEnd) {
      sliceEnd = from + sliceBytes
      await setImmediate()
    }
  }
  return lines
}
