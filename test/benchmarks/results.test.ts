import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openResults } from '../../benchmarks/results.ts'
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

test('results of another machine, of scenarios that are gone, or in another form are not kept', () => {
  const out = join(folder, 'other')
  openResults(out, known).write([result('sse', 1), result('limits', 1)])
  expect(openResults(out, ['limits']).earlier.map(({ name }) => name)).toEqual(['limits'])
  const run = read(out)
  writeFileSync(join(out, 'latest.json'), JSON.stringify({ ...run, machine: { ...run.machine, cpu: 'of somebody else' } }))
  expect(openResults(out, known).earlier).toEqual([])
  for (const text of ['{"results": [{}]}', 'half of a fi', '[]', JSON.stringify({ ...run, results: [null] })]) {
    writeFileSync(join(out, 'latest.json'), text)
    expect(openResults(out, known).earlier).toEqual([])
  }
})

test('a folder that cannot be made is refused before anything is measured', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => openResults(join(folder, 'file'), known)).toThrow()
  expect(() => openResults(join(folder, 'file/below'), known)).toThrow()
})
