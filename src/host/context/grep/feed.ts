/** Blocks in; one stream of bytes, for an engine to read, out; and where in which block a place of the stream is. */
import { type Block, type Blocks, type LoadedBlock, reload } from './blocks.ts'
import { candidateLines } from './candidateLines.ts'
import type { Stop } from './job.ts'
import { Kernel } from './kernel.ts'
import type { Literals } from './literals.ts'

export interface FeedOptions {
  /** Whether a document that ends within a line is given a line feed, so that the next one begins a line. */
  readonly isJoined: boolean
  /** Whether it ends before the first block that is not ASCII alone: see {@link Feed.pause}. */
  readonly isAscii: boolean
  /** Only lines are given that hold one of them. The blocks' kernels have their filters. */
  readonly required: Literals | undefined
}

export class Feed {
  readonly #blocks: Blocks
  readonly #options: FeedOptions
  /** Called before a block gives way to the next one: what was found in it is at hand for the last time. @default nobody is told */
  leave: () => void = () => undefined
  #pause: Stop | undefined
  /** What was given: places of a block, and where in the stream they began. */
  readonly #given: { readonly block: Block; readonly offset: number; readonly from: number }[] = []
  /** The block that is given, and the one before it, where that still stands in its kernel. */
  #loaded: LoadedBlock | undefined
  #before: LoadedBlock | undefined
  /** Of the block what is to be given, as beginnings and ends in its kernel; how many of these were; and what is still to be given of the last. */
  #ranges: readonly number[] = []
  #range = 0
  #at = 0
  #end = 0
  #needsFeed = false
  #total = 0
  /** An earlier block that is told of, in a kernel of its own. */
  #desk: LoadedBlock | undefined
  #deskKernel: Kernel | undefined
  #told = 0

  constructor(blocks: Blocks, options: FeedOptions) {
    this.#blocks = blocks
    this.#options = options
  }

  /** Where it ended because what comes is not ASCII alone. */
  get pause(): Stop | undefined {
    return this.#pause
  }

  /** Fills the target from the stream, with bytes of one block; gives how many, 0 at the end. */
  read(target: Uint8Array): number {
    let filled = 0
    while (filled < target.length && (this.#at < this.#end || this.#needsFeed || this.#nextRange() || (filled === 0 && this.#nextBlock()))) {
      if (this.#at === this.#end) {
        this.#needsFeed = false
        target[filled++] = 0x0a
        this.#total += 1
        continue
      }
      const length = Math.min(target.length - filled, this.#end - this.#at)
      this.#loaded?.kernel.bytes.copy(target, filled, this.#at, this.#at + length)
      this.#at += length
      filled += length
      this.#total += length
    }
    return filled
  }

  /** The block that holds a place of the stream, and the place in its kernel's memory. Places come in rising order. */
  locate(place: number): { readonly loaded: LoadedBlock; readonly at: number } {
    while ((this.#given[this.#told + 1]?.from ?? Infinity) <= place) this.#told += 1
    const given = this.#given[this.#told]
    if (given === undefined) throw new TypeError('The engine has found something before it read anything')
    const { block, offset, from } = given
    const inBlock = Math.min(offset + place - from, block.bytes)
    const standing = this.#loaded?.block === block ? this.#loaded : this.#before?.block === block ? this.#before : undefined
    if (standing !== undefined) return { loaded: standing, at: standing.at + inBlock }
    if (this.#desk?.block !== block) {
      this.#deskKernel ??= new Kernel()
      this.#desk = reload(block, this.#blocks.text(block.piece), this.#deskKernel)
    }
    return { loaded: this.#desk, at: this.#desk.at + inBlock }
  }

  #nextRange(): boolean {
    const { block, kernel, at } = this.#loaded ?? {}
    const start = this.#ranges[this.#range]
    const end = this.#ranges[this.#range + 1]
    if (block === undefined || kernel === undefined || at === undefined || start === undefined || end === undefined) return false
    this.#range += 2
    this.#given.push({ block, offset: start - at, from: this.#total })
    this.#at = start
    this.#end = end
    this.#needsFeed = this.#options.isJoined && kernel.bytes[end - 1] !== 0x0a
    return true
  }

  /** Goes to the next block of which something is to be given. */
  #nextBlock(): boolean {
    const { isAscii, required } = this.#options
    this.leave()
    while (this.#pause === undefined) {
      const loaded = this.#blocks.next()
      if (loaded === undefined) return false
      const { block, at, kernel } = loaded
      // An engine is a little behind what it has read. What stood in the same kernel does so no more.
      this.#before = this.#loaded?.kernel === kernel ? undefined : this.#loaded
      if (isAscii && !block.isAscii) {
        this.#pause = { piece: block.piece, byte: block.raw, lines: block.linesBefore, units: block.unitsBefore }
        this.#loaded = undefined
        return false
      }
      this.#loaded = loaded
      this.#ranges = required === undefined ? [at, at + block.bytes] : candidateLines(loaded, required)
      this.#range = 0
      if (this.#nextRange()) return true
    }
    return false
  }
}
