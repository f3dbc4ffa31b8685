/** Bytes as they come in; whole lines of them, with those around them, out. */

/** Lines that can be searched as a text of their own. */
export interface LinePart {
  /** Whole lines; only the last ones of all may end without a line feed. */
  readonly bytes: Buffer
  /** Lines before those of this part: there, and in other parts, too, as what is around lines. */
  readonly before: number
  /** Lines of this part, which are in no other; those behind them are around them. */
  readonly lines: number
  /** Lines of the stream before the bytes, and UTF-16 units. */
  readonly base: { readonly line: number; readonly unit: number }
}

export interface LinePartsOptions {
  /** Lines that each is to have before it, and behind it: a part waits for the latter. */
  readonly before: number
  readonly after: number
}

/** A line that is longer is no longer waited for: no search holds it. */
const maxLineBytes = 65 * 1024 * 1024

/** Lines around others take no more, whatever their number: of one that is told as much is told less. */
const maxAroundBytes = 16 * 1024 * 1024

const lineFeed = 0x0a

export async function* lineParts(arrivals: AsyncIterable<Buffer>, { before, after }: LinePartsOptions): AsyncGenerator<LinePart, undefined> {
  /** Lines that have been in a part. */
  let around: Buffer = Buffer.alloc(0)
  /** Whole lines that have been in none, as those behind them have not come. */
  let ahead: Buffer = Buffer.alloc(0)
  /** The beginning of a line. */
  let begun: Buffer[] = []
  let begunBytes = 0
  let base = { line: 0, unit: 0 }
  const partOf = (own: Buffer, rest: Buffer): LinePart => {
    const part = { bytes: Buffer.concat([around, own, rest]), before: countLines(around), lines: countLines(own), base }
    const told = before === 0 ? own : Buffer.concat([around, own])
    const from = lastLines(told, before)
    base = { line: base.line + countLines(told.subarray(0, from)), unit: base.unit + told.toString('utf8', 0, from).length }
    around = told.subarray(from)
    ahead = rest
    return part
  }
  for await (const bytes of arrivals) {
    const end = bytes.lastIndexOf(lineFeed) + 1
    if (end > 0) {
      const whole = Buffer.concat([ahead, ...begun, bytes.subarray(0, end)])
      const from = lastLines(whole, after)
      begun = []
      begunBytes = 0
      if (from > 0) yield partOf(whole.subarray(0, from), whole.subarray(from))
      else ahead = whole
    }
    begun.push(bytes.subarray(end))
    begunBytes += bytes.length - end
    if (begunBytes > maxLineBytes) break
  }
  const last = Buffer.concat([ahead, ...begun])
  if (last.length > 0) yield partOf(last, Buffer.alloc(0))
  return undefined
}

/** Where the last `count` lines begin. */
function lastLines(bytes: Buffer, count: number): number {
  let from = bytes.length
  for (let lines = 0; lines < count && from > 0; lines++) {
    const start = from === 1 ? 0 : bytes.lastIndexOf(lineFeed, from - 2) + 1
    if (bytes.length - start > maxAroundBytes) break
    from = start
  }
  return from
}

/** A beginning without an end is one, too. */
function countLines(bytes: Buffer): number {
  let count = bytes.length > 0 && bytes[bytes.length - 1] !== lineFeed ? 1 : 0
  // Several times as fast as a loop over its items.
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === lineFeed) count += 1
  return count
}
