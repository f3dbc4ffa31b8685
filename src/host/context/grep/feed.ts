/** Blocks in; one stream of bytes, for an engine to read, out; and where in which block a place of the stream is. */
import { type Block, type Blocks, type LoadedBlock, reload } from './blocks.ts'
import { Kernel } from './kernel.ts'

export class Feed {
  readonly #blocks: Blocks
  /** Whether a document that ends within a line is given a line feed, so that the next one begins a line. */
  readonly #isJoined: boolean
  /** What was given, and where in the stream it began. */
  readonly #given: { readonly block: Block; readonly from: number }[] = []
  /** The block that is given, and the one before it, where that still stands in its kernel. */
  #loaded: LoadedBlock | undefined
  #before: LoadedBlock | undefined
  /** What of the block is still to be given, as places in its kernel. */
  #at = 0
  #end = 0
  #needsFeed = false
  #total = 0
  /** An earlier block that is told of, in a kernel of its own. */
  #desk: { readonly loaded: LoadedBlock; readonly from: number } | undefined
  #deskKernel: Kernel | undefined
  #told = 0

  constructor(blocks: Blocks, { isJoined }: { readonly isJoined: boolean }) {
    this.#blocks = blocks
    this.#isJoined = isJoined
  }

  /** Fills the target from the stream; gives how many bytes, 0 at the end. */
  read(target: Uint8Array): number {
    if (this.#at === this.#end && !this.#needsFeed && !this.#next()) return 0
    if (this.#at === this.#end) {
      this.#needsFeed = false
      this.#total += 1
      target[0] = 0x0a
      return 1
    }
    const length = Math.min(target.length, this.#end - this.#at)
    this.#loaded?.kernel.bytes.copy(target, 0, this.#at, this.#at + length)
    this.#at += length
    this.#total += length
    return length
  }

  /** The block that holds a place of the stream, and the place in its kernel's memory. Places come in rising order. */
  locate(place: number): { readonly loaded: LoadedBlock; readonly at: number } {
    while ((this.#given[this.#told + 1]?.from ?? Infinity) <= place) this.#told += 1
    const given = this.#given[this.#told]
    if (given === undefined) throw new TypeError('The engine has found something before it read anything')
    const { block, from } = given
    const standing = this.#loaded?.block === block ? this.#loaded : this.#before?.block === block ? this.#before : undefined
    if (standing !== undefined) return { loaded: standing, at: Math.min(standing.at + place - from, standing.at + block.bytes) }
    if (this.#desk?.from !== from) {
      this.#deskKernel ??= new Kernel()
      this.#desk = { loaded: reload(block, this.#blocks.text(block.piece), this.#deskKernel), from }
    }
    const { loaded } = this.#desk
    return { loaded, at: Math.min(loaded.at + place - from, loaded.at + block.bytes) }
  }

  #next(): boolean {
    const loaded = this.#blocks.next()
    if (loaded === undefined) return false
    const { block, at, kernel } = loaded
    // An engine is a little behind what it has read.
    this.#before = this.#loaded?.kernel === kernel ? undefined : this.#loaded
    this.#given.push({ block, from: this.#total })
    this.#loaded = loaded
    this.#at = at
    this.#end = at + block.bytes
    this.#needsFeed = this.#isJoined && kernel.bytes[this.#end - 1] !== 0x0a
    return true
  }
}

