import { afterAll, beforeAll, expect, test } from 'vitest'
import { deviationOf, measureTask, type Row } from '../../../benchmarks/tasks/measureTask.ts'
import { tasks, type TaskName } from '../../../benchmarks/tasks/tasks.ts'
import { openReplm, type Replm } from '../../../src/index.ts'

let replm: Replm
beforeAll(async () => void (replm = await openReplm({ model: 'sim/oracle', models: ['sim/*'], store: ':memory:', concurrency: 8 })))
afterAll(() => replm[Symbol.asyncDispose]())

const size = { tokens: 4_096, chars: 2_000, error: 0.1, trials: 6 }
const all: Row[] = []

test.each(Object.keys(tasks) as TaskName[])(
  'the programs come to the answer of %s, by as many questions as their structure says, and with errors to what is expected',
  async (name) => {
    const rows = await measureTask(replm, name, { size, seed: 3, latencyMs: 1, concurrency: 8 })
    all.push(...rows)
    for (const { program, exact, erring } of rows) {
      expect([program, exact.score, exact.calls]).toEqual([program, 1, exact.expectedCalls])
      expect(exact.calls).toBeGreaterThan(0)
      expect(exact.tokens).toBeGreaterThan(100)
      expect(exact.idealMs).toBeGreaterThan(0)
      expect(Math.abs(erring.mean - erring.expected)).toBeLessThanOrEqual(erring.bound)
      // Some of it went wrong, and not all.
      expect(erring.expected).toBeGreaterThan(0)
      expect(erring.expected).toBeLessThan(1)
    }
  },
)

test('all programs together are no further from what is expected than chance is', () => {
  expect(all.length).toBeGreaterThan(20)
  expect(Math.abs(deviationOf(all))).toBeLessThan(3)
  expect(all.some(({ erring }) => erring.mean < 1)).toBe(true)
})
