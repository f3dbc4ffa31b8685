/** Sends, answers and failures of one server in; when it takes the next question, out. */
import type { ReplmError } from '../../errors.ts'
import type { ProviderAnswer, ProviderQuery, RateReport } from '../../types.ts'
import { backoffMs, longestRetryAfterMs } from './backoff.ts'
import { isOverload } from './breaker.ts'
import { Rates, type Sending as RateSending } from './rates.ts'
import { Throttle } from './throttle.ts'

/** What a send counted for. */
export interface Sending {
  readonly rates: RateSending
  readonly send: number
}

export interface GovernorOptions {
  /** Most questions in flight. */
  readonly concurrency: number
  /** As Math.random. */
  readonly random: () => number
}

/**
 * All that keeps a server from being asked too much. One that says what it allows is sent just that; one that only refuses is sent what it was seen to take;
 * a refusal pauses everybody, for as long as the server says.
 */
export class Governor {
  readonly #rates = new Rates()
  readonly #throttle: Throttle
  readonly #random: () => number
  #inFlight = 0
  #pausedUntilMs = -Infinity
  /** Refusals since the last answer, those of one burst as one; and when the last one was. */
  #pauses = 0
  #refusedMs = -Infinity

  constructor({ concurrency, random }: GovernorOptions) {
    this.#throttle = new Throttle(concurrency)
    this.#random = random
  }

  limit(nowMs: number): number {
    return this.#throttle.limit(nowMs)
  }

  /** Whether nothing was answered since the last pause, or refusals are taken as they come: what is sent now may be refused, and is best a question with attempts left. */
  get isTrying(): boolean {
    return this.#pauses > 0 || this.#throttle.isTolerant
  }

  /** Milliseconds until this question may be sent; Infinity: not before an attempt ends. */
  waitMs(query: ProviderQuery, nowMs: number): number {
    if (this.#inFlight >= this.#throttle.limit(nowMs)) return Infinity
    const wait = Math.max(this.#pausedUntilMs - nowMs, this.#throttle.waitMs(nowMs), this.#rates.waitMs(query, nowMs))
    // With nothing in flight nothing else will tell: its reply does.
    return wait === Infinity && this.#inFlight === 0 ? 0 : wait
  }

  send(query: ProviderQuery, nowMs: number): Sending {
    this.#inFlight += 1
    return { rates: this.#rates.send(query, nowMs), send: this.#throttle.send(nowMs) }
  }

  /** An attempt ended, in whatever way. */
  landed(sending: Sending | undefined): void {
    this.#inFlight -= 1
    if (sending !== undefined) this.#rates.land(sending.rates)
  }

  answered(sending: Sending | undefined, { rates, usage }: ProviderAnswer, { llmMs, nowMs }: { readonly llmMs: number; readonly nowMs: number }): void {
    this.#pauses = 0
    this.#throttle.answered(llmMs, nowMs)
    this.#rates.answered(usage.outputTokens)
    this.#report(rates, sending, nowMs)
  }

  /** True where the failure pauses everybody, its own question among them. */
  failed(sending: Sending | undefined, error: ReplmError, nowMs: number): boolean {
    this.#report(error.rates, sending, nowMs)
    const { retryAfterMs } = error
    if (sending === undefined || !isOverload(error) || (retryAfterMs !== undefined && retryAfterMs > longestRetryAfterMs)) return false
    if (this.#throttle.isTolerant && retryAfterMs === undefined) {
      this.#throttle.refused(sending.send, { nowMs, inFlight: this.#inFlight, resumeMs: nowMs })
      return false
    }
    const left = Math.min(error.rates?.requests?.remaining ?? Infinity, error.rates?.tokens?.remaining ?? Infinity)
    const isStated = this.#rates.areKnown && !(left >= 1 && left < Infinity)
    if (isStated) this.#rates.exhausted()
    const isPaused = nowMs < this.#pausedUntilMs
    // Of the same burst as the last refusal.
    const isKnown = isPaused || sending.rates.sentMs < this.#refusedMs
    if (!isKnown) {
      this.#pauses += 1
      this.#refusedMs = nowMs
    }
    // What was under way when the pause began comes back as well: only a server that names a time makes it longer. One that states its limits has named it, once.
    if (retryAfterMs !== undefined || (!isKnown && !(isStated && this.#pauses === 1))) {
      this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + backoffMs({ attempt: Math.max(1, this.#pauses), retryAfterMs, random: this.#random }))
    }
    if (!isStated) this.#throttle.refused(sending.send, { nowMs, inFlight: this.#inFlight, resumeMs: this.#pausedUntilMs })
    return true
  }

  #report(report: RateReport | undefined, sending: Sending | undefined, nowMs: number): void {
    if (report !== undefined && sending !== undefined) this.#rates.report(report, sending.rates, nowMs)
  }
}
