/** A time and a signal in; waits that end when either comes, out. */
export interface Alarm extends Disposable {
  readonly isTimeUp: () => boolean
  /** Resolves with what is waited for, or with undefined once the time is up. Rejects with the signal's reason. */
  readonly orElse: <T>(waited: Promise<T>) => Promise<T | undefined>
}

/** setTimeout takes no more. */
const longestMs = 2 ** 31 - 1

export function openAlarm(timeoutMs: number, signal: AbortSignal | undefined): Alarm {
  const untilMs = performance.now() + timeoutMs
  const waits = new Set<() => void>()
  const isTimeUp = (): boolean => performance.now() >= untilMs
  let timer: NodeJS.Timeout | undefined

  function ring(): void {
    for (const end of waits) end()
  }

  function wind(): void {
    if (isTimeUp()) ring()
    else if (timeoutMs !== Infinity) timer = setTimeout(wind, Math.min(longestMs, Math.ceil(untilMs - performance.now())))
  }

  wind()
  signal?.addEventListener('abort', ring, { once: true })
  return {
    isTimeUp,
    // Not a race with one promise for all: that would remember every wait until the alarm goes.
    orElse: (waited) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          waits.delete(end)
          if (signal?.aborted === true) reject(signal.reason)
          else if (isTimeUp()) resolve(undefined)
          else waits.add(end)
        }
        end()
        waited.then(resolve, reject).finally(() => waits.delete(end))
      }),
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', ring)
    },
  }
}
