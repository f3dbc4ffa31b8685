/** A failure in; how often its question had been sent, out. */

const attemptsByError = new WeakMap<object, number>()

/**
 * Attempts made at the question that failed with `thrown`. 0 when none was sent (refused by a budget, aborted in the queue) and
 * for a signal's reason, which belongs to its caller and may end many questions at once.
 */
export function attemptsOf(thrown: unknown): number {
  return typeof thrown === 'object' && thrown !== null ? (attemptsByError.get(thrown) ?? 0) : 0
}

/** Marks `error` for {@link attemptsOf}, and returns it. */
export function withAttempts<T extends object>(error: T, attempts: number): T {
  attemptsByError.set(error, attempts)
  return error
}
