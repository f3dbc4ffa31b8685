/** Servers that say what they allow, in simulated time: nothing is refused, and nothing of what they allow is left. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createGate } from '../../../src/host/dispatch/gate.ts'
import { Rates } from '../../../src/host/dispatch/rates.ts'
import { bucket, fixedWindow, rounded, simulate, type Rule, type Simulation } from './simulatedServer.ts'

// Loading p-limit takes real time, of which simulated time knows nothing.
beforeAll(async () => {
  await createGate(1)
})

describe('a server with headers is asked as much as it allows, and refuses nothing', () => {
  const minute = 500 / 60
  it.each<[string, Rule, Simulation, number]>([
    ['a bucket of 150 a second', bucket(() => 150, 150), { questions: 600 }, 3_050],
    ['the same, answered in 1 ms', bucket(() => 150, 150), { questions: 600, latencyMs: 1 }, 3_000],
    ['the same, with times in whole seconds', rounded(bucket(() => 150, 150), 1_000), { questions: 600 }, 3_050],
    ['a bucket of 500 a minute', bucket(() => minute, 500), { questions: 1_000, latencyMs: 1_000 }, 61_000],
    ['the same, with times in whole seconds', rounded(bucket(() => minute, 500), 1_000), { questions: 1_000, latencyMs: 1_000 }, 61_000],
    ['the same, answered in 10 s', bucket(() => minute, 500), { questions: 1_000, latencyMs: 10_000 }, 156_250],
    ['a window of 150 a second', fixedWindow(150, 1_000), { questions: 600 }, 3_150],
    ['the same, answered in 1 ms', fixedWindow(150, 1_000), { questions: 600, latencyMs: 1 }, 3_003],
    ['a window of 500 a minute', fixedWindow(500, 60_000), { questions: 1_000, latencyMs: 1_000 }, 68_000],
  ])('%s', async (_what, rule, simulation, idealMs) => {
    const { wallMs, failed, wasted } = await simulate(rule, simulation)
    expect({ failed, wasted }).toEqual({ failed: 0, wasted: 0 })
    expect(wallMs / idealMs).toBeLessThan(1.06)
  })

  it('a bucket that is smaller than the first burst refuses of that only', async () => {
    const { wallMs, failed, wasted } = await simulate(bucket(() => 150, 15), { questions: 5_000 })
    expect(failed).toBe(0)
    expect(wasted).toBeLessThan(0.015)
    expect(wallMs / ((5_000 - 15) / 150 * 1_000)).toBeLessThan(1.03)
  })
})

describe('tokens', () => {
  const query = (units: number) => ({ model: 'm', prompt: 'x'.repeat(units), maxTokens: 1 })

  it('that are left let through what fits, and the rest when they are whole again', () => {
    const rates = new Rates()
    const sending = rates.send(query(400), 0)
    expect(rates.waitMs(query(40_000), 0)).toBe(0)
    rates.report({ tokens: { limit: 1_000, remaining: 500, resetMs: 2_000 } }, sending, 10)
    expect(rates.waitMs(query(1_600), 10)).toBe(0)
    expect(rates.waitMs(query(2_400), 10)).toBeCloseTo(2_002)
    expect(rates.waitMs(query(2_400), 2_012)).toBe(0)
  })

  it('that one question needs more of than the limit has are asked for when the limit is whole: the server says what is wrong with it', () => {
    const rates = new Rates()
    rates.report({ tokens: { limit: 1_000, remaining: 900, resetMs: 100 } }, rates.send(query(40), 0), 1)
    expect(rates.waitMs(query(1_000_000), 1)).toBeGreaterThan(0)
    expect(rates.waitMs(query(1_000_000), 200)).toBe(0)
  })
})

it('a limit that is whole again only after more than a minute is not waited for: the server’s refusal says more', () => {
  const rates = new Rates()
  const query = { model: 'm', prompt: '' }
  rates.report({ requests: { limit: 10, remaining: 0, resetMs: 3_600_000 } }, rates.send(query, 0), 1)
  expect(rates.waitMs(query, 1)).toBe(Infinity)
})
