/** Cells, and work between them, in as they come; the same, one after another, out. */
import type { Lifetime } from './lifetime.ts'

export interface SessionQueueOptions {
  readonly lifetime: Lifetime
  /** Settles when a cell's sandbox, which may outlast the cell in being brought back, is there. */
  readonly preparation: () => Promise<void>
}

export class SessionQueue {
  readonly #options: SessionQueueOptions
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: SessionQueueOptions) {
    this.#options = options
  }

  /** Settles when all that stands in it now is over. Never rejects. */
  get tail(): Promise<unknown> {
    return this.#tail
  }

  add<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Work that takes its turn among the cells. Rejects with DISPOSED where the session is closed by then. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return this.add(async () => {
      await this.#options.preparation()
      this.#options.lifetime.checkOpen()
      return work()
    })
  }
}
