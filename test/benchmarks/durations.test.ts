import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { expectedSeconds, shownSeconds } from '../../benchmarks/durations.ts'

const results = [{ name: 'sse', about: '', when: '', extent: 'quick' as const, seconds: 33, load: 0, report: { verdicts: [], charts: [], tables: [], notes: [] } }]

test('what a scenario took before says how long it takes, where as much was measured', () => {
  expect(expectedSeconds('sse', 'quick', results)).toBe(33)
  expect(expectedSeconds('sse', 'default', results)).not.toBe(33)
  expect(expectedSeconds('of which nobody knows', 'quick', results)).toBeUndefined()
})

test.for(readdirSync(new URL('../../benchmarks/scenarios/', import.meta.url)))('something is known of how long %s takes before it was ever run', (file) => {
  for (const extent of ['quick', 'default', 'full'] as const) expect(expectedSeconds(file.replace('.ts', ''), extent, [])).toBeGreaterThan(0)
})

test('times are said in the unit that fits them', () => {
  expect([0.4, 89, 90, 3_599, 4_200].map(shownSeconds)).toEqual(['0 s', '89 s', '2 min', '1 h 0 min', '1 h 10 min'])
})
