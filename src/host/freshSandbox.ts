/** Work on texts alone in; its outcome out, and the sandbox that it was done in for the guest that is opened next. */
import type { ReplmError } from '../errors.ts'
import type { Sandbox } from './sandbox.ts'

/** A sandbox that nothing has run in. */
export class FreshSandbox {
  readonly #start: () => Promise<Sandbox>
  /** It has read texts only. */
  #fresh: Sandbox | undefined

  constructor(start: () => Promise<Sandbox>) {
    this.#start = start
  }

  /** It is the taker's from now on. */
  take(): Sandbox | Promise<Sandbox> {
    const fresh = this.#fresh
    this.#fresh = undefined
    if (fresh?.isAlive !== true) return this.#start()
    // Whoever waits for it to be opened must not see the process end meanwhile.
    fresh.keepAlive(true)
    return fresh
  }

  /** Lends it to work that runs nothing in it. */
  async lend<T>(work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
    const sandbox = await this.take()
    this.#fresh = sandbox
    sandbox.keepAlive(true)
    try {
      return await work(sandbox)
    } finally {
      sandbox.keepAlive(false)
    }
  }

  kill(error: ReplmError): void {
    this.#fresh?.kill(error)
  }
}
