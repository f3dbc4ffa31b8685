/** A failed attempt in; how long to wait before the next one, out. */

/** Wait after the first failed attempt, in milliseconds; it doubles with each further one. */
const firstWaitMs = 250

/** Longest wait of our own choosing, in milliseconds, before jitter. */
const longestWaitMs = 8_000

/** Longest wait that a server may ask for, in milliseconds: beyond it, its error is the answer. */
export const longestRetryAfterMs = 60_000

/** Jitter is added, never taken away (nobody comes before the time the server named), up to this share of the wait. */
const jitterShare = 0.25

export interface FailedAttempt {
  /** Its number, from 1. */
  readonly attempt: number
  /** Milliseconds the server asked to wait; wins over our own wait, unless it is 0 (a time that is over says nothing of how long the trouble lasts). */
  readonly retryAfterMs: number | undefined
  /** From 0 to 1, as Math.random gives it. */
  readonly random: () => number
}

/** Milliseconds to wait: 250 doubling to 8,000, or what the server named, and up to a quarter more. */
export function backoffMs({ attempt, retryAfterMs, random }: FailedAttempt): number {
  const ownMs = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs)
  const waitMs = retryAfterMs === undefined || retryAfterMs === 0 ? ownMs : retryAfterMs
  // At least the first wait is the base of the jitter: a short `Retry-After` must not bring everybody back at once.
  return waitMs + random() * jitterShare * Math.max(waitMs, firstWaitMs)
}
