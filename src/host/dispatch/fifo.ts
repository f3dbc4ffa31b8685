/** Things in; the same things, first come first, any of them taken out in between, out. */

/** All in constant time. A plain Set is slow at its front: it passes by all that was deleted there, again and again. */
export class Fifo<T extends NonNullable<unknown>> {
  readonly #things = new Set<T>()
  /** Goes on where it stood, also past what is added meanwhile. */
  #iterator = this.#things.values()
  #first: T | undefined

  get size(): number {
    return this.#things.size
  }

  has(thing: T): boolean {
    return this.#things.has(thing)
  }

  add(thing: T): void {
    this.#things.add(thing)
  }

  delete(thing: T): boolean {
    return this.#things.delete(thing)
  }

  first(): T | undefined {
    if (this.#first !== undefined && this.#things.has(this.#first)) return this.#first
    let next = this.#iterator.next()
    if (next.done === true) {
      // One that has come to an end stays there.
      this.#iterator = this.#things.values()
      next = this.#iterator.next()
    }
    this.#first = next.value
    return this.#first
  }
}
