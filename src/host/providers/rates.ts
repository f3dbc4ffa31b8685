/** Headers of a reply in; what its server says of its limits out. What is no count, or no time, counts as not said. */
import type { RateReport, RateWindow } from '../../types.ts'

/** No allowance is longer than a month. */
const maxResetMs = 31 * 86_400_000

/** Value of a header by its name in lower case. */
export type ReadHeader = (name: string) => string | undefined

/** As OpenAI says it, and most who speak like it: `x-ratelimit-remaining-requests: 59`, `x-ratelimit-reset-requests: 1m0.5s`. */
export function readRates(header: ReadHeader, now: number = Date.now()): RateReport | undefined {
  return reportOf(readOne(header, 'requests', now), readOne(header, 'tokens', now))
}

/**
 * As Anthropic says it: `anthropic-ratelimit-requests-reset: 2026-11-21T08:00:30Z`. Its `tokens` are input and output together, and where it says
 * only the two, their sum; while one of the two is used up, so are all.
 */
export function readAnthropicRates(header: ReadHeader, now: number = Date.now()): RateReport | undefined {
  const read = (kind: string): RateWindow | undefined => {
    const prefix = `anthropic-ratelimit-${kind}`
    return windowOf(header(`${prefix}-limit`), header(`${prefix}-remaining`), header(`${prefix}-reset`), now)
  }
  const [input, output] = [read('input-tokens'), read('output-tokens')]
  const tokens = read('tokens') ?? sumOf(input, output)
  return reportOf(read('requests'), usedUp(output) ?? usedUp(input) ?? tokens)
}

function readOne(header: ReadHeader, kind: 'requests' | 'tokens', now: number): RateWindow | undefined {
  // Looked at first: most servers say nothing.
  const remaining = header(`x-ratelimit-remaining-${kind}`)
  return remaining === undefined ? undefined : windowOf(header(`x-ratelimit-limit-${kind}`), remaining, header(`x-ratelimit-reset-${kind}`), now)
}

function windowOf(limitText: string | undefined, remainingText: string | undefined, resetText: string | undefined, now: number): RateWindow | undefined {
  const [limit, remaining, resetMs] = [readCount(limitText), readCount(remainingText), readReset(resetText, now)]
  // A limit of none is how servers without one say so.
  return remaining === undefined || resetMs === undefined || resetMs > maxResetMs || limit === 0 ? undefined : { limit: limit ?? null, remaining, resetMs }
}

function reportOf(requests: RateWindow | undefined, tokens: RateWindow | undefined): RateReport | undefined {
  if (requests === undefined && tokens === undefined) return undefined
  return { ...(requests === undefined ? {} : { requests }), ...(tokens === undefined ? {} : { tokens }) }
}

function usedUp(window: RateWindow | undefined): RateWindow | undefined {
  return window?.remaining === 0 ? window : undefined
}

function sumOf(input: RateWindow | undefined, output: RateWindow | undefined): RateWindow | undefined {
  if (input === undefined || output === undefined) return input ?? output
  return {
    limit: input.limit === null || output.limit === null ? null : input.limit + output.limit,
    remaining: input.remaining + output.remaining,
    resetMs: Math.max(input.resetMs, output.resetMs),
  }
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}(\.0*)?\s*$/.test(text) ? Number(text) : undefined
}

const unitMs: Readonly<Record<string, number>> = Object.freeze({ d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, μs: 1e-3, ns: 1e-6 })

/** Numbers from here on are times since 1970, in seconds; from a thousandfold on in milliseconds: no window is decades long. */
const leastEpochSeconds = 1e9

/** A duration in Go's notation (`6m0s`, `20ms`), seconds as a number, a time since 1970, or an RFC 3339 time; as milliseconds from `now`, never negative. */
function readReset(given: string | undefined, now: number): number | undefined {
  const text = given?.trim()
  if (text === undefined || text.length > 40) return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return readNumber(Number(text), now)
  if (/^(\d+(\.\d+)?(ms|us|µs|μs|ns|d|h|m|s))+$/.test(text)) {
    let total = 0
    for (const [, value, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|us|µs|μs|ns|d|h|m|s)/g)) total += Number(value) * unitMs[unit!]!
    return Number.isFinite(total) ? total : undefined
  }
  // Date.parse alone would take "5-1".
  const time = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}

function readNumber(value: number, now: number): number | undefined {
  if (!Number.isFinite(value)) return undefined
  if (value < leastEpochSeconds) return value * 1_000
  return Math.max(0, (value < leastEpochSeconds * 1_000 ? value * 1_000 : value) - now)
}
