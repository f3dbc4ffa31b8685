/** Counted segments in; where each begins, in bytes, units and lines, out. Kept for the sessions to come while the file is what it was. */
import type { Segment } from './measure.ts'

/**
 * Three numbers for every 64 KiB of a text, as far as it was counted. Entry `n` is where segment `n` begins: its place in the source, units
 * before it, line feeds before it. One more stands for the end of what is known.
 */
export class SegmentIndex {
  readonly #places: number[]
  readonly #units = [0]
  readonly #lineFeeds = [0]
  #extending: Promise<void> | undefined

  constructor(start: number) {
    this.#places = [start]
  }

  /** The place up to which it was counted. */
  get place(): number {
    return this.#places.at(-1) ?? 0
  }

  get units(): number {
    return this.#units.at(-1) ?? 0
  }

  get lineFeeds(): number {
    return this.#lineFeeds.at(-1) ?? 0
  }

  get length(): number {
    return this.#units.length
  }

  /** The segment that holds a unit that was counted. */
  withUnit(unit: number): number {
    return lastAtMost(this.#units, unit)
  }

  withLineFeed(lineFeed: number): number {
    return lastAtMost(this.#lineFeeds, lineFeed)
  }

  /** What comes before a segment. */
  before(segment: number): { readonly place: number; readonly units: number; readonly lineFeeds: number } {
    return { place: this.#places[segment] ?? 0, units: this.#units[segment] ?? 0, lineFeeds: this.#lineFeeds[segment] ?? 0 }
  }

  /** Places where segments `first` to `last` begin, and where the last one ends. */
  places(first: number, last: number): readonly number[] {
    return this.#places.slice(first, last + 2)
  }

  /** Takes what `count` gives for the place that is reached. Everybody who needs more waits for the same; a failure is only for the one whose `count` it was. */
  extend(count: (from: number) => Promise<readonly Segment[]>): Promise<void> {
    if (this.#extending !== undefined) return this.#extending.catch(() => undefined)
    this.#extending = count(this.place)
      .then((segments) => this.#add(segments))
      .finally(() => (this.#extending = undefined))
    return this.#extending
  }

  #add(segments: readonly Segment[]): void {
    for (const { end, units, lineFeeds } of segments) {
      this.#units.push(this.units + units)
      this.#lineFeeds.push(this.lineFeeds + lineFeeds)
      this.#places.push(end)
    }
  }
}

/** Index of the last number that is at most `value`, in a rising list whose last entry is an end, not a beginning. */
function lastAtMost(numbers: readonly number[], value: number): number {
  let low = 0
  let high = numbers.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((numbers[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}
