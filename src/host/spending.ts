/** Answers in; what a session and its cells spent, out. */
import type { Answer, Usage } from '../types.ts'

/** A point in a session's account, to take later ones from. */
export interface SpendingMark {
  readonly queries: number
  readonly bought: number
  readonly replayed: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number
  /** Answers without a known price. */
  readonly unpriced: number
  readonly unknownUsd: number
}

const start: SpendingMark = Object.freeze({ queries: 0, bought: 0, replayed: 0, inputTokens: 0, outputTokens: 0, usd: 0, unpriced: 0, unknownUsd: 0 })

export class Spending {
  #now: SpendingMark = start

  mark(): SpendingMark {
    return this.#now
  }

  /** A question, whatever becomes of it. */
  asked(count = 1): void {
    this.#now = { ...this.#now, queries: this.#now.queries + count }
  }

  /** An answer that no attempt was made for (shared, or kept from before) was bought by another question, and costs this one nothing. */
  answered({ usage: { inputTokens, outputTokens, usd }, attempts }: Pick<Answer, 'usage' | 'attempts'>): void {
    if (attempts === 0) return
    const now = this.#now
    this.#now = {
      queries: now.queries,
      bought: now.bought + 1,
      replayed: now.replayed,
      inputTokens: now.inputTokens + inputTokens,
      outputTokens: now.outputTokens + outputTokens,
      usd: now.usd + (usd ?? 0),
      unpriced: now.unpriced + (usd === null ? 1 : 0),
      unknownUsd: now.unknownUsd,
    }
  }

  /** An attempt was cut off: the most that it may have cost, where that is known. */
  lost(usd: number | null): void {
    if (usd !== null) this.#now = { ...this.#now, unknownUsd: this.#now.unknownUsd + usd }
  }

  /** An answer that was bought earlier in the session's life, and is given again. */
  replayed(): void {
    this.#now = { ...this.#now, replayed: this.#now.replayed + 1 }
  }

  /** A cell begins anew: of its questions so far, those stay that have been answered again. Where it was begun by another process, they were bought there. */
  restart(mark: SpendingMark | undefined, { answers, isResumed }: { readonly answers: number; readonly isResumed: boolean }): void {
    const { queries, replayed } = mark ?? start
    this.#now = { ...this.#now, queries: queries + answers, replayed: isResumed ? replayed + answers : this.#now.replayed }
  }

  /** What was spent after `mark`; all of it without one. */
  since(mark: SpendingMark = start): Usage {
    const now = this.#now
    return {
      queries: now.queries - mark.queries,
      bought: now.bought - mark.bought,
      replayed: now.replayed - mark.replayed,
      inputTokens: now.inputTokens - mark.inputTokens,
      outputTokens: now.outputTokens - mark.outputTokens,
      usd: now.unpriced > mark.unpriced ? null : now.usd - mark.usd,
      unknownUsd: now.unknownUsd - mark.unknownUsd,
    }
  }
}
