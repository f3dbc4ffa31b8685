/** Chunks of bytes in, cut anywhere; the lines of their text, as each ends, out. */
import { StringDecoder } from 'node:string_decoder'
import { tooLarge } from './wholeReply.ts'

/** Longest line, in UTF-16 units: a whole reply may stand in one. */
export const maxLine = 16 * 1024 * 1024

export interface Lines {
  /** The lines that ended with this chunk, without their ends. Throws for a line over 16 Mi units. */
  push(chunk: Uint8Array): readonly string[]
  /** What came after the last end of a line, where there is something. */
  rest(): string
}

/** Text is UTF-8, a byte order mark at its start is no part of it, and a line ends with CR, LF or both: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
export function createLines(): Lines {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let started = false
  let endedWithCr = false

  function push(chunk: Uint8Array): readonly string[] {
    // Buffer and Uint8Array are read alike.
    let text = decoder.write(chunk as Buffer)
    if (text === '') return []
    if (!started) {
      started = true
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    }
    const lines: string[] = []
    // The LF of a CRLF that was cut in two ends nothing.
    let start = endedWithCr && text.charCodeAt(0) === 10 ? 1 : 0
    if (text !== '') endedWithCr = text.charCodeAt(text.length - 1) === 13
    let lf = text.indexOf('\n', start)
    let cr = text.indexOf('\r', start)
    while (lf !== -1 || cr !== -1) {
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr
      const line = text.slice(start, end)
      lines.push(rest === '' ? line : rest + line)
      rest = ''
      start = end === cr && lf === cr + 1 ? end + 2 : end + 1
      if (lf !== -1 && lf < start) lf = text.indexOf('\n', start)
      if (cr !== -1 && cr < start) cr = text.indexOf('\r', start)
    }
    // Only the new text is searched, and joined when its line ends: a long line in many chunks costs its length once.
    if (start < text.length) rest += text.slice(start)
    if (rest.length > maxLine) throw tooLarge(maxLine)
    return lines
  }

  return { push, rest: () => rest + decoder.end() }
}
