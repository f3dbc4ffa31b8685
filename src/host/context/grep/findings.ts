/** Matching lines, as places in blocks, in; what is told of them, within its bounds, out. */
import type { WireGrepMatch } from '../../../protocol.ts'
import { type Blocks, type LoadedBlock, rawPlace } from './blocks.ts'
import { bytesOf, cutText, linesAfter, linesBefore } from './contextLines.ts'
import type { GrepJob, GrepResult, Stop } from './job.ts'

/** Most matches in a line that are told. */
export const maxSubmatches = 250

/** Most lines in one answer. */
export const maxLines = 4_096

/** A line of a block, and the beginnings and ends of the matches in it, in turn; places in the kernel's memory, the line's end before its line feed. */
export interface FoundLine {
  readonly start: number
  readonly end: number
  readonly ranges: readonly number[]
}

export class Findings {
  readonly #job: GrepJob
  readonly #found: string[] = []
  readonly #max: number
  #bytes = 0
  #stop: Stop | null = null
  /** Lines counted without being told. */
  rest = 0
  /** How far the block has been counted through that was told of last, from its beginning: it may stand elsewhere the next time. */
  #block: LoadedBlock['block'] | undefined
  #at = 0
  #units = 0
  #lines = 0

  constructor(job: GrepJob) {
    this.#job = job
    this.#max = Math.min(job.max, maxLines)
  }

  /** Lines that may still be told. */
  get room(): number {
    return this.#bytes >= this.#job.maxBytes ? 0 : this.#max - this.#found.length
  }

  /** Whether what is beyond is to be counted: as many as were wanted have been told. */
  get isCounting(): boolean {
    return this.#job.count && this.#found.length >= this.#job.max
  }

  /** Where the line after the last one told begins. */
  get stop(): Stop | null {
    return this.#stop
  }

  result(last: GrepResult['last']): GrepResult {
    return { found: `[${this.#found.join(',')}]`, count: this.#found.length, isFull: this.room <= 0, rest: this.rest, isCounted: this.isCounting, last }
  }

  /** Tells of a line. Gives false once there is room for no other. */
  add(loaded: LoadedBlock, { start, end, ranges }: FoundLine, blocks: Blocks): boolean {
    const { block, kernel, at } = loaded
    const { before, after, maxColumns } = this.#job.query
    this.#countTo(loaded, start)
    const line = this.#lines + 1
    const lineUnit = this.#units
    const bytes = kernel.bytes
    // A carriage return before the line feed is the terminator's.
    const isCrlf = end > start && bytes[end - 1] === 0x0d && bytes[end] === 0x0a && end < at + block.bytes
    const textEnd = isCrlf ? end - 1 : end
    const whole = bytes.toString('utf8', start, Math.min(textEnd, start + bytesOf(maxColumns)))
    const text = cutText(whole, maxColumns)
    const submatches = submatchesOf(loaded, { start, end: textEnd, ranges }, maxColumns)
    const first = submatches[0]?.start ?? 0
    const next = Math.min(end + 1, at + block.bytes)
    this.#countTo(loaded, next)
    const source = blocks.text(block.piece)
    const needsPlaces = before > 0 || after > 0
    const match: WireGrepMatch = {
      doc: this.#job.pieces[block.piece]?.doc ?? 0,
      line,
      column: first + 1,
      offset: lineUnit + first,
      text,
      submatches,
      ...(before > 0 ? { before: linesBefore(rawPlace(loaded, start, source), { text: source, count: before, maxColumns }) } : {}),
      ...(after > 0 ? { after: linesAfter(rawPlace(loaded, next, source), { text: source, count: after, maxColumns }) } : {}),
      ...(text.length < whole.length || start + bytesOf(maxColumns) < textEnd ? { cut: true } : {}),
    }
    const json = JSON.stringify(needsPlaces ? fitted(match, this.#job.maxBytes) : match)
    const byteAfter = rawPlace(loaded, next, source)
    const size = Buffer.byteLength(json)
    this.#found.push(`[${block.piece},${size},${byteAfter},${this.#lines},${this.#units},${json}]`)
    this.#bytes += size
    this.#stop = { piece: block.piece, byte: byteAfter, lines: this.#lines, units: this.#units }
    return this.room > 0
  }

  /** Counts units and lines of the piece up to a place in the block. */
  #countTo({ block, kernel, at }: LoadedBlock, place: number): void {
    if (this.#block !== block) {
      this.#block = block
      this.#at = 0
      this.#units = block.unitsBefore
      this.#lines = block.linesBefore
    }
    const from = at + this.#at
    this.#units += block.isAscii ? place - from : kernel.units(from, place)
    this.#lines += kernel.lineFeeds(from, place)
    this.#at = place - at
  }
}

function submatchesOf({ block, kernel }: LoadedBlock, { start, end, ranges }: FoundLine, maxColumns: number): WireGrepMatch['submatches'] {
  const submatches: { text: string; start: number; end: number }[] = []
  let at = start
  let units = 0
  /** All of them together are no longer than a line may be. */
  let left = maxColumns
  const unitsTo = (place: number): number => {
    units += block.isAscii ? place - at : kernel.units(at, place)
    at = place
    return units
  }
  for (let index = 0; index < ranges.length && submatches.length < maxSubmatches; index += 2) {
    const given = ranges[index] ?? end
    const from = characterStart(kernel.bytes, given, end)
    // Nothing, between the bytes of a character.
    if (from < given && given === ranges[index + 1]) continue
    const to = Math.max(from, characterStart(kernel.bytes, ranges[index + 1] ?? end, end))
    const text = cutText(kernel.bytes.toString('utf8', from, Math.min(to, from + bytesOf(left))), left)
    left -= text.length
    submatches.push({ text, start: unitsTo(from), end: unitsTo(to) })
  }
  return submatches
}

/** Without Unicode a match may begin or end within a character: then it does so before it. */
function characterStart(bytes: Buffer, place: number, end: number): number {
  if (place >= end) return end
  let at = place
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at--
  return at
}

/** A line whose surroundings are larger than an answer may be has fewer of them. */
function fitted(match: WireGrepMatch, maxBytes: number): WireGrepMatch {
  let left = maxBytes - JSON.stringify({ ...match, before: [], after: [] }).length
  const take = (lines: readonly string[]): string[] => {
    const taken: string[] = []
    for (const line of lines) {
      left -= Buffer.byteLength(JSON.stringify(line)) + 1
      if (left < 0) break
      taken.push(line)
    }
    return taken
  }
  const before = match.before === undefined ? {} : { before: take(match.before.toReversed()).toReversed() }
  const after = match.after === undefined ? {} : { after: take(match.after) }
  return { ...match, ...before, ...after }
}
