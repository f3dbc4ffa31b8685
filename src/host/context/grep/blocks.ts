/** Pieces of documents in; their lines, a block at a time, as valid UTF-8 in a kernel's memory, out. */
import { isUtf8 } from 'node:buffer'
import { maxPageOffset, pageOffset } from '../pageOffset.ts'
import type { Piece, Stop } from './job.ts'
import { blockStart, type Kernel } from './kernel.ts'
import { openText, type OpenText } from './openText.ts'

/** Whole lines. Invalid bytes were replaced as they are in the text that a program sees. */
export interface Block {
  readonly piece: number
  /** Place and length in the source. */
  readonly raw: number
  readonly rawBytes: number
  readonly isRepaired: boolean
  readonly isAscii: boolean
  /** Its bytes as they are given on, its units, and its line feeds. */
  readonly bytes: number
  readonly units: number
  readonly lineFeeds: number
  /** The first place in it that passes a filter of its kernel; `bytes` where none does. */
  readonly candidate: number
  /** Units and line feeds of its piece before it. */
  readonly unitsBefore: number
  readonly linesBefore: number
}

/** A block that stands in a kernel's memory from `at` on. */
export interface LoadedBlock {
  readonly block: Block
  readonly kernel: Kernel
  readonly at: number
}

export interface BlocksOptions {
  readonly pieces: readonly Piece[]
  readonly kernel: Kernel
  /** Blocks stand in both in turn: the one before is still there. @default all stand in `kernel` */
  readonly other?: Kernel | undefined
  /** Where to begin, within one of the pieces. @default at the beginning of the first */
  readonly start?: Stop | undefined
  /** A document is one block: for patterns that match over several lines. */
  readonly isWhole: boolean
  /** Throws when nobody waits for the search any more. */
  readonly check: () => void
}

/** Bytes read at a time: few enough to stay near the processor. */
const readBytes = 256 * 1024

/** The longest line, and the longest document that is one block. */
export const maxBlockBytes = 64 * 1024 * 1024

export class Blocks implements Disposable {
  readonly #options: BlocksOptions
  readonly #texts: (OpenText | undefined)[] = []
  #piece = -1
  /** Where the next block begins in the source, bytes of it that were read already, and where in memory they are. */
  #raw = 0
  #read = 0
  #readAt = 0
  #kernel: Kernel
  #isDone = true
  #units = 0
  #lines = 0

  constructor(options: BlocksOptions) {
    this.#options = options
    this.#kernel = options.kernel
    this.#piece = (options.start?.piece ?? 0) - 1
  }

  /** Length of the piece that was read last, as far as it was read. */
  get last(): { readonly lines: number; readonly units: number } {
    return { lines: this.#lines, units: this.#units }
  }

  /** The text of a piece. All stay open until the end: what is found is told a little later than it is read. */
  text(piece: number): OpenText {
    const known = this.#texts[piece]
    if (known !== undefined) return known
    const { source } = this.#options.pieces[piece] as Piece // one of its pieces
    return (this.#texts[piece] = openText(source))
  }

  next(): LoadedBlock | undefined {
    this.#options.check()
    while (this.#isDone) if (!this.#begin()) return undefined
    return this.#take()
  }

  /** Throws CHANGED when a file was changed meanwhile. */
  verify(): void {
    for (const text of this.#texts) text?.verify()
  }

  [Symbol.dispose](): void {
    for (const text of this.#texts) text?.close()
  }

  /** Goes to the first line of the next piece; false after the last one. */
  #begin(): boolean {
    const { pieces, start } = this.#options
    if (this.#piece + 1 >= pieces.length) return false
    this.#piece += 1
    const { from, to, source } = pieces[this.#piece] as Piece // checked above
    const text = this.text(this.#piece)
    text.verify()
    const begun = start?.piece === this.#piece ? start : undefined
    this.#read = 0
    this.#units = begun?.units ?? 0
    this.#lines = begun?.lines ?? 0
    this.#raw = begun?.byte ?? (from <= source.start ? source.start : this.#lineFrom(text, from))
    this.#isDone = this.#raw >= Math.min(to, source.size)
    return true
  }

  /** Where the first line begins that does so from `from` on. */
  #lineFrom(text: OpenText, from: number): number {
    const { check } = this.#options
    const kernel = this.#kernel
    kernel.reserve(blockStart + maxPageOffset + readBytes)
    for (let at = from - 1; at < text.source.size; at += readBytes) {
      check()
      const start = startOf(at)
      const read = text.read(kernel.bytes, start, readBytes, at)
      const feed = kernel.bytes.subarray(start, start + read).indexOf(0x0a)
      if (feed !== -1) return at + feed + 1
    }
    return text.source.size
  }

  #take(): LoadedBlock {
    const { pieces, isWhole, check } = this.#options
    const kernel = this.#turn()
    const start = startOf(this.#raw)
    const { source, to } = pieces[this.#piece] as Piece // #begin was there
    const text = this.text(this.#piece)
    const limit = to < source.size ? to - this.#raw : Infinity
    let length = 0
    while (length === 0) {
      // A line that does not end is read in steps that double.
      const step = Math.max(readBytes, this.#read)
      kernel.reserve(start + this.#read + step)
      this.#read += text.read(kernel.bytes, start + this.#read, step, this.#raw + this.#read)
      const bytes = kernel.bytes.subarray(start, start + this.#read)
      const isEnd = this.#raw + this.#read >= source.size
      const last = this.#read >= limit ? bytes.indexOf(0x0a, limit - 1) : -1
      this.#isDone = last !== -1 || isEnd
      length = last !== -1 ? last + 1 : isEnd ? this.#read : isWhole ? 0 : bytes.lastIndexOf(0x0a) + 1
      check()
      if ((length === 0 ? this.#read : length) > maxBlockBytes) throw tooLong(source.name, isWhole)
    }
    const loaded = this.#load(start, length)
    this.#raw += length
    this.#read = this.#isDone ? 0 : this.#read - length
    this.#readAt = start + length
    this.#units += loaded.block.units
    this.#lines += loaded.block.lineFeeds
    return loaded
  }

  /** The kernel for the next block, with the bytes of it that were read with the one before. */
  #turn(): Kernel {
    const { kernel, other } = this.#options
    const before = this.#kernel
    if (other !== undefined) this.#kernel = before === kernel ? other : kernel
    const start = startOf(this.#raw)
    this.#kernel.reserve(start + this.#read)
    before.bytes.copy(this.#kernel.bytes, start, this.#readAt, this.#readAt + this.#read)
    return this.#kernel
  }

  #load(start: number, rawBytes: number): LoadedBlock {
    const kernel = this.#kernel
    const common = { piece: this.#piece, raw: this.#raw, rawBytes, unitsBefore: this.#units, linesBefore: this.#lines }
    const surveyed = kernel.survey(start, start + rawBytes)
    const { isAscii, lineFeeds } = surveyed
    if (isAscii) return { kernel, at: start, block: { ...common, isRepaired: false, isAscii, bytes: rawBytes, units: rawBytes, lineFeeds, candidate: surveyed.candidate - start } }
    const { at, bytes, isRepaired } = repaired(kernel, { at: start, bytes: rawBytes, free: start + this.#read })
    const candidate = isRepaired ? kernel.candidate(at, at + bytes) : surveyed.candidate
    return { kernel, at, block: { ...common, isRepaired, isAscii, bytes, units: kernel.units(at, at + bytes), lineFeeds, candidate: candidate - at } }
  }
}

/** Where in a kernel's memory a block is to stand that is at `raw` in its source. */
function startOf(raw: number): number {
  return blockStart + pageOffset(raw)
}

/** Bytes in a kernel's memory as valid UTF-8: there where they were, or from `free` on. */
function repaired(kernel: Kernel, { at, bytes, free }: { readonly at: number; readonly bytes: number; readonly free: number }): { readonly at: number; readonly bytes: number; readonly isRepaired: boolean } {
  const given = kernel.bytes.subarray(at, at + bytes)
  if (isUtf8(given)) return { at, bytes, isRepaired: false }
  const text = given.toString('utf8')
  const length = Buffer.byteLength(text)
  kernel.reserve(free + length)
  kernel.bytes.write(text, free)
  return { at: free, bytes: length, isRepaired: true }
}

/** A block that was read before, in another kernel. */
export function reload(block: Block, text: OpenText, kernel: Kernel): LoadedBlock {
  const start = startOf(block.raw)
  kernel.reserve(start + block.rawBytes)
  text.read(kernel.bytes, start, block.rawBytes, block.raw)
  return { block, kernel, at: repaired(kernel, { at: start, bytes: block.rawBytes, free: start + block.rawBytes }).at }
}

/** The place in the source of a line that begins at `at` in a block. */
export function rawPlace({ block, kernel, at: start }: LoadedBlock, at: number, text: OpenText): number {
  if (!block.isRepaired) return block.raw + at - start
  // Line feeds are what both have alike.
  const raw = Buffer.allocUnsafe(block.rawBytes)
  text.read(raw, 0, block.rawBytes, block.raw)
  let place = 0
  for (let feeds = kernel.lineFeeds(start, at); feeds > 0; feeds--) place = raw.indexOf(0x0a, place) + 1
  return block.raw + (at - start === block.bytes ? block.rawBytes : place)
}

function tooLong(name: string, isWhole: boolean): RangeError {
  const size = `${maxBlockBytes / 1024 / 1024} MB`
  return new RangeError(
    isWhole ? `${name} is longer than ${size}: \`multiline\` searches a document as a whole; search its chunks instead` : `${name} has a line of more than ${size}: grep holds whole lines; search its chunks instead`,
  )
}
