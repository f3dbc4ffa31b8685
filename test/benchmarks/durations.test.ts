import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { expectedSeconds, expectedTotal, shownSeconds } from '../../benchmarks/durations.ts'

const names = readdirSync(new URL('../../benchmarks/scenarios/', import.meta.url)).map((file) => file.replace('.ts', ''))

const results = [{ name: 'sse', about: '', when: '', extent: 'quick' as const, seconds: 33, load: 0, report: { verdicts: [], charts: [], tables: [], notes: [] } }]

test('what a scenario took before says how long it takes, where as much was measured', () => {
  expect(expectedSeconds('sse', 'quick', results)).toBe(33)
  expect(expectedSeconds('sse', 'default', results)).not.toBe(33)
  expect(expectedSeconds('of which nobody knows', 'quick', results)).toBeUndefined()
})

test('the documents say the same times as the program', () => {
  const text = readFileSync(new URL('../../benchmarks/README.md', import.meta.url), 'utf8')
  const said = (command: RegExp): string | undefined => new RegExp(`^npx replm bench${command.source} +#.*: about (.*?)(?: on two cores)?$`, 'm').exec(text)?.[1]
  const shown = (seconds: number | undefined): string => shownSeconds(seconds ?? NaN)
  expect(said(/(?!\S| \w| --)/)).toBe(shown(expectedTotal(names, 'default', [])))
  expect(said(/ --quick/)).toBe(shown(expectedTotal(names, 'quick', [])))
  expect(said(/ paths --full/)).toBe(shown(expectedSeconds('paths', 'full', [])))
  expect(said(/ tasks --full/)).toBe(shown(expectedSeconds('tasks', 'full', [])))
})

test.for(names)('something is known of how long %s takes before it was ever run', (name) => {
  for (const extent of ['quick', 'default', 'full'] as const) expect(expectedSeconds(name, extent, [])).toBeGreaterThan(0)
})

test('times are said in the unit that fits them', () => {
  expect([0.4, 89, 90, 3_599, 4_200].map(shownSeconds)).toEqual(['0 s', '89 s', '2 min', '1 h 0 min', '1 h 10 min'])
})
