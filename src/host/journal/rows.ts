/**
 * Rows of plain values in; the same by their place, out. They are kept as bytes outside V8's heap: what lives on it is walked by every collection, and V8 lets
 * the heap grow to some four times of that before it collects.
 */
import { NumberList } from './numberList.ts'
import type { Value } from './pages.ts'

export interface RowsOptions {
  /** Values of each row. */
  readonly width: number
  /** Columns of texts that come again and again: each of those is kept once. */
  readonly repeated?: readonly number[]
}

/** What a value begins with; a whole number below 128 is its own beginning, and all there is of it. */
const mark = Object.freeze({ null: 0x80, u16: 0x81, u32: 0x82, f64: 0x83, word: 0x84, shortText: 0x85, text: 0x86, illFormed: 0x87 })

/** Bytes taken from the system at once, from the first time on: twice as many each time, up to the most. */
const firstBlockBytes = 4 * 1024
const mostBlockBytes = 256 * 1024

/** A place is the block's number times this and the offset in it. */
const placesOfBlock = 2 ** 32

/** Repeated texts kept once; more different ones than that are none, and neither are long ones. */
const mostWords = 65_536
const mostWordUnits = 256

export class Rows {
  readonly #width: number
  readonly #isRepeated: readonly boolean[]
  readonly #blocks: Buffer[] = []
  /** Where each row begins. */
  readonly #places = new NumberList()
  readonly #words: string[] = []
  readonly #wordNumbers = new Map<string, number>()
  /** The next free byte of the last block. */
  #at = 0

  constructor({ width, repeated = [] }: RowsOptions) {
    this.#width = width
    this.#isRepeated = Array.from({ length: width }, (_, column) => repeated.includes(column))
  }

  get length(): number {
    return this.#places.length
  }

  append(values: readonly Value[]): void {
    let bytes = 0
    for (const value of values) bytes += bytesOf(value)
    const block = this.#room(bytes)
    this.#places.push((this.#blocks.length - 1) * placesOfBlock + this.#at)
    let at = this.#at
    for (let column = 0; column < this.#width; column++) {
      const value = values[column] ?? null
      if (typeof value === 'string') at = this.#isRepeated[column] === true ? this.#putRepeated(block, at, value) : putText(block, at, value)
      else at = value === null ? put(block, at, mark.null) : putNumber(block, at, value)
    }
    this.#at = at
  }

  /** Appends the row's values, or the first `count` of them, to `values`. */
  read(row: number, values: Value[], count = this.#width): void {
    const place = this.#places.at(row)
    const block = this.#blocks[Math.floor(place / placesOfBlock)]
    if (block === undefined) throw new RangeError(`Expected \`row\` to be one of ${this.length} rows, got ${row}`)
    let at = place % placesOfBlock
    for (let left = count; left > 0; left--) {
      const begin = block[at++] ?? 0
      switch (begin) {
        case mark.null:
          values.push(null)
          break
        case mark.u16:
          values.push(block.readUInt16LE(at))
          at += 2
          break
        case mark.u32:
          values.push(block.readUInt32LE(at))
          at += 4
          break
        case mark.f64:
          values.push(block.readDoubleLE(at))
          at += 8
          break
        case mark.word:
          values.push(this.#words[block.readUInt16LE(at)] ?? '')
          at += 2
          break
        case mark.shortText: {
          const end = at + 1 + (block[at] ?? 0)
          values.push(block.toString('utf8', at + 1, end))
          at = end
          break
        }
        case mark.text:
        case mark.illFormed: {
          const end = at + 4 + block.readUInt32LE(at)
          values.push(block.toString(begin === mark.text ? 'utf8' : 'utf16le', at + 4, end))
          at = end
          break
        }
        default:
          values.push(begin)
      }
    }
  }

  /** Keeps the first `length` rows. */
  truncate(length: number): void {
    if (length >= this.length) return
    const place = this.#places.at(length)
    this.#places.truncate(length)
    this.#blocks.length = Math.floor(place / placesOfBlock) + 1
    this.#at = place % placesOfBlock
  }

  /** The block that has so many bytes left. */
  #room(bytes: number): Buffer {
    const last = this.#blocks.at(-1)
    if (last !== undefined && this.#at + bytes <= last.length) return last
    // Pages of it that nothing is ever written to take no memory.
    const block = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(2 * (last?.length ?? firstBlockBytes / 2), mostBlockBytes)))
    this.#blocks.push(block)
    this.#at = 0
    return block
  }

  #putRepeated(block: Buffer, at: number, text: string): number {
    let word = this.#wordNumbers.get(text)
    if (word === undefined) {
      if (this.#words.length === mostWords || text.length > mostWordUnits) return putText(block, at, text)
      word = this.#words.push(text) - 1
      this.#wordNumbers.set(text, word)
    }
    return block.writeUInt16LE(word, put(block, at, mark.word))
  }
}

/** At the most. */
function bytesOf(value: Value): number {
  return typeof value === 'string' ? 5 + (value.isWellFormed() ? Buffer.byteLength(value) : 2 * value.length) : 9
}

function put(block: Buffer, at: number, byte: number): number {
  block[at] = byte
  return at + 1
}

function putNumber(block: Buffer, at: number, value: number): number {
  // The shift gives what it was given for whole numbers of 32 bits only; -0 is none.
  if (value >>> 0 !== value || Object.is(value, -0)) return block.writeDoubleLE(value, put(block, at, mark.f64))
  if (value < 0x80) return put(block, at, value)
  if (value < 0x1_0000) return block.writeUInt16LE(value, put(block, at, mark.u16))
  return block.writeUInt32LE(value, put(block, at, mark.u32))
}

function putText(block: Buffer, at: number, text: string): number {
  // In UTF-8 all lone surrogates would become the same character.
  if (!text.isWellFormed()) {
    const length = block.write(text, at + 5, 'utf16le')
    block.writeUInt32LE(length, put(block, at, mark.illFormed))
    return at + 5 + length
  }
  const isShort = text.length <= 85 // three bytes a unit at the most
  const begin = at + (isShort ? 2 : 5)
  const length = block.write(text, begin, 'utf8')
  if (isShort) put(block, put(block, at, mark.shortText), length)
  else block.writeUInt32LE(length, put(block, at, mark.text))
  return begin + length
}
