/** Servers that only refuse, in simulated time: the load stays near what they take, comes back when they take more, and never collapses. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createGate } from '../../../src/host/dispatch/gate.ts'
import { atOnce, atRandom, bucket, fixedWindow, silent, simulate, type Rule, type Simulation } from './simulatedServer.ts'

// Loading p-limit takes real time, of which simulated time knows nothing.
beforeAll(async () => {
  await createGate(1)
})

describe('a server without headers', () => {
  it.each<[string, Rule, Simulation, { readonly idealMs: number; readonly ratio: number; readonly wasted: number }]>([
    ['that refuses nothing is not slowed', () => ({ ok: true }), { questions: 2_000 }, { idealMs: 1_563, ratio: 1.05, wasted: 0 }],
    ['with a bucket of 150 a second', silent(bucket(() => 150, 150)), { questions: 2_000 }, { idealMs: 12_333, ratio: 1.1, wasted: 0.06 }],
    ['with a bucket that holds little', silent(bucket(() => 150, 10)), { questions: 2_000 }, { idealMs: 13_267, ratio: 1.7, wasted: 0.1 }],
    ['with a bucket, answered in 1 ms', silent(bucket(() => 150, 150)), { questions: 2_000, latencyMs: 1 }, { idealMs: 12_333, ratio: 1.1, wasted: 0.08 }],
    ['with a bucket of 5 a second, answered in 2 s', silent(bucket(() => 5, 5)), { questions: 500, latencyMs: 2_000 }, { idealMs: 99_000, ratio: 1.25, wasted: 0.25 }],
    ['with a window of a second', silent(fixedWindow(150, 1_000)), { questions: 2_000 }, { idealMs: 13_333, ratio: 1.4, wasted: 0.06 }],
    ['that takes 8 at once', atOnce(() => 8), { questions: 2_000 }, { idealMs: 12_500, ratio: 1.35, wasted: 0.08 }],
    ['that takes 8 at once, for 5 s each', atOnce(() => 8), { questions: 1_000, latencyMs: 5_000 }, { idealMs: 625_000, ratio: 1.2, wasted: 0.25 }],
    ['with a bucket of 60 that fills by one a second', silent(bucket(() => 1, 60)), { questions: 300 }, { idealMs: 240_000, ratio: 1.05, wasted: 0.27 }],
    ['with a bucket of 20 a second, asked by 64 at first', silent(bucket(() => 20, 20)), { questions: 300 }, { idealMs: 14_000, ratio: 1.05, wasted: 0.16 }],
    ['with a bucket of 3 a second, asked by 64 at first', silent(bucket(() => 3, 3)), { questions: 100 }, { idealMs: 32_333, ratio: 1.05, wasted: 0.45 }],
    ['that takes 4 at once, asked by 64 at first', atOnce(() => 4), { questions: 200 }, { idealMs: 2_500, ratio: 1.6, wasted: 0.25 }],
    ['that takes one at a time', atOnce(() => 1), { questions: 300, latencyMs: 500 }, { idealMs: 150_000, ratio: 1.1, wasted: 0.45 }],
  ])('%s', async (_what, rule, simulation, { idealMs, ratio, wasted }) => {
    const outcome = await simulate(rule, simulation)
    expect(outcome.failed).toBe(0)
    expect(outcome.wallMs / idealMs).toBeLessThan(ratio)
    expect(outcome.wasted).toBeLessThanOrEqual(wasted)
  })

  it.each([0.01, 0.05, 0.1, 0.2])('that refuses %d of all, whatever the load, is asked on: the load does not collapse', async (share) => {
    const { failed, wallMs, wasted } = await simulate(atRandom(share), { questions: 2_000 })
    // Five refusals of one question in a row are its failure.
    expect(failed).toBeLessThanOrEqual(2)
    expect(wasted).toBeLessThan(share * 1.5)
    expect(wallMs).toBeLessThan(20_000)
  })

  it('with a bucket of 60 that fills by one a second, answered in 2 s, loses few questions', async () => {
    const { failed, wallMs } = await simulate(silent(bucket(() => 1, 60)), { questions: 300, latencyMs: 2_000 })
    expect(failed).toBeLessThanOrEqual(6)
    expect(wallMs / 240_000).toBeLessThan(1.05)
  })

  it('that refuses a fifth of all is found out in ten seconds: the rest goes at full speed', async () => {
    const { perSecond } = await simulate(atRandom(0.2), { questions: 6_000 })
    expect(perSecond(0, 10_000)).toBeGreaterThan(100)
    expect(perSecond(10_000, 12_000)).toBeGreaterThan(300)
  })

  it.each<[string, (load: (nowMs: number) => number) => Rule, { readonly before: number; readonly during: number; readonly latencyMs: number }]>([
    ['at once', (load) => atOnce((nowMs) => load(nowMs) / 20), { before: 800, during: 80, latencyMs: 50 }],
    ['a second', (load) => silent(bucket((nowMs) => load(nowMs) / 2, 40)), { before: 400, during: 40, latencyMs: 50 }],
  ])('that takes a tenth %s for ten seconds is asked that, and all again within half a minute of its recovery', async (_what, ruleOf, { before, during, latencyMs }) => {
    const { failed, perSecond } = await simulate(ruleOf((nowMs) => (nowMs < 10_000 || nowMs >= 20_000 ? 800 : 80)), { questions: before * 60, latencyMs })
    expect(failed).toBeLessThanOrEqual(before * 60 * 0.001)
    expect(perSecond(12_000, 20_000)).toBeGreaterThan(during * 0.25)
    expect(perSecond(40_000, 50_000)).toBeGreaterThan(before * 0.5)
  })
})

describe('sessions', () => {
  it('get the same share of what a server takes, whoever came first and with how much', async () => {
    const owners = [{}, {}, {}]
    // 3,000, 300 and 300 questions.
    const { doneMs } = await simulate(silent(bucket(() => 150, 30)), { questions: 3_600, ownerOf: (index) => owners[index < 3_000 ? 0 : index < 3_300 ? 1 : 2] as object })
    const lastOf = (from: number, to: number): number => Math.max(...doneMs.slice(from, to))
    const [second, third] = [lastOf(3_000, 3_300), lastOf(3_300, 3_600)]
    // Each had a third of 900 answers.
    const fair = doneMs.toSorted((a, b) => a - b)[900] as number
    expect(second / fair).toBeLessThan(1.2)
    expect(third / fair).toBeLessThan(1.2)
  })
})
