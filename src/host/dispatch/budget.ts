/** Limits in; an account that questions reserve from before they are sent, and settle with after, out. */
import { ReplmError } from '../../errors.ts'
import type { BudgetAmounts, BudgetLimits, BudgetState } from '../../types.ts'
import { onAbort } from './onAbort.ts'

export interface BudgetOptions {
  readonly limits: BudgetLimits
  /** Whose budget it is, for messages: 'this session', 'openReplm'. */
  readonly of: string
  /** What was spent before, in another process. @default nothing */
  readonly spent?: Spent
  /** What this budget narrows: its questions count there as well. */
  readonly parent?: Budget
}

export interface Amounts {
  readonly usd: number
  readonly queries: number
  readonly tokens: number
}

/** What was spent; with `isUnpriced` there is more that nobody knows the price of. */
export interface Spent extends Amounts {
  readonly isUnpriced?: boolean
}

/** What one question may cost. */
export interface Need {
  readonly usd: number
  readonly tokens: number
  /** Of that, what it costs at the least: where nothing else is in flight, the rest may shrink to what is left. Equal to it where the cost has a bound. */
  readonly least: { readonly usd: number; readonly tokens: number }
}

/** What a question holds while it is under way. */
export interface Reservation {
  /** Counts what an attempt may have cost that nobody says the cost of; what is held stays held, for the next one. Gives BUDGET where there is no room for both. */
  readonly lose: (spent: Omit<Spent, 'queries'>) => ReplmError | undefined
  /** Lets go of what was held and counts what was spent. Once. */
  readonly settle: (spent: Spent) => void
}

type Fit =
  | { readonly status: 'fits'; readonly usd: number; readonly tokens: number }
  /** What is in flight at `by` must settle first. */
  | { readonly status: 'blocked'; readonly by: Budget }
  | { readonly status: 'refused'; readonly error: ReplmError }

interface Waiter {
  readonly from: Budget
  readonly need: () => Need
  /** The budget it is in line at. */
  at: Budget
  readonly end: (outcome: Reservation | ReplmError) => void
}

/** Sums of dollars are off by less than this. */
const usdGrain = 1e-12

const nothing: Amounts = Object.freeze({ usd: 0, queries: 0, tokens: 0 })

/**
 * A budget, alone or within another one. No reservation ever goes over a limit.
 *
 * A question that does not fit is refused at once with BUDGET when it could not fit even if all that is in flight cost nothing. Otherwise it waits, in line,
 * until enough of that has settled: reserves are pessimistic, and a batch whose true cost fits must not fail for them. The count of questions is exact, so there it never waits.
 */
export class Budget {
  #limits: BudgetLimits
  readonly #of: string
  /** This one, then those it is within. */
  readonly #chain: readonly Budget[]
  #spent: Amounts
  #isUnpriced: boolean
  #reserved: Amounts = nothing
  #inFlight = 0
  readonly #line = new Set<Waiter>()

  constructor({ limits, of, spent = nothing, parent }: BudgetOptions) {
    this.#limits = limits
    this.#of = of
    this.#spent = { usd: spent.usd, queries: spent.queries, tokens: spent.tokens }
    this.#isUnpriced = spent.isUnpriced === true
    this.#chain = parent === undefined ? [this] : [this, ...parent.#chain]
  }

  get limits(): BudgetLimits {
    return this.#limits
  }

  /** Other limits from now on; what waits in line may fit now, or no more. */
  setLimits(limits: BudgetLimits): void {
    this.#limits = limits
    this.#serve()
  }

  /** Whether dollars are limited here or in a budget that this one is within. */
  get limitsUsd(): boolean {
    return this.#chain.some((budget) => budget.limits.usd < Infinity)
  }

  /** Whether dollars or tokens are. */
  get limitsCost(): boolean {
    return this.#chain.some(({ limits: { usd, tokens } }) => usd < Infinity || tokens < Infinity)
  }

  /**
   * Reserves here and in every budget around, or nowhere. Throws or rejects with BUDGET, or with the signal's reason. `need` is called each time it is looked whether there is room,
   * the last time when it is reserved: what others took may have shown it to be more or less.
   */
  reserve(need: () => Need, { signal }: { readonly signal: AbortSignal }): Reservation | Promise<Reservation> {
    signal.throwIfAborted()
    const fit = this.#fit(need())
    if (fit.status === 'refused') throw fit.error
    if (fit.status === 'blocked') return this.#wait(need, fit.by, signal)
    // What waits already goes first: else small questions would keep a large one waiting for ever.
    const line = this.#chain.find((budget) => budget.#line.size > 0)
    return line === undefined ? this.#take(fit) : this.#wait(need, line, signal)
  }

  /** Limits and what remains are the narrower of this budget's and of those it is within; spent and reserved are its own. */
  state(): BudgetState {
    return { limit: this.#narrowest(({ limits }, of) => limits[of]), spent: this.#isUnpriced ? { ...this.#spent, usd: null } : this.#spent, reserved: this.#reserved, remaining: this.#narrowest((budget, of) => Math.max(0, budget.#room(of))) }
  }

  #narrowest(amount: (budget: Budget, of: keyof Amounts) => number): BudgetAmounts {
    const least = (of: keyof Amounts): number | null => {
      const value = Math.min(...this.#chain.map((budget) => amount(budget, of)))
      return value === Infinity ? null : value
    }
    return { usd: least('usd'), queries: least('queries'), tokens: least('tokens') }
  }

  #room(of: keyof Amounts): number {
    return this.limits[of] - this.#spent[of] - this.#reserved[of]
  }

  #fit(need: Need): Fit {
    let { usd, tokens } = need
    let by: Budget | undefined
    for (const budget of this.#chain) {
      if (budget.#room('queries') < 1) return { status: 'refused', error: budget.#refusal('queries', 1) }
      const forTokens = budget.#grant('tokens', need)
      const forUsd = budget.#grant('usd', need)
      if (forTokens === 'refused') return { status: 'refused', error: budget.#refusal('tokens', need.least.tokens) }
      if (forUsd === 'refused') return { status: 'refused', error: budget.#refusal('usd', need.least.usd) }
      if (forTokens === 'blocked' || forUsd === 'blocked') by ??= budget
      else {
        tokens = Math.min(tokens, forTokens)
        usd = Math.min(usd, forUsd)
      }
    }
    return by === undefined ? { status: 'fits', usd, tokens } : { status: 'blocked', by }
  }

  /** How much of a need this budget can give: all of it, less if it is alone, or nothing now or ever. */
  #grant(of: 'usd' | 'tokens', need: Need): number | 'blocked' | 'refused' {
    // What costs nothing is not held up by a limit that is used up.
    if (need[of] === 0 || this.limits[of] === Infinity) return need[of]
    const grain = of === 'usd' ? usdGrain : 0
    if (need[of] <= this.#room(of) + grain) return need[of]
    if (need.least[of] > this.limits[of] - this.#spent[of] + grain) return 'refused'
    return this.#reserved[of] > 0 ? 'blocked' : this.#room(of)
  }

  #take({ usd, tokens }: { readonly usd: number; readonly tokens: number }): Reservation {
    for (const budget of this.#chain) {
      budget.#reserved = add(budget.#reserved, { usd, queries: 1, tokens }, 1)
      budget.#inFlight += 1
    }
    let held = true
    return {
      lose: (spent) => {
        for (const budget of this.#chain) budget.#count({ ...spent, queries: 0 })
        for (const budget of this.#chain) {
          if (tokens > 0 && budget.#room('tokens') < 0) return budget.#refusal('tokens', tokens)
          if (usd > 0 && budget.#room('usd') < -usdGrain) return budget.#refusal('usd', usd)
        }
        return undefined
      },
      settle: (spent) => {
        if (!held) return
        held = false
        for (const budget of this.#chain) {
          budget.#inFlight -= 1
          // Sums of fractions leave a rest; nothing in flight is nothing reserved.
          budget.#reserved = budget.#inFlight === 0 ? nothing : add(budget.#reserved, { usd, queries: 1, tokens }, -1)
          budget.#count(spent)
        }
        for (const budget of this.#chain) budget.#serve()
      },
    }
  }

  #count(spent: Spent): void {
    this.#spent = add(this.#spent, spent, 1)
    if (spent.isUnpriced === true) this.#isUnpriced = true
  }

  #wait(need: () => Need, at: Budget, signal: AbortSignal): Promise<Reservation> {
    return new Promise((resolve, reject) => {
      const letGo = onAbort(signal, () => {
        waiter.at.#line.delete(waiter)
        waiter.at.#serve()
        reject(signal.reason)
      })
      const end = (outcome: Reservation | ReplmError): void => {
        letGo()
        if (outcome instanceof ReplmError) reject(outcome)
        else resolve(outcome)
      }
      const waiter: Waiter = { from: this, need, at, end }
      at.#line.add(waiter)
    })
  }

  /** Serves the line up to the first that must wait here. As long as anybody waits here, something is in flight here, whose settling serves again. */
  #serve(): void {
    for (const waiter of this.#line) {
      const fit = waiter.from.#fit(waiter.need())
      if (fit.status === 'blocked' && fit.by === this) return
      this.#line.delete(waiter)
      if (fit.status === 'blocked') {
        waiter.at = fit.by
        fit.by.#line.add(waiter)
      } else {
        waiter.end(fit.status === 'fits' ? waiter.from.#take(fit) : fit.error)
      }
    }
  }

  #refusal(of: keyof Amounts, needed: number): ReplmError {
    const show = (amount: number): string => (of === 'usd' ? `$${Number(amount.toPrecision(6))}` : String(amount))
    const { [of]: limit } = this.limits
    return new ReplmError(
      'BUDGET',
      `The budget of ${this.#of} has no room for this question: of ${show(limit)}${of === 'usd' ? '' : ` ${of}`} (\`budget.${of}\`) ${show(this.#spent[of])} are spent and ${show(this.#reserved[of])} reserved, and it needs ${show(needed)} or more. Raise \`budget.${of}\` to go on`,
    )
  }
}

function add(amounts: Amounts, more: Amounts, sign: 1 | -1): Amounts {
  return { usd: amounts.usd + sign * more.usd, queries: amounts.queries + sign * more.queries, tokens: amounts.tokens + sign * more.tokens }
}
