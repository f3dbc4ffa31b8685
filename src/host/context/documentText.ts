/** Segments in; a text that can be read at any place, however large it is, out. */
import { ReplmError } from '../../errors.ts'
import { maxReadUnits } from '../../protocol.ts'
import type { TextBytes } from './grep/job.ts'
import type { SegmentCache } from './segmentCache.ts'
import { isHighSurrogate, type Segments } from './segments.ts'
import { writeUtf8, type WrittenText } from './writtenText.ts'

/**
 * The text of one document. Offsets count UTF-16 units from 0, lines from 1; a line ends with \n or \r\n, which are no part of it, and a text
 * that ends so has no empty line after it.
 * Keeps three numbers for every 64 KiB it has come past, and comes as far as a read needs.
 */
export class DocumentText {
  readonly #segments: Segments
  readonly #cache: SegmentCache
  readonly #key: string
  /** Where each segment begins: its place in the source, units before it, line feeds before it. One more stands for the end of what is known. */
  readonly #places: number[]
  readonly #units = [0]
  readonly #lineFeeds = [0]
  #extending: Promise<void> | undefined
  #written: Promise<WrittenText> | undefined
  #isClosed = false

  constructor(segments: Segments, options: { readonly cache: SegmentCache; readonly key: string }) {
    this.#segments = segments
    this.#cache = options.cache
    this.#key = options.key
    this.#places = [segments.start]
  }

  /** As `String.slice`. See {@link WireDocRead} for what happens at pairs, and with long ranges. */
  async slice(from: number, to: number): Promise<string> {
    const length = from < 0 || to < 0 ? await this.charCount() : Infinity
    const first = await this.down(from < 0 ? Math.max(0, length + from) : from)
    const asked = to < 0 ? length + to : to
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
      const index = this.#indexOf(at)
      const text = (await this.#text(index)).slice(at - (this.#units[index] ?? 0))
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
    while (!this.#isComplete && (this.#lineFeeds.at(-1) ?? 0) < feeds) await this.#extend()
    if ((this.#lineFeeds.at(-1) ?? 0) < feeds) return this.charCount()
    // The segment that holds the line feed before the line.
    const index = lastAtMost(this.#lineFeeds, feeds - 1)
    const text = await this.#text(index)
    let at = -1
    for (let feed = this.#lineFeeds[index] ?? 0; feed < feeds; feed++) at = text.indexOf('\n', at + 1)
    return (this.#units[index] ?? 0) + at + 1
  }

  async charCount(): Promise<number> {
    while (!this.#isComplete) await this.#extend()
    return this.#units.at(-1) ?? 0
  }

  async lineCount(): Promise<number> {
    const length = await this.charCount()
    const feeds = this.#lineFeeds.at(-1) ?? 0
    return length === 0 || (await this.text(length - 1, length)) === '\n' ? feeds : feeds + 1
  }

  /** The length of the text, or `units` where it is longer. After this, all up to there may be read. */
  async reach(units: number): Promise<number> {
    while (!this.#isComplete && (this.#units.at(-1) ?? 0) < units) await this.#extend()
    return Math.min(units, this.#units.at(-1) ?? 0)
  }

  /** The offset itself, or the one before it where it stands between the halves of a pair. */
  async down(offset: number): Promise<number> {
    if (offset <= 0 || (await this.reach(offset + 1)) <= offset) return offset
    const index = this.#indexOf(offset)
    const text = await this.#text(index)
    const at = offset - (this.#units[index] ?? 0)
    return at > 0 && isHighSurrogate(text.charCodeAt(at - 1)) && isLowSurrogate(text.charCodeAt(at)) ? offset - 1 : offset
  }

  /** A range that was reached, `from < to`, as it is. */
  async text(from: number, to: number): Promise<string> {
    const first = this.#indexOf(from)
    const last = this.#indexOf(to - 1)
    const texts = await this.#texts(first, last)
    const begin = this.#units[first] ?? 0
    return (texts.length === 1 ? (texts[0] ?? '') : texts.join('')).slice(from - begin, to - begin)
  }

  /** Bytes of the text as UTF-8, and the bytes. */
  async utf8(): Promise<{ readonly bytes: number; readonly blocks: AsyncIterable<Buffer> }> {
    return { bytes: await this.#segments.utf8Bytes(), blocks: this.#segments.utf8Blocks() }
  }

  /** Where threads can read the text as UTF-8. What is not there as such is written down once: in memory, or in a file that only this process can reach. */
  textBytes(name: string): Promise<TextBytes> {
    const { file, start, end } = this.#segments
    if (file !== undefined) return Promise.resolve({ type: 'file', path: file.path, mtimeNs: file.mtimeNs, name, start, size: end })
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
    return this.#places.at(-1) === this.#segments.end
  }

  /** Counts one block more. Everybody who needs more waits for the same one. */
  #extend(): Promise<void> {
    this.#extending ??= this.#count().finally(() => (this.#extending = undefined))
    return this.#extending
  }

  async #count(): Promise<void> {
    if (this.#isClosed) throw new ReplmError('DISPOSED', 'The documents of this session were closed while one was read.')
    for (const { end, units, lineFeeds } of await this.#segments.measure(this.#places.at(-1) ?? 0)) {
      this.#units.push((this.#units.at(-1) ?? 0) + units)
      this.#lineFeeds.push((this.#lineFeeds.at(-1) ?? 0) + lineFeeds)
      this.#places.push(end)
    }
  }

  /** Number of the segment that holds a unit that was reached. */
  #indexOf(unit: number): number {
    return lastAtMost(this.#units, unit)
  }

  async #text(index: number): Promise<string> {
    return (await this.#texts(index, index))[0] ?? ''
  }

  /** Segments `first` to `last`; those that are not cached, and what is between them, in one read. */
  async #texts(first: number, last: number): Promise<readonly string[]> {
    const texts: (string | undefined)[] = []
    for (let index = first; index <= last; index++) texts.push(this.#cache.get(`${this.#key}:${index}`))
    const missing = texts.indexOf(undefined)
    if (missing === -1) return texts as string[] // no undefined among them
    const end = texts.lastIndexOf(undefined)
    const read = await this.#segments.decode(this.#places.slice(first + missing, first + end + 2))
    for (const [offset, text] of read.entries()) this.#cache.set(`${this.#key}:${first + missing + offset}`, text)
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

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}

/** Index of the last number that is at most `value`, in a rising list whose last entry is an end, not a beginning. */
function lastAtMost(numbers: readonly number[], value: number): number {
  let low = 0
  let high = numbers.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((numbers[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}
