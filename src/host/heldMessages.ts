/** A guest's messages, each with what it waits for, in; the same, one after another when that is durable, out. */
import type { GuestMessage } from '../protocol.ts'

export interface HeldMessagesOptions {
  readonly take: (message: GuestMessage) => void
  /** None is held any more. */
  readonly onEmpty: () => void
}

interface HeldMessage {
  readonly message: GuestMessage
  readonly until: Promise<void>
}

export class HeldMessages {
  readonly #options: HeldMessagesOptions
  readonly #held: HeldMessage[] = []
  #isReleasing = false

  constructor(options: HeldMessagesOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  /** It goes on when all that it may depend on is durable, and those before it have gone. */
  hold(message: GuestMessage, until: Promise<void>): void {
    this.#held.push({ message, until })
    if (!this.#isReleasing) void this.#release()
  }

  clear(): void {
    this.#held.length = 0
  }

  async #release(): Promise<void> {
    this.#isReleasing = true
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      await next.until
      this.#held.shift()
      this.#options.take(next.message)
    }
    this.#isReleasing = false
    this.#options.onEmpty()
  }
}
