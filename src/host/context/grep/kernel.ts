/** Bytes of a block in; what kernel.wat finds in them out. */
import { isAscii } from 'node:buffer'
import { kernelBytes } from './kernelBytes.ts'
import { Instance, Module, type WasmMemory, type WasmModule } from './webAssembly.ts'

/** What the beginnings of literals are told by: two bytes of each, at places that all of them share. */
export interface Filters {
  /** Places in a literal, below {@link maxFilterOffset}. */
  readonly offsets: readonly [first: number, second: number]
  /** Of each literal, at most {@link maxFilters}. */
  readonly pairs: readonly (readonly [first: FilterByte, second: FilterByte])[]
}

export interface FilterByte {
  readonly byte: number
  /** What is or-ed to the text before it is compared: 0x20 for a letter of any case. */
  readonly mask: number
}

/** Literals that are looked for in one go: a bit of a byte each. */
export const maxFilters = 8
export const maxFilterOffset = 64

/** Where blocks begin in its memory: behind the table of filters. */
export const blockStart = 4_096

/** What may be read behind a block. */
const slackBytes = maxFilterOffset + 32

const pageBytes = 64 * 1024

/** Where the tables of several filters are. */
const tablesStart = 128
const tableBytes = 16

/** Where a survey leaves its number of line feeds, and whether a byte is beyond ASCII. */
const feedsPlace = 200
const wideBytesPlace = 204

/** What is known of a block before it is searched. */
export interface Survey {
  readonly isAscii: boolean
  readonly lineFeeds: number
  /** As {@link Kernel.candidate} of the whole block; `end` where there are no filters. */
  readonly candidate: number
}

interface Exports {
  readonly memory: WasmMemory
  candidate(at: number, end: number): number
  onlyCandidate(at: number, end: number): number
  survey(at: number, end: number): number
  lineFeeds(at: number, end: number): number
  units(at: number, end: number): number
  lineEnd(at: number, end: number): number
  lineStart(at: number, begin: number): number
  escapes(at: number, end: number): number
}

const noFilters: Filters = { offsets: [0, 0], pairs: [] }

let module: WasmModule | undefined

export class Kernel {
  readonly #exports: Exports
  #bytes: Buffer
  #filters = 0

  constructor() {
    module ??= new Module(kernelBytes)
    this.#exports = new Instance(module).exports as unknown as Exports // what kernel.wat exports
    this.#bytes = Buffer.from(this.#exports.memory.buffer)
  }

  /** Its memory; another one after {@link reserve}. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** Makes room for blocks up to this place. */
  reserve(end: number): void {
    const missing = end + slackBytes - this.#bytes.length
    if (missing <= 0) return
    this.#exports.memory.grow(Math.ceil(missing / pageBytes))
    this.#bytes = Buffer.from(this.#exports.memory.buffer)
  }

  /** Without any nothing is a candidate. */
  setFilters({ offsets, pairs }: Filters = noFilters): void {
    const [only] = pairs
    this.#filters = pairs.length
    if (only === undefined) return
    if (pairs.length === 1) {
      for (const [index, { byte, mask }] of only.entries()) {
        this.#bytes.fill(byte, 32 * index, 32 * index + 16)
        this.#bytes.fill(mask, 32 * index + 16, 32 * index + 32)
        this.#bytes.writeInt32LE(offsets[index] ?? 0, 64 + 4 * index)
      }
      return
    }
    this.#bytes.fill(0, tablesStart, tablesStart + 4 * tableBytes)
    for (const [filter, pair] of pairs.entries()) {
      for (const [index, { byte, mask }] of pair.entries()) {
        const low = tablesStart + 2 * tableBytes * index
        for (const each of [byte, byte & ~mask]) {
          this.#pass(low + (each & 15), filter)
          this.#pass(low + tableBytes + (each >> 4), filter)
        }
      }
    }
    for (const [index, offset] of offsets.entries()) this.#bytes.writeInt32LE(offset, tablesStart + 4 * tableBytes + 4 * index)
  }

  #pass(place: number, filter: number): void {
    this.#bytes[place] = (this.#bytes[place] ?? 0) | (1 << filter)
  }

  /** The next place from `at` on, before `end`, that passes one of the filters; `end` where there is none. */
  candidate(at: number, end: number): number {
    if (this.#filters === 0) return end
    return this.#filters === 1 ? this.#exports.onlyCandidate(at, end) : this.#exports.candidate(at, end)
  }

  /** Of one filter all comes from one look at the text: it costs more to fetch a byte than to compare it. */
  survey(at: number, end: number): Survey {
    if (this.#filters !== 1) return { isAscii: isAscii(this.#bytes.subarray(at, end)), lineFeeds: this.lineFeeds(at, end), candidate: this.candidate(at, end) }
    const candidate = this.#exports.survey(at, end)
    return { isAscii: this.#bytes.readInt32LE(wideBytesPlace) === 0, lineFeeds: this.#bytes.readInt32LE(feedsPlace), candidate }
  }

  lineFeeds(at: number, end: number): number {
    return this.#exports.lineFeeds(at, end)
  }

  /** Length of valid UTF-8 in UTF-16 units. */
  units(at: number, end: number): number {
    return this.#exports.units(at, end)
  }
  /** The first line feed from `at` on, before `end`; `end` where there is none. */
  lineEnd(at: number, end: number): number {
    return this.#exports.lineEnd(at, end)
  }

  /** Where the line begins that goes on at `at`, not before `begin`. */
  lineStart(at: number, begin: number): number {
    return this.#exports.lineStart(at, begin)
  }

  /** Bytes that the text takes more as JSON, at the most. */
  escapes(at: number, end: number): number {
    return this.#exports.escapes(at, end)
  }
}
