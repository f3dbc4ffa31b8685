/** A server's rule and a number of questions in; what became of them, asked by a real pump in simulated time, out: a discrete-event simulation. */
import { ReplmError } from '../../../src/errors.ts'
import { createAsyncPath } from '../../../src/host/dispatch/paths/async.ts'
import { Pump } from '../../../src/host/dispatch/pump.ts'
import type { Provider, ProviderAnswer, RateReport } from '../../../src/types.ts'
import { createSimulatedTime } from './simulatedTime.ts'

/** Decides on each question as it arrives; `inFlight` counts it as well. */
export type Rule = (nowMs: number, inFlight: number) => { readonly ok: boolean; readonly rates?: RateReport; readonly retryAfterMs?: number }

export interface Simulation {
  readonly questions: number
  readonly concurrency?: number
  /** Of an answer; a refusal takes 2 ms. */
  readonly latencyMs?: number
  /** Session of each question, by its index. */
  readonly ownerOf?: (index: number) => object
}

export interface Outcome {
  readonly wallMs: number
  readonly failed: number
  /** Share of what was sent. */
  readonly wasted: number
  /** When each question was answered, by index. */
  readonly doneMs: readonly number[]
  /** Answers per second between two times, in milliseconds. */
  readonly perSecond: (fromMs: number, toMs: number) => number
}

export async function simulate(rule: Rule, { questions, concurrency = 64, latencyMs = 50, ownerOf }: Simulation): Promise<Outcome> {
  const time = createSimulatedTime()
  const random = createRandom()
  let inFlight = 0
  let sent = 0
  let refused = 0
  const provider: Provider = {
    name: 'simulated',
    pricing: 'free',
    query: () =>
      new Promise<ProviderAnswer>((resolve, reject) => {
        sent += 1
        inFlight += 1
        const { ok, rates, retryAfterMs } = rule(time.now(), inFlight)
        if (!ok) {
          refused += 1
          inFlight -= 1
        }
        const details = { retryable: true, status: 429, ...(rates === undefined ? {} : { rates }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
        time.after(ok ? latencyMs * (0.7 + 0.6 * random()) : 2, () => {
          if (!ok) return reject(new ReplmError('RATE_LIMITED', 'Too many.', details))
          inFlight -= 1
          resolve({ text: '', usage: { inputTokens: 1, outputTokens: 1 }, ...(rates === undefined ? {} : { rates }) })
        })
      }),
  }
  const path = createAsyncPath({ get: () => provider, isBuiltIn: () => false })
  const pump = new Pump({ provider: 'simulated', model: 'm', concurrency, maxAttempts: 5, path, random, clock: time, pricing: () => ({ kind: 'stated' }) })
  const { signal } = new AbortController()
  const doneMs: number[] = []
  let failed = 0
  const asked = Array.from({ length: questions }, async (_, index) => {
    try {
      await pump.dispatch({ provider: 'simulated', model: 'm', prompt: '', timeoutMs: Infinity, timeoutIsFinal: false }, { signal, ...(ownerOf === undefined ? {} : { owner: ownerOf(index) }) })
      doneMs[index] = time.now()
    } catch {
      failed += 1
    }
  })
  await time.run(Promise.all(asked))
  const perSecond = (fromMs: number, toMs: number): number => (doneMs.filter((ms) => ms >= fromMs && ms < toMs).length / (toMs - fromMs)) * 1_000
  // Those that failed have left holes.
  const wallMs = doneMs.reduce((last, ms) => Math.max(last, ms), 0)
  return { wallMs, failed, wasted: refused / sent, doneMs, perSecond }
}

/** Fills up steadily. */
export function bucket(perSecond: (nowMs: number) => number, size: number): Rule {
  let level = size
  let atMs = 0
  return (nowMs) => {
    const rate = perSecond(nowMs)
    level = Math.min(size, level + ((nowMs - atMs) * rate) / 1_000)
    atMs = nowMs
    const ok = level >= 1
    if (ok) level -= 1
    return { ok, rates: { requests: { limit: size, remaining: Math.floor(level), resetMs: Math.ceil(((size - level) / rate) * 1_000) } } }
  }
}

/** Is whole again all at once. */
export function fixedWindow(size: number, ms: number): Rule {
  let current = -1
  let used = 0
  return (nowMs) => {
    const window = Math.floor(nowMs / ms)
    if (window !== current) used = 0
    current = window
    const ok = used < size
    if (ok) used += 1
    return { ok, rates: { requests: { limit: size, remaining: size - used, resetMs: Math.ceil((window + 1) * ms - nowMs) } } }
  }
}

/** Takes so many at once. */
export function atOnce(most: (nowMs: number) => number): Rule {
  return (nowMs, inFlight) => ({ ok: inFlight <= most(nowMs) })
}

/** Refuses this share, whatever the load. */
export function atRandom(share: number): Rule {
  const random = createRandom()
  return () => ({ ok: random() >= share })
}

/** The same rule, without a word of what is left. */
export function silent(rule: Rule): Rule {
  return (nowMs, inFlight) => ({ ok: rule(nowMs, inFlight).ok })
}

/** Times in whole units, rounded up, as headers give them. */
export function rounded(rule: Rule, unitMs: number): Rule {
  return (nowMs, inFlight) => {
    const { ok, rates } = rule(nowMs, inFlight)
    const window = rates?.requests
    return window === undefined ? { ok } : { ok, rates: { requests: { ...window, resetMs: Math.ceil(window.resetMs / unitMs) * unitMs } } }
  }
}

/** The same numbers in every run. */
function createRandom(): () => number {
  let seed = 1
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    return seed / 0x7f_ff_ff_ff
  }
}
