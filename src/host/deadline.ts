/** Milliseconds in; a call when so much time has gone by in which nobody held it, out. */

export class Deadline {
  #leftMs: number
  #holds = 0
  #startedMs = 0
  #timer: NodeJS.Timeout | undefined
  #onOver: (() => void) | undefined

  /** @param ms Infinity for none. */
  constructor(ms: number) {
    this.#leftMs = ms
  }

  start(onOver: () => void): void {
    this.#onOver = onOver
    this.#goOn()
  }

  stop(): void {
    this.#pause()
    this.#onOver = undefined
  }

  /** Time does not count until the returned function is called, once. */
  hold(): () => void {
    this.#holds += 1
    this.#pause()
    return () => {
      this.#holds -= 1
      this.#goOn()
    }
  }

  #goOn(): void {
    const onOver = this.#onOver
    if (onOver === undefined || this.#holds > 0 || this.#timer !== undefined || !Number.isFinite(this.#leftMs)) return
    this.#startedMs = performance.now()
    this.#timer = setTimeout(onOver, Math.max(0, this.#leftMs))
  }

  #pause(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#leftMs -= performance.now() - this.#startedMs
  }
}
