/** Chunks of a body in; the same bytes in order, one chunk after another or as one, out. A body in chunks of a byte each takes about its own size. */

/** How many chunks are looked at together, and below how many bytes they become one: an object of its own costs each some hundred. */
const runLength = 256
const smallRunBytes = 256 * 1024

/** Large chunks are kept as they come, without a copy, and so are few. */
export class ChunkQueue {
  /** Of all that was pushed and not shifted. */
  bytes = 0
  readonly #chunks: Buffer[] = []
  /** Of the chunks at the end that were not looked at yet. */
  #run = 0
  #runBytes = 0

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.bytes += chunk.length
    this.#run += 1
    this.#runBytes += chunk.length
    if (this.#run < runLength) return
    if (this.#runBytes < smallRunBytes) this.#chunks.push(Buffer.concat(this.#chunks.splice(-runLength), this.#runBytes))
    this.#run = 0
    this.#runBytes = 0
  }

  shift(): Buffer | undefined {
    const chunk = this.#chunks.shift()
    if (chunk === undefined) return undefined
    this.bytes -= chunk.length
    if (this.#run > this.#chunks.length) {
      this.#run -= 1
      this.#runBytes -= chunk.length
    }
    return chunk
  }

  /** All of them as one. */
  join(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.bytes)
  }
}
