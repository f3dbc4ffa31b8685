/** Segments in; a text that can be read at any place, however large it is, out. */
import { ReplmError } from '../../errors.ts'
import { maxReadUnits } from '../../protocol.ts'
import type { TextBytes } from './grep/job.ts'
import type { Segment } from './measure.ts'
import { readPiece } from './piece.ts'
import type { SegmentCache } from './segmentCache.ts'
import { SegmentIndex } from './segmentIndex.ts'
import type { Segments } from './segments.ts'
import { writeUtf8, type WrittenText } from './writtenText.ts'

export interface DocumentTextOptions {
  readonly cache: SegmentCache
  /** Its own within the cache. */
  readonly key: string
  /** What is known of the text already. @default nothing */
  readonly index?: SegmentIndex
}

/** A slice of so many units may be read without the segment around it. */
const maxShortUnits = 8 * 1024

/** After so many blocks of a search whose end nobody knows it will go on for long. */
const manyBlocks = 32

/**
 * The text of one document. Offsets count UTF-16 units from 0, lines from 1; a line ends with \n or \r\n, which are no part of it, and a text
 * that ends so has no empty line after it.
 * Counts as far as a read needs, and keeps what it has counted in an index.
 */
export class DocumentText {
  readonly #segments: Segments
  readonly #cache: SegmentCache
  readonly #key: string
  readonly #index: SegmentIndex
  /** The segment that a short slice was read of last. */
  #lastRead: number | undefined
  #written: Promise<WrittenText> | undefined
  #isClosed = false

  constructor(segments: Segments, options: DocumentTextOptions) {
    this.#segments = segments
    this.#cache = options.cache
    this.#key = options.key
    this.#index = options.index ?? new SegmentIndex(segments.start)
  }

  /** As `String.slice`. See {@link WireDocRead} for what happens at pairs, and with long ranges. */
  async slice(from: number, to: number): Promise<string> {
    const length = from < 0 || to < 0 ? await this.charCount() : Infinity
    const begin = from < 0 ? Math.max(0, length + from) : from
    const asked = to < 0 ? length + to : to
    const short = asked - begin > 0 && asked - begin <= maxShortUnits ? await this.#shortSlice(begin, asked) : undefined
    if (short !== undefined) return short
    const first = await this.down(begin)
    // One more than the limit: an adjacent range may begin one unit early, when the one before it ended so.
    const reached = await this.reach(Math.min(asked, first + maxReadUnits + 2))
    if (reached - first > maxReadUnits + 1) throw new RangeError(`Expected a range of at most ${maxReadUnits} characters: read longer ones in adjacent ranges`)
    const end = await this.down(reached)
    return end <= first ? '' : this.text(first, end)
  }

  /** Lines `from` to `from + count - 1`; see {@link WireDocRead}. */
  async lines(from: number, count: number): Promise<string[]> {
    const lines: string[] = []
    if (count === 0) return lines
    let at = await this.lineStart(from)
    let units = 0
    let begun = ''
    while ((await this.reach(at + 1)) > at) {
      const segment = this.#index.withUnit(at)
      const text = (await this.#text(segment)).slice(at - this.#index.before(segment).units)
      let place = 0
      for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', place)) {
        const line = withoutReturn(begun + text.slice(place, feed))
        units += line.length + 1
        if (units > maxReadUnits) return checkedLines(lines, from)
        lines.push(line)
        if (lines.length === count) return lines
        begun = ''
        place = feed + 1
      }
      begun += text.slice(place)
      if (units + begun.length > maxReadUnits) return checkedLines(lines, from)
      at += text.length
    }
    if (begun !== '') lines.push(begun)
    return lines
  }

  /** Offset of a line's first unit; past the last line, the length of the text. */
  async lineStart(line: number): Promise<number> {
    const feeds = line - 1
    if (feeds === 0) return 0
    await this.#countOn(() => feeds - this.#index.lineFeeds)
    if (this.#index.lineFeeds < feeds) return this.charCount()
    // The segment that holds the line feed before the line.
    const segment = this.#index.withLineFeed(feeds - 1)
    const { units, lineFeeds } = this.#index.before(segment)
    const text = await this.#text(segment)
    let at = -1
    for (let feed = lineFeeds; feed < feeds; feed++) at = text.indexOf('\n', at + 1)
    return units + at + 1
  }

  async charCount(): Promise<number> {
    await this.#countOn(() => Infinity)
    return this.#index.units
  }

  async lineCount(): Promise<number> {
    const length = await this.charCount()
    const feeds = this.#index.lineFeeds
    return length === 0 || (await this.text(length - 1, length)) === '\n' ? feeds : feeds + 1
  }

  /** The length of the text, or `units` where it is longer. After this, all up to there may be read. */
  async reach(units: number): Promise<number> {
    await this.#countOn(() => units - this.#index.units)
    return Math.min(units, this.#index.units)
  }

  /** The offset itself, or the one before it where it stands between the halves of a pair. */
  async down(offset: number): Promise<number> {
    if (offset <= 0 || (await this.reach(offset + 1)) <= offset) return offset
    const segment = this.#index.withUnit(offset)
    const text = await this.#text(segment)
    return splitsPair(text, offset - this.#index.before(segment).units) ? offset - 1 : offset
  }

  /** A range that was reached, `from < to`, as it is. */
  async text(from: number, to: number): Promise<string> {
    const first = this.#index.withUnit(from)
    const last = this.#index.withUnit(to - 1)
    const texts = await this.#texts(first, last)
    const begin = this.#index.before(first).units
    return (texts.length === 1 ? (texts[0] ?? '') : texts.join('')).slice(from - begin, to - begin)
  }

  /** Bytes of the text as UTF-8, and the bytes. */
  async utf8(): Promise<{ readonly bytes: number; readonly blocks: AsyncIterable<Buffer> }> {
    return { bytes: await this.#segments.utf8Bytes(), blocks: this.#segments.utf8Blocks() }
  }

  /** Where threads can read the text as UTF-8. What is not there as such is written down once: in memory, or in a file that only this process can reach. */
  textBytes(name: string): Promise<TextBytes> {
    const { utf8File, start, end } = this.#segments
    if (utf8File !== undefined && 'path' in utf8File) return Promise.resolve({ type: 'file', path: utf8File.path, mtimeNs: utf8File.mtimeNs, name, start, size: end })
    if (utf8File !== undefined) return Promise.resolve({ type: 'handle', fd: utf8File.fd, name, start, size: end })
    this.#written ??= writeUtf8(this.#segments)
    return this.#written.then((written) => ({ ...written.bytes, name }))
  }

  verify(): Promise<void> {
    return this.#segments.verify()
  }

  /** Stops what is on its way; whoever waits for it is told to. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#written?.then(({ close }) => close()).catch(() => undefined) // it could not be written: there is nothing to close
    await this.#segments.close()
  }

  get #isComplete(): boolean {
    return this.#index.place === this.#segments.end
  }

  /** Counts until nothing is missing, or the text ends. `missing` is how many bytes, at least, are still to come. */
  async #countOn(missing: () => number): Promise<void> {
    for (let blocks = 0; !this.#isComplete && missing() > 0; blocks++) {
      // No unit and no line takes less than a byte.
      const wanted = blocks >= manyBlocks ? Infinity : missing()
      await this.#index.extend((from) => this.#count(from, wanted))
    }
  }

  #count(from: number, wanted: number): Promise<readonly Segment[]> {
    if (this.#isClosed) return Promise.reject(new ReplmError('DISPOSED', 'The documents of this session were closed while one was read.'))
    return this.#segments.measure(from, wanted)
  }

  /** A slice that is read by itself; undefined where its surroundings are at hand, or are to be. */
  async #shortSlice(from: number, to: number): Promise<string | undefined> {
    const reached = await this.reach(to + 1)
    const end = Math.min(to, reached)
    if (end <= from) return ''
    // A unit more on either side tells whether a pair is split.
    const begin = Math.max(0, from - 1)
    const [first, last] = [this.#index.withUnit(begin), this.#index.withUnit(reached - 1)]
    const isRead = this.#lastRead === first || this.#lastRead === last
    this.#lastRead = last
    // Whoever comes again goes through the text.
    if (isRead || this.#cache.has(this.#keyOf(first)) || this.#cache.has(this.#keyOf(last))) return undefined
    let text = ''
    for (let segment = first; segment <= last; segment++) {
      const piece = await readPiece(this.#segments, { from: Math.max(begin, this.#index.before(segment).units), to: Math.min(reached, this.#index.before(segment + 1).units), start: this.#index.before(segment), end: this.#index.before(segment + 1) })
      if (piece === undefined) return undefined
      text += piece
    }
    return text.slice(splitsPair(text, from - begin) ? 0 : from - begin, splitsPair(text, end - begin) ? end - begin - 1 : end - begin)
  }

  #keyOf(segment: number): string {
    return `${this.#key}:${segment}`
  }

  async #text(segment: number): Promise<string> {
    return (await this.#texts(segment, segment))[0] ?? ''
  }

  /** Segments `first` to `last`; those that are not cached, and what is between them, in one read. */
  async #texts(first: number, last: number): Promise<readonly string[]> {
    const texts: (string | undefined)[] = []
    for (let segment = first; segment <= last; segment++) texts.push(this.#cache.get(this.#keyOf(segment)))
    const missing = texts.indexOf(undefined)
    if (missing === -1) return texts as string[] // no undefined among them
    const end = texts.lastIndexOf(undefined)
    const read = await this.#segments.decode(this.#index.places(first + missing, first + end))
    for (const [offset, text] of read.entries()) this.#cache.set(this.#keyOf(first + missing + offset), text)
    return [...(texts.slice(0, missing) as string[]), ...read, ...(texts.slice(end + 1) as string[])] // cached on both sides
  }
}

function checkedLines(lines: string[], from: number): string[] {
  if (lines.length > 0) return lines
  throw new RangeError(`Line ${from} is longer than ${maxReadUnits} characters: read it by slices`)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function splitsPair(text: string, at: number): boolean {
  return at > 0 && isHighSurrogate(text.charCodeAt(at - 1)) && isLowSurrogate(text.charCodeAt(at))
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}
