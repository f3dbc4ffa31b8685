/** Headers of a reply in; the milliseconds its server asks to wait before the next attempt out. */

/**
 * `retry-after-ms` (milliseconds) wins over `Retry-After` (seconds, or an HTTP date); what is neither counts as not said.
 * Never negative; without an upper bound, which is the pump's.
 */
export function readRetryAfter(header: (name: string) => string | undefined, now: number = Date.now()): number | undefined {
  const milliseconds = readNumber(header('retry-after-ms'))
  if (milliseconds !== undefined) return milliseconds
  const value = header('retry-after')
  const seconds = readNumber(value)
  if (seconds !== undefined) return seconds * 1_000
  // A date has letters in it: Date.parse would also take "-5" or "1.2.3".
  const date = value !== undefined && /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function readNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined
}
