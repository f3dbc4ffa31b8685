/** Questions of one batch, as many as there are, in; no more of them at once than it takes to have always one to send, out. */
import { onAbort } from './onAbort.ts'

/** Most that are let in and not sent yet: each is some KB that live long enough to be moved by the garbage collector, and there is always one to send with far fewer. */
const most = 256

/** When it comes down to so many, there is room again: for many at once, so that not each of them has to be waited for. */
const few = most / 4

/**
 * A question that is let in holds some KB until it is answered, one that waits outside only its text. Those that were sent do not count:
 * how many may be under way is the pump's to say.
 */
export class Turnstile {
  #inside = 0
  #waiting = new Set<() => void>()

  get isFull(): boolean {
    return this.#inside >= most
  }

  enter(): void {
    this.#inside += 1
  }

  /** One was sent, or ended without. */
  leave(): void {
    this.#inside -= 1
    if (this.#inside > few || this.#waiting.size === 0) return
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const wake of waiting) wake()
  }

  /** Resolves in the order of calls, when it is worth looking whether there is room; at once when `signal` aborts. */
  room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        letGo()
        this.#waiting.delete(wake)
        resolve()
      }
      const letGo = onAbort(signal, wake)
      this.#waiting.add(wake)
    })
  }
}
