/** What is frozen in a session in, and what changes of it; the same, written down, and questions filled in by it, out. */
import type { WireRequest } from '../protocol.ts'
import type { Query } from '../types.ts'
import type { SessionConfig } from './journal/journal.ts'
import type { SessionParts } from './sessionParts.ts'
import type { Tape } from './tape.ts'

export interface FrozenConfigOptions extends Pick<SessionParts, 'resolve'> {
  readonly config: SessionConfig
  readonly tape: Tape
}

export class FrozenConfig {
  readonly #tape: Tape
  readonly #resolve: SessionParts['resolve']
  #now: SessionConfig

  constructor({ config, tape, resolve }: FrozenConfigOptions) {
    this.#now = config
    this.#tape = tape
    this.#resolve = resolve
  }

  get now(): SessionConfig {
    return this.#now
  }

  /** It holds from now on. */
  freeze(config: SessionConfig): void {
    this.#now = config
    this.#tape.write({ type: 'session.changed', config })
  }

  /** Fills in what a request leaves open. A model that had to be found is the session's from its first question on. */
  resolve(request: WireRequest): Query | Promise<Query> {
    const found = this.#resolve(request, this.#now)
    if (this.#now.model !== null || request.model !== undefined) return found
    const freeze = (query: Query): Query => {
      if (this.#now.model === null) this.freeze({ ...this.#now, model: `${query.provider}/${query.model}` })
      return query
    }
    return found instanceof Promise ? found.then(freeze) : freeze(found)
  }
}
