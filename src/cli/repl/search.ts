/** A history and what is looked for in; the entry that holds it, older or newer ones on request, out. */

export class HistorySearch {
  readonly #entries: readonly string[]
  #query = ''
  /** Newest first; -1 while nothing was found. */
  #index = -1

  constructor(entries: readonly string[]) {
    this.#entries = entries
  }

  get query(): string {
    return this.#query
  }

  /** Undefined where nothing holds what is looked for. */
  get match(): string | undefined {
    return this.#entries[this.#index]
  }

  /** Where in the match it stands. */
  get offset(): number {
    return Math.max(0, this.match?.lastIndexOf(this.#query) ?? 0)
  }

  /** The entry that is shown stays while it fits. */
  extend(text: string): void {
    this.#query += text
    this.#find(Math.max(0, this.#index), 1)
  }

  shorten(): void {
    this.#query = this.#query.slice(0, -1)
    this.#find(0, 1)
  }

  older(): void {
    this.#find(this.#index + 1, 1)
  }

  newer(): void {
    this.#find(this.#index - 1, -1)
  }

  /** Keeps the last match where there is none further on. */
  #find(from: number, step: 1 | -1): void {
    const shown = this.match
    if (this.#query === '') return void (this.#index = -1)
    for (let index = from; index >= 0 && index < this.#entries.length; index += step) {
      const entry = this.#entries[index] ?? ''
      if (!entry.includes(this.#query) || entry === shown && index !== this.#index) continue
      this.#index = index
      return
    }
    if (shown?.includes(this.#query) !== true) this.#index = -1
  }
}
