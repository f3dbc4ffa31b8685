/** Matching lines, as places in blocks, in; what is told of them, within its bounds, out. */
import { type Blocks, type LoadedBlock, rawPlace } from './blocks.ts'
import { bytesOf, cutText, linesAfter, linesBefore } from './contextLines.ts'
import type { CutText, FoundLinesWriter, TextInMemory } from './foundLines.ts'
import type { GrepJob, GrepResult, Stop } from './job.ts'
import type { Kernel } from './kernel.ts'

/** Most matches in a line that are told. */
export const maxSubmatches = 250

/** Most lines in one answer. */
export const maxLines = 4_096

/** A line of a block, and the beginnings and ends of the matches in it, in turn; places in the kernel's memory, the line's end before its line feed. */
export interface FoundRange {
  readonly start: number
  readonly end: number
  readonly ranges: readonly number[]
}

/** Bytes of JSON besides texts, at the most: of a line, of a match in it, of a line around it. */
const lineJsonBytes = 160
const matchJsonBytes = 60
const aroundJsonBytes = 3

export class Findings {
  readonly #job: GrepJob
  readonly #found: FoundLinesWriter
  readonly #max: number
  #count = 0
  #bytes = 0
  #stop: Stop | null = null
  /** Lines counted without being told. */
  rest = 0
  /** How far the block has been counted through that was told of last, from its beginning: it may stand elsewhere the next time. */
  #block: LoadedBlock['block'] | undefined
  #at = 0
  #units = 0
  #lines = 0

  /** What is told goes through `found`, which nobody else uses meanwhile. */
  constructor(job: GrepJob, found: FoundLinesWriter) {
    this.#job = job
    this.#found = found
    found.clear()
    this.#max = Math.min(job.max, maxLines)
  }

  /** Lines that may still be told. */
  get room(): number {
    return this.#bytes >= this.#job.maxBytes ? 0 : this.#max - this.#count
  }

  /** Whether what is beyond is to be counted: as many as were wanted have been told. */
  get isCounting(): boolean {
    return this.#job.count && this.#count >= this.#job.max
  }

  /** Where the line after the last one told begins. */
  get stop(): Stop | null {
    return this.#stop
  }

  result(last: GrepResult['last']): GrepResult {
    return { found: this.#found.finish(), count: this.#count, stop: this.#stop, isFull: this.room <= 0, rest: this.rest, isCounted: this.isCounting, last }
  }

  /** Tells of a line. Gives false once there is room for no other. */
  add(loaded: LoadedBlock, found: FoundRange, blocks: Blocks): boolean {
    const { block, kernel, at } = loaded
    const { start, end } = found
    const { before, after, maxColumns } = this.#job.query
    this.#countTo(loaded, start)
    const units = this.#units
    const lines = this.#lines
    // A carriage return before the line feed is the terminator's.
    const isCrlf = end > start && kernel.bytes[end - 1] === 0x0d && kernel.bytes[end] === 0x0a && end < at + block.bytes
    const line = { start, end: isCrlf ? end - 1 : end, ranges: found.ranges }
    const next = Math.min(end + 1, at + block.bytes)
    this.#countTo(loaded, next)
    const source = blocks.text(block.piece)
    const byteAfter = rawPlace(loaded, next, source)
    const text = textOf(loaded, line, maxColumns)
    let jsonBytes = lineJsonBytes + text.jsonBytes
    /** A line whose surroundings are larger than an answer may be has fewer of them. */
    const fitted = (around: readonly string[]): readonly string[] => {
      const taken = around.findIndex((each) => (jsonBytes += jsonBytesOf(each) + aroundJsonBytes) > this.#job.maxBytes)
      return taken === -1 ? around : around.slice(0, taken)
    }
    const linesUp = before > 0 ? fitted(linesBefore(rawPlace(loaded, start, source), { text: source, count: before, maxColumns }).toReversed()).toReversed() : undefined
    const linesDown = after > 0 ? fitted(linesAfter(byteAfter, { text: source, count: after, maxColumns })) : undefined
    this.#found.add({ piece: block.piece, jsonBytes, byteAfter, linesAfter: this.#lines, unitsAfter: this.#units, lines, units, ranges: text.ranges, before: linesUp, after: linesDown }, text.text)
    this.#count += 1
    this.#bytes += jsonBytes
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

interface LineText {
  readonly text: TextInMemory | CutText
  /** Beginnings and ends of its matches, in units. */
  readonly ranges: readonly number[]
  readonly jsonBytes: number
}

function textOf({ block, kernel }: LoadedBlock, line: FoundRange, maxColumns: number): LineText {
  const { start, end } = line
  const places = matchPlaces(kernel.bytes, line)
  const ranges = block.isAscii ? places.map((place) => place - start) : unitsBetween(kernel, start, places)
  // No unit takes less than a byte.
  if (end - start > maxColumns && kernel.units(start, end) > maxColumns) return cutTextOf(kernel.bytes, { start, end, places, ranges }, maxColumns)
  const escapes = kernel.escapes(start, end)
  let jsonBytes = end - start + escapes + (places.length / 2) * matchJsonBytes
  // Matches do not overlap: all of them are told as a whole.
  for (let index = 0; index < places.length; index += 2) jsonBytes += (places[index + 1] ?? 0) - (places[index] ?? 0)
  return { text: { bytes: kernel.bytes, start, end, isAscii: block.isAscii }, ranges, jsonBytes: jsonBytes + escapes }
}

interface CutLine {
  readonly start: number
  readonly end: number
  readonly places: readonly number[]
  readonly ranges: readonly number[]
}

function cutTextOf(bytes: Buffer, { start, end, places, ranges }: CutLine, maxColumns: number): LineText {
  const text = cutText(bytes.toString('utf8', start, Math.min(end, start + bytesOf(maxColumns))), maxColumns)
  let jsonBytes = jsonBytesOf(text) + (places.length / 2) * matchJsonBytes
  /** All matches together are no longer than a line may be. */
  let left = maxColumns
  const matches: string[] = []
  for (let index = 0; index < places.length; index += 2) {
    const [from, to] = [places[index] ?? end, places[index + 1] ?? end]
    const match = cutText(bytes.toString('utf8', from, Math.min(to, from + bytesOf(left))), left)
    left -= match.length
    jsonBytes += jsonBytesOf(match)
    matches.push(match)
  }
  return { text: { text, matches }, ranges, jsonBytes }
}

function jsonBytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text))
}

/** Beginnings and ends of the matches that are told, at characters, within the line. */
function matchPlaces(bytes: Buffer, { end, ranges }: FoundRange): number[] {
  const places: number[] = []
  for (let index = 0; index < ranges.length && places.length < 2 * maxSubmatches; index += 2) {
    const given = ranges[index] ?? end
    const from = characterStart(bytes, given, end)
    // Nothing, between the bytes of a character.
    if (from < given && given === ranges[index + 1]) continue
    places.push(from, Math.max(from, characterStart(bytes, ranges[index + 1] ?? end, end)))
  }
  return places
}

/** Units from `start` to each of the places, which rise. */
function unitsBetween(kernel: Kernel, start: number, places: readonly number[]): number[] {
  let at = start
  let units = 0
  return places.map((place) => {
    units += kernel.units(at, place)
    at = place
    return units
  })
}

/** Without Unicode a match may begin or end within a character: then it does so before it. */
function characterStart(bytes: Buffer, place: number, end: number): number {
  if (place >= end) return end
  let at = place
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at--
  return at
}
