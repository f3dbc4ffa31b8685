/** Numbers in, one after another; any of them by its place, out. Eight bytes each, outside V8's heap. */

const leastCapacity = 16

export class NumberList {
  #numbers = new Float64Array(leastCapacity)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) this.#grow()
    this.#numbers[this.#length++] = number
  }

  /** NaN where there is none. */
  at(place: number): number {
    return place < this.#length ? (this.#numbers[place] ?? Number.NaN) : Number.NaN
  }

  /** Keeps the first `length` of them. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length)
  }

  /** The place of a number in a list that only grows from one to the next; undefined where it is not among them. */
  find(number: number): number | undefined {
    let from = 0
    let to = this.#length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.at(middle) < number) from = middle + 1
      else to = middle
    }
    return this.at(from) === number ? from : undefined
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#numbers.length)
    grown.set(this.#numbers)
    this.#numbers = grown
  }
}
