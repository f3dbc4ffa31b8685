/** Events pushed in; the same events, in order, out of an async iterable. */

/** A stream for one reader: what comes before its first read is kept, up to a bound; then the oldest go. */
export class EventStream<T> implements AsyncIterable<T> {
  #queue: T[] = []
  #wake: (() => void) | undefined
  #ended = false
  #abandoned = false
  #tap: ((event: T) => void) | undefined

  /** Hears every event as it is pushed, whether or not anybody reads the stream. Must not throw. */
  tap(listener: (event: T) => void): void {
    this.#tap = listener
  }

  push(event: T): void {
    if (!this.#ended) this.#tap?.(event)
    if (this.#ended || this.#abandoned) return
    this.#queue.push(event)
    // Nobody reads: a long run must not fill the memory with what nobody will see.
    if (this.#queue.length > maxKept) this.#queue.splice(0, maxKept / 2)
    this.#wake?.()
  }

  /** Nobody is going to read: nothing is kept. */
  abandon(): void {
    this.#abandoned = true
    this.#queue = []
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const batch = this.#queue
        this.#queue = []
        yield* batch
        if (this.#queue.length > 0) continue
        if (this.#ended) return
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.#abandoned = true
      this.#queue = []
    }
  }
}

/** Events kept for a reader that is behind. */
const maxKept = 65_536
