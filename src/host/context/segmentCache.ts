/** Decoded segments in; the ones used last out, within a bound. */

/** Bound on what decoded text the documents of a session keep, in UTF-16 units. */
const defaultMaxUnits = 8 * 1024 * 1024

/** One cache serves all documents of a session; a key is theirs to choose. */
export class SegmentCache {
  readonly #maxUnits: number
  readonly #texts = new Map<string, string>()
  #units = 0

  constructor(maxUnits: number = defaultMaxUnits) {
    this.#maxUnits = maxUnits
  }

  get(key: string): string | undefined {
    const text = this.#texts.get(key)
    if (text === undefined) return undefined
    // The order of a Map is that of insertion: what was used goes to the end.
    this.#texts.delete(key)
    this.#texts.set(key, text)
    return text
  }

  has(key: string): boolean {
    return this.#texts.has(key)
  }

  set(key: string, text: string): void {
    const before = this.#texts.get(key)
    if (before !== undefined) this.#units -= before.length
    this.#texts.delete(key)
    this.#texts.set(key, text)
    this.#units += text.length
    for (const [oldest, old] of this.#texts) {
      if (this.#units <= this.#maxUnits) return
      this.#texts.delete(oldest)
      this.#units -= old.length
    }
  }

  clear(): void {
    this.#texts.clear()
    this.#units = 0
  }
}
