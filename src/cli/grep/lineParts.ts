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
  /** Whether units are counted, which takes longer than lines. @default no: they are 0 */
  readonly countsUnits: boolean
}

/** A line that is longer is no longer waited for: no search holds it. */
const maxLineBytes = 65 * 1024 * 1024

/** Lines around others take no more, whatever their number: a line is told with less of them. */
const maxAroundBytes = 16 * 1024 * 1024

const lineFeed = 0x0a
const nothing: Buffer = Buffer.alloc(0)

export async function* lineParts(arrivals: AsyncIterable<Buffer>, { before, after, countsUnits }: LinePartsOptions): AsyncGenerator<LinePart, undefined> {
  /** Lines that have been in a part, and those that have not, as what is behind them has not come. */
  let [around, ahead] = [nothing, nothing]
  let aroundLines = 0
  /** Pieces of a line that has not ended. */
  let begun: Buffer[] = []
  let begunBytes = 0
  /** What was told of, but for the lines around. */
  let base = { line: 0, unit: 0 }
  const partOf = (own: Buffer, rest: Buffer): LinePart => {
    const part = { bytes: joined([around, own, rest]), before: aroundLines, lines: countLines(own), base }
    const told = before === 0 ? own : joined([around, own])
    const last = lastLines(told, before)
    base = { line: base.line + part.before + part.lines - last.lines, unit: base.unit + (countsUnits ? told.toString('utf8', 0, last.from).length : 0) }
    around = told.subarray(last.from)
    aroundLines = last.lines
    ahead = rest
    return part
  }
  for await (const bytes of arrivals) {
    const end = bytes.lastIndexOf(lineFeed) + 1
    if (end > 0) {
      const whole = joined([ahead, ...begun, bytes.subarray(0, end)])
      const { from } = lastLines(whole, after)
      begun = []
      begunBytes = 0
      if (from > 0) yield partOf(whole.subarray(0, from), whole.subarray(from))
      else ahead = whole
    }
    begun.push(bytes.subarray(end))
    begunBytes += bytes.length - end
    if (begunBytes > maxLineBytes) break
  }
  const last = joined([ahead, ...begun])
  if (last.length > 0) yield partOf(last, nothing)
  return undefined
}

/** Where the last `count` lines begin, and how many there are. */
function lastLines(bytes: Buffer, count: number): { readonly from: number; readonly lines: number } {
  let from = bytes.length
  let lines = 0
  for (; lines < count && from > 0; lines++) {
    const start = from === 1 ? 0 : bytes.lastIndexOf(lineFeed, from - 2) + 1
    if (bytes.length - start > maxAroundBytes) break
    from = start
  }
  return { from, lines }
}

/** A beginning without an end is one, too. */
function countLines(bytes: Buffer): number {
  const { length } = bytes
  let count = length > 0 && bytes[length - 1] !== lineFeed ? 1 : 0
  for (let feed = bytes.indexOf(lineFeed); feed !== -1; feed = bytes.indexOf(lineFeed, feed + 1)) count += 1
  return count
}

function joined(pieces: readonly Buffer[]): Buffer {
  const some = pieces.filter(({ length }) => length > 0)
  return some.length === 1 ? (some[0] ?? nothing) : Buffer.concat(some)
}
