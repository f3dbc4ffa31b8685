/** Questions about a session, and about texts to come, in; what its guest, or any sandbox, says to them, out. */
import type { WireInspected, WireInspection, WireVariable } from '../protocol.ts'
import type { Executions } from './executions.ts'
import type { FreshSandbox } from './freshSandbox.ts'
import type { GuestSupply } from './guestSupply.ts'
import type { SessionQueue } from './sessionQueue.ts'

/** What may stand at the end of a text. */
export interface SessionNames {
  /** Where the name begins that these may replace, as an offset in the text. */
  readonly from: number
  /** A variable's own members before inherited ones. */
  readonly names: readonly string[]
}

/** A variable that cells have made: `kind` is what `typeof` says, or the name of its class; `text` its value as it is shown, in short. */
export type SessionVariable = WireVariable

export interface LooksOptions {
  readonly queue: SessionQueue
  readonly guests: GuestSupply
  readonly sandboxes: FreshSandbox
  readonly executions: Executions
}

/** Looks at a session between its cells. */
export class Looks {
  readonly #options: LooksOptions

  constructor(options: LooksOptions) {
    this.#options = options
  }

  /** No dead sandbox is brought back for it: whoever types does not wait for a replay. */
  async complete(text: string): Promise<SessionNames> {
    const { queue, guests, executions } = this.#options
    if (await queue.between(async () => guests.guest?.isAlive !== true && executions.onTape.size > 0)) return { from: text.length, names: [] }
    const { from, names } = await this.#inspect({ what: 'complete', text })
    return { from: Math.min(from, text.length), names }
  }

  async variables(): Promise<readonly SessionVariable[]> {
    return (await this.#inspect({ what: 'variables' })).variables
  }

  async checkSyntax(text: string): Promise<'complete' | 'incomplete' | 'wrong'> {
    return (await this.#read({ what: 'syntax', text })).state
  }

  async scriptOf(cells: readonly string[]): Promise<readonly string[]> {
    return (await this.#read({ what: 'script', cells })).cells
  }

  /** A look at texts alone: any sandbox can do that, so none is brought back to where the session was for it. */
  #read<What extends 'syntax' | 'script'>(ask: Extract<WireInspection, { what: What }>): Promise<Extract<WireInspected, { what: What }>> {
    const { queue, guests, sandboxes } = this.#options
    if (guests.guest?.isAlive === true) return this.#inspect(ask)
    // The sandbox's owner has checked that the answer is one to this question.
    return queue.between(() => sandboxes.lend(async (sandbox) => (await sandbox.inspect(ask)) as Extract<WireInspected, { what: What }>))
  }

  #inspect<What extends WireInspection['what']>(ask: Extract<WireInspection, { what: What }>): Promise<Extract<WireInspected, { what: What }>> {
    const { queue, guests } = this.#options
    return queue.between(async () => {
      const guest = await guests.ready()
      // The sandbox's owner has checked that the answer is one to this question.
      return (await guest.inspect(ask)) as Extract<WireInspected, { what: What }>
    })
  }
}
