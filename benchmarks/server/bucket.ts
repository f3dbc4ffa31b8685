/** Requests in; whether the rate allows them, and the headers that say so, out: a bucket that fills steadily, as OpenAI's does. */
export class Bucket {
  readonly #limit: number
  readonly #now: () => number
  #level: number
  #filledMs: number

  /** Holds as many as it fills in a second. */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit
    this.#now = now
    this.#level = limit
    this.#filledMs = now()
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    const now = this.#now()
    this.#level = Math.min(this.#limit, this.#level + ((now - this.#filledMs) * this.#limit) / 1_000)
    this.#filledMs = now
    if (this.#level < 1) return false
    this.#level -= 1
    return true
  }

  /** What is left and when it is whole again, each ended by a line break; after a refusal also when to come back. */
  headers(isRefused: boolean): string {
    const wholeMs = ((this.#limit - this.#level) / this.#limit) * 1_000
    const head = `x-ratelimit-limit-requests: ${this.#limit}\r\nx-ratelimit-remaining-requests: ${Math.floor(this.#level)}\r\nx-ratelimit-reset-requests: ${Math.ceil(wholeMs)}ms\r\n`
    return isRefused ? `${head}retry-after-ms: ${Math.ceil(((1 - this.#level) / this.#limit) * 1_000)}\r\n` : head
  }
}
