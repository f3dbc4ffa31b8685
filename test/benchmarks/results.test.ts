import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openResults } from '../../benchmarks/results.ts'
import type { Extent } from '../../benchmarks/report.ts'
import type { Result, Run } from '../../benchmarks/run.ts'

const folder = mkdtempSync(join(tmpdir(), 'replm-results-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const known = ['clients', 'limits', 'sse']

function result(name: string, seconds: number): Result {
  return { name, about: 'What?', when: `2026-11-21T10:00:0${seconds}.000Z`, extent: 'quick', seconds, load: 0, report: { verdicts: [], charts: [], tables: [], notes: [] } }
}

function read(out: string): Run {
  return JSON.parse(readFileSync(join(out, 'latest.json'), 'utf8')) as Run
}

test('a run replaces the results of its own scenarios and keeps those of others, in their order', () => {
  const out = join(folder, 'a/new/one')
  openResults(out, known).write([result('sse', 1), result('clients', 2)])
  openResults(out, known).write([result('limits', 3), result('sse', 4)])
  expect(read(out).results.map(({ name, seconds }) => [name, seconds])).toEqual([
    ['clients', 2],
    ['limits', 3],
    ['sse', 4],
  ])
  expect(read(out).when).toBe('2026-11-21T10:00:04.000Z')
  expect(readFileSync(join(out, 'latest.html'), 'utf8')).toContain('<section id="limits">')
})

/** With so many rows of figures. */
function suite(extent: Extent, seconds: number, { rows = 1, stopped = false } = {}): Result {
  const report = { verdicts: [], charts: [], tables: [{ title: 'All', columns: ['what'], rows: Array.from({ length: rows }, () => ['x']) }], notes: [] }
  return { ...result('sse', seconds), extent, report, ...(stopped ? { stopped: true } : {}) }
}

/** Runs one after the other, each of them with the folder opened anew; the seconds of what is shown, and of what is kept beside it. */
function afterRuns(out: string, ...runs: readonly Result[]): { readonly shown: readonly number[]; readonly besides: readonly number[]; readonly told: readonly (readonly [number, number])[] } {
  const told = runs.flatMap((run) => openResults(join(folder, out), known).write([run]).besides.map(({ result, shown }) => [result.seconds, shown.seconds] as const))
  const { results, besides = [] } = read(join(folder, out))
  return { shown: results.map(({ seconds }) => seconds), besides: besides.map(({ seconds }) => seconds), told }
}

test('a quick run or one that was stopped is kept beside a whole one of a larger extent, which stays in its place', () => {
  expect(afterRuns('less', suite('default', 1), suite('quick', 2), suite('default', 3, { stopped: true }), suite('full', 4, { stopped: true }))).toEqual({
    shown: [1],
    besides: [2, 4, 3],
    told: [
      [2, 1],
      [3, 1],
      [4, 1],
    ],
  })
  expect(openResults(join(folder, 'less'), known).earlier.map(({ seconds }) => seconds)).toEqual([1, 2, 3, 4])
})

test('a run that says as much or more takes the place of what is there, and nothing of another extent is lost', () => {
  expect(afterRuns('more', suite('quick', 1), suite('default', 2), suite('default', 3), suite('full', 4))).toEqual({ shown: [4], besides: [3, 1], told: [] })
  expect(afterRuns('ended', suite('full', 1, { stopped: true, rows: 9 }), suite('quick', 2), suite('full', 3, { rows: 10 }))).toEqual({ shown: [3], besides: [2], told: [] })
})

test('of runs that were all stopped, the one that came farthest is shown', () => {
  expect(afterRuns('stopped', suite('default', 1, { stopped: true, rows: 5 }), suite('default', 2, { stopped: true, rows: 2 }))).toEqual({ shown: [1], besides: [2], told: [[2, 1]] })
  expect(afterRuns('stopped', suite('default', 3, { stopped: true, rows: 5 }))).toEqual({ shown: [3], besides: [], told: [] })
})

test('a scenario that measures one thing says all of it also when little is asked for', () => {
  const single = (seconds: number, extent: Extent): Result => ({ ...suite(extent, seconds), about: '' })
  expect(afterRuns('single', single(1, 'full'), single(2, 'quick'))).toEqual({ shown: [2], besides: [], told: [] })
})

test('results of another machine, of scenarios that are gone, or in another form are not kept', () => {
  const out = join(folder, 'other')
  openResults(out, known).write([result('sse', 1), result('limits', 1)])
  expect(openResults(out, ['limits']).earlier.map(({ name }) => name)).toEqual(['limits'])
  const run = read(out)
  writeFileSync(join(out, 'latest.json'), JSON.stringify({ ...run, machine: { ...run.machine, cpu: 'of somebody else' } }))
  expect(openResults(out, known).earlier).toEqual([])
  for (const text of ['{"results": [{}]}', 'half of a fi', '[]', JSON.stringify({ ...run, results: [null] }), JSON.stringify({ ...run, besides: 'x' })]) {
    writeFileSync(join(out, 'latest.json'), text)
    expect(openResults(out, known).earlier).toEqual([])
  }
})

test('a folder that cannot be made is refused before anything is measured', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => openResults(join(folder, 'file'), known)).toThrow()
  expect(() => openResults(join(folder, 'file/below'), known)).toThrow()
})
