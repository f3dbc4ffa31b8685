/** Outcomes of attempts in; whether a server that answers nobody is asked at all, out. */
import { ReplmError } from '../../errors.ts'
import { longestRetryAfterMs } from './backoff.ts'

/** Attempts in a row that fail, over all questions, before a server counts as down; one question must have used up its own as well. */
const fewest = 10

/** Refusals in a row that no other question can escape (a wrong key, an empty account), before nobody else is sent into them. */
const fewestFatal = 8

/** How long a server may be down before those who wait for it are told, in milliseconds: a restart must not end a batch. */
const patienceMs = 15_000

/** The same where it only says that it is asked too much: limits are mostly per minute. */
const patienceLimitedMs = 75_000

/** Time to the first attempt at a server that is down, in milliseconds; it doubles with each that fails. */
const firstProbeMs = 1_000
const slowestProbeMs = 30_000

type Kind = 'down' | 'limited' | 'fatal'

interface Streak {
  readonly sinceMs: number
  failures: number
  kind: Kind
  last: ReplmError
}

/**
 * Closed, everything passes. Open, one attempt at a time passes, further and further apart, until one is answered. While it is open for a short time, questions wait;
 * after that they fail at once, with an error that says why.
 */
export class Breaker {
  readonly #model: string
  #streak: Streak | undefined
  #open: { probes: number; nextMs: number; isProbing: boolean } | undefined

  constructor(model: string) {
    this.#model = model
  }

  get isOpen(): boolean {
    return this.#open !== undefined
  }

  /** Milliseconds until the next attempt may be sent; Infinity while the outcome of one is awaited. */
  waitMs(nowMs: number): number {
    if (this.#open === undefined) return 0
    return this.#open.isProbing ? Infinity : Math.max(0, this.#open.nextMs - nowMs)
  }

  send(): void {
    if (this.#open !== undefined) this.#open.isProbing = true
  }

  /** The server is there: it answered, or refused this question alone. */
  alive(): void {
    this.#streak = undefined
    this.#open = undefined
  }

  get isProbing(): boolean {
    return this.#open?.isProbing === true
  }

  /** What a failure says of the server, if anything. True when it is down, or still is. */
  heed(error: ReplmError, options: { readonly nowMs: number; readonly isLast: boolean }): boolean {
    if (isOfServer(error)) this.#failed(error, options)
    else if (error.code !== 'TIMEOUT') this.alive()
    return this.isOpen
  }

  /** An attempt ended without a word of the server, by a deadline or an abort. */
  unknown(): void {
    if (this.#open !== undefined) this.#open.isProbing = false
  }

  /** `isLast`: its question is not asked again. */
  #failed(error: ReplmError, { nowMs, isLast }: { readonly nowMs: number; readonly isLast: boolean }): void {
    const kind = kindOf(error)
    const streak = (this.#streak ??= { sinceMs: nowMs, failures: 0, kind, last: error })
    streak.failures += 1
    streak.kind = kind
    streak.last = error
    if (this.#open !== undefined) {
      // Attempts that were under way before it opened end here, too.
      if (!this.#open.isProbing) return
      this.#open = { probes: this.#open.probes + 1, nextMs: nowMs + Math.min(firstProbeMs * 2 ** (this.#open.probes + 1), slowestProbeMs), isProbing: false }
    } else if (this.#isDown(streak, { nowMs, isLast })) {
      this.#open = { probes: 0, nextMs: nowMs + firstProbeMs, isProbing: false }
    }
  }

  #isDown({ kind, failures, sinceMs }: Streak, { nowMs, isLast }: { readonly nowMs: number; readonly isLast: boolean }): boolean {
    switch (kind) {
      case 'fatal':
        return failures >= fewestFatal
      case 'limited':
        // Its pauses are the pump's.
        return failures >= fewest && nowMs - sinceMs >= patienceLimitedMs
      case 'down':
        return isLast && failures >= fewest
    }
  }

  /** Milliseconds until those who wait are told; 0 when they are now, Infinity while nothing is wrong. */
  patienceMs(nowMs: number): number {
    const streak = this.#streak
    if (this.#open === undefined || streak === undefined) return Infinity
    const patience = streak.kind === 'fatal' ? 0 : streak.kind === 'limited' ? patienceLimitedMs : patienceMs
    return Math.max(0, streak.sinceMs + patience - nowMs)
  }

  /** What those who wait are told. */
  error(nowMs: number): ReplmError {
    const { failures, last } = this.#streak ?? { failures: 0, last: new ReplmError('PROVIDER', 'It does not answer.') }
    const wait = Math.ceil(Math.max(0, (this.#open?.nextMs ?? nowMs) - nowMs) / 1_000)
    return new ReplmError(
      last.code,
      `${this.#model} is not asked now: the last ${failures} attempts in a row failed, the last one so: ${last.message.replace(/\.$/, '')}. It is tried again ${wait === 0 ? 'with the next question' : `in ${wait} s`}.`,
      { cause: last, retryable: last.retryable, ...(last.status === undefined ? {} : { status: last.status }) },
    )
  }
}

/** Whether a failure says that the next question fails as well. */
function isOfServer(error: ReplmError): boolean {
  return error.retryable ? error.code !== 'TIMEOUT' : error.code === 'AUTH' || error.code === 'RATE_LIMITED'
}

/** Whether the server says that it is asked too much. */
export function isOverload({ code, retryable, status, retryAfterMs }: ReplmError): boolean {
  return retryable && (code === 'RATE_LIMITED' || status === 529 || (status === 503 && retryAfterMs !== undefined))
}

function kindOf(error: ReplmError): Kind {
  if (!error.retryable || (error.retryAfterMs ?? 0) > longestRetryAfterMs) return 'fatal'
  return isOverload(error) ? 'limited' : 'down'
}
