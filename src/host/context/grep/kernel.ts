/** Bytes of a block in; what kernel.wat finds in them out. */
import { kernelBytes } from './kernelBytes.ts'
import { Instance, Module, type WasmMemory, type WasmModule } from './webAssembly.ts'

/** What a literal's beginning is told by: two bytes of it, and what is or-ed to the text before it is compared. */
export interface Filter {
  readonly first: FilterByte
  readonly second: FilterByte
}

export interface FilterByte {
  /** Place in the literal, below {@link maxFilterOffset}. */
  readonly offset: number
  readonly byte: number
  /** 0x20 for a letter of any case. */
  readonly mask: number
}

/** Literals that are looked for in one go. */
export const maxFilters = 16
export const maxFilterOffset = 64

/** Where blocks begin in its memory: behind the table of filters. */
export const blockStart = 4_096

/** What may be read behind a block. */
const slackBytes = maxFilterOffset + 32

const pageBytes = 64 * 1024

const filterBytes = 80

interface Exports {
  readonly memory: WasmMemory
  candidate(at: number, end: number, filters: number): number
  onlyCandidate(at: number, end: number): number
  lineFeeds(at: number, end: number): number
  units(at: number, end: number): number
  lineEnd(at: number, end: number): number
  lineStart(at: number, begin: number): number
  escapes(at: number, end: number): number
}

let module: WasmModule | undefined

export class Kernel {
  readonly #exports: Exports
  #bytes: Buffer

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

  setFilters(filters: readonly Filter[]): void {
    for (const [index, { first, second }] of filters.entries()) {
      const at = index * filterBytes
      this.#bytes.fill(first.byte, at, at + 16)
      this.#bytes.fill(first.mask, at + 16, at + 32)
      this.#bytes.fill(second.byte, at + 32, at + 48)
      this.#bytes.fill(second.mask, at + 48, at + 64)
      this.#bytes.writeInt32LE(first.offset, at + 64)
      this.#bytes.writeInt32LE(second.offset, at + 68)
    }
  }

  /** The next place from `at` on, before `end`, that passes one of so many filters; `end` where there is none. */
  candidate(at: number, end: number, filters: number): number {
    return filters === 1 ? this.#exports.onlyCandidate(at, end) : this.#exports.candidate(at, end, filters)
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
