/** Lines that were found in; numbers and bytes, which cross from a thread to the host as they are, and there what a program is told of each line, out. */
import type { WireGrepMatch } from '../../../protocol.ts'

/** Lines one behind another: thousands of small objects would take longer to cross than to find. Only {@link readFoundLines} reads them. */
export interface FoundLines {
  readonly numbers: Float64Array<ArrayBuffer>
  readonly texts: Uint8Array<ArrayBuffer>
}

/** Where in a piece a line ends: the next one begins there, as a byte of the source, and in lines and units of the piece. */
export interface FoundPlace {
  readonly piece: number
  readonly byteAfter: number
  readonly linesAfter: number
  readonly unitsAfter: number
}

/** A line without its text. */
export interface FoundLine extends FoundPlace {
  /** Bytes that it may take as JSON, at the most. */
  readonly jsonBytes: number
  /** Lines and units of the piece before it. */
  readonly lines: number
  readonly units: number
  /** Beginnings and ends of the matches in it, in units, in turn. */
  readonly ranges: readonly number[]
  readonly before: readonly string[] | undefined
  readonly after: readonly string[] | undefined
}

/** Its text as it stands in memory, from byte `start` to `end`: as long as it is the whole line. */
export interface TextInMemory {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly isAscii: boolean
}

/** A text that is not the whole line, and those of the matches, which it may not hold. */
export interface CutText {
  readonly text: string
  readonly matches: readonly string[]
}

/** What is told of a line besides its numbers: bits of one number. */
const isAsciiBit = 1
const isCutBit = 2
const hasBeforeBit = 4
const hasAfterBit = 8

/** The numbers of a line: its place, then these, then beginnings and ends of matches, then the lengths of texts in bytes. */
const jsonBytesIndex = 1
const linesIndex = 5
const unitsIndex = 6
const bitsIndex = 7
const rangeCountIndex = 8
const rangesIndex = 9

export class FoundLinesWriter {
  #numbers = new Float64Array(512)
  #count = 0
  #texts = Buffer.allocUnsafe(16 * 1024)
  #bytes = 0

  add(line: FoundLine, text: TextInMemory | CutText): void {
    const { piece, jsonBytes, byteAfter, linesAfter, unitsAfter, lines, units, ranges, before, after } = line
    const isCut = 'matches' in text
    this.#reserve(rangesIndex + 2 * ranges.length + (before?.length ?? 0) + (after?.length ?? 0) + 3)
    this.#number(piece)
    this.#number(jsonBytes)
    this.#number(byteAfter)
    this.#number(linesAfter)
    this.#number(unitsAfter)
    this.#number(lines)
    this.#number(units)
    this.#number((!isCut && text.isAscii ? isAsciiBit : 0) | (isCut ? isCutBit : 0) | (before === undefined ? 0 : hasBeforeBit) | (after === undefined ? 0 : hasAfterBit))
    this.#number(ranges.length)
    for (const place of ranges) this.#number(place)
    if (isCut) {
      this.#text(text.text)
      for (const match of text.matches) this.#text(match)
    } else this.#copy(text)
    for (const around of [before, after]) {
      if (around === undefined) continue
      this.#number(around.length)
      for (const each of around) this.#text(each)
    }
  }

  /** All of them, in memory of their own. */
  finish(): FoundLines {
    return { numbers: this.#numbers.slice(0, this.#count), texts: new Uint8Array(this.#texts.subarray(0, this.#bytes)) }
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#count = 0
    this.#bytes = 0
  }

  /** Bytes of memory that it keeps. */
  get size(): number {
    return this.#numbers.byteLength + this.#texts.length
  }

  #number(value: number): void {
    this.#numbers[this.#count++] = value
  }

  #text(text: string): void {
    const length = Buffer.byteLength(text)
    this.#reserveBytes(length)
    this.#number(length)
    this.#bytes += this.#texts.write(text, this.#bytes)
  }

  #copy({ bytes, start, end }: TextInMemory): void {
    this.#reserveBytes(end - start)
    this.#number(end - start)
    this.#bytes += bytes.copy(this.#texts, this.#bytes, start, end)
  }

  #reserve(count: number): void {
    if (this.#count + count <= this.#numbers.length) return
    const larger = new Float64Array(2 * (this.#count + count))
    larger.set(this.#numbers)
    this.#numbers = larger
  }

  #reserveBytes(count: number): void {
    if (this.#bytes + count <= this.#texts.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#bytes + count))
    this.#texts.copy(larger)
    this.#texts = larger
  }
}

type Told = { -readonly [Name in keyof WireGrepMatch]: WireGrepMatch[Name] }

export interface ReadOptions {
  /** The document that a piece is of. */
  readonly docOf: (piece: number) => number
  /** Lines and units of the document before a piece. */
  readonly baseOf: (piece: number) => { readonly line: number; readonly unit: number }
  /** Takes a line; gives false once it wants no other. */
  readonly take: (match: WireGrepMatch, jsonBytes: number) => boolean
}

/** Gives the lines that a thread has written, in their order, for as long as they are wanted; tells where the last one that was taken ends. */
export function readFoundLines({ numbers, texts }: FoundLines, { docOf, baseOf, take }: ReadOptions): FoundPlace | undefined {
  const bytes = Buffer.from(texts.buffer, texts.byteOffset, texts.length)
  let begin = 0
  let at = 0
  let byte = 0
  const text = (encoding: 'latin1' | 'utf8'): string => {
    const start = byte
    byte += numbers[at++] ?? 0
    return bytes.toString(encoding, start, byte)
  }
  const around = (): string[] => Array.from({ length: numbers[at++] ?? 0 }, () => text('utf8'))
  for (let goesOn = numbers.length > 0; goesOn; ) {
    begin = at
    const piece = numbers[at] ?? 0
    const base = baseOf(piece)
    const line = (numbers[at + linesIndex] ?? 0) + 1 + base.line
    const unit = (numbers[at + unitsIndex] ?? 0) + base.unit
    const bits = numbers[at + bitsIndex] ?? 0
    const rangesAt = at + rangesIndex
    at = rangesAt + (numbers[at + rangeCountIndex] ?? 0)
    const isCut = (bits & isCutBit) !== 0
    const rangesEnd = at
    const whole = text((bits & isAsciiBit) === 0 ? 'utf8' : 'latin1')
    const submatches: { text: string; start: number; end: number }[] = []
    for (let range = rangesAt; range < rangesEnd; range += 2) {
      const start = numbers[range] ?? 0
      const end = numbers[range + 1] ?? 0
      submatches.push({ text: isCut ? text('utf8') : whole.slice(start, end), start, end })
    }
    const first = submatches[0]?.start ?? 0
    const match: Told = { doc: docOf(piece), line, column: first + 1, offset: unit + first, text: whole, submatches }
    if ((bits & hasBeforeBit) !== 0) match.before = around()
    if ((bits & hasAfterBit) !== 0) match.after = around()
    if (isCut) match.cut = true
    goesOn = take(match, numbers[begin + jsonBytesIndex] ?? 0) && at < numbers.length
  }
  return at === 0 ? undefined : placeOf(numbers, begin)
}

function placeOf(numbers: Float64Array, begin: number): FoundPlace {
  const [piece = 0, , byteAfter = 0, linesAfter = 0, unitsAfter = 0] = numbers.subarray(begin, begin + linesIndex)
  return { piece, byteAfter, linesAfter, unitsAfter }
}
