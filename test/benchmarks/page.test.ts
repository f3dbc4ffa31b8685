import { expect, test } from 'vitest'
import { chartOf } from '../../benchmarks/page/chart.ts'
import { pageOf } from '../../benchmarks/page/page.ts'
import type { Result, Run } from '../../benchmarks/run.ts'
import { tableOf } from '../../benchmarks/table.ts'

const run: Run = {
  when: '2026-11-21T10:00:00.000Z',
  machine: { cpu: 'A <fast> & "good" one', cores: 2, memoryGb: 8, system: 'linux 6 x64', node: 'v26.10.0', load: 0.1 },
  results: [
    {
      name: 'suite',
      about: 'Is a < b & c?',
      when: '2026-11-21T10:00:00.000Z',
      extent: 'full',
      load: 0.4,
      seconds: 12,
      report: {
        verdicts: [
          { what: 'one that is reached', figure: 0.9, unit: '×', atMost: 1 },
          { what: 'one that is missed', figure: 12.345, unit: 'ms', atMost: 10, note: '<script>alert(1)</script>' },
          { what: 'one that nobody measured', figure: null, unit: 'KB', atMost: 40, note: 'no server' },
          { what: 'one that nothing is wanted of', figure: 7, unit: '%' },
        ],
        charts: [
          {
            type: 'bars',
            title: 'Times',
            unit: 'ms',
            scale: 'log',
            series: ['a', 'b & c'],
            groups: [
              { label: 'N=1 <x>', values: [1, 1_000] },
              { label: 'N=2', values: [null, 0] },
            ],
            goal: { value: 10, label: 'goal: 10 ms' },
          },
          { type: 'bars', title: 'Nothing at all', unit: '', series: ['only'], groups: [{ label: 'zero', values: [0] }] },
        ],
        tables: [
          {
            title: 'Rows',
            columns: ['what', 'value'],
            rows: [
              ['x', 1.5],
              [null, 200_000],
            ],
          },
        ],
        notes: ['A note.'],
      },
    },
    {
      name: 'single',
      about: '',
      when: '2026-11-21T10:00:00.000Z',
      extent: 'full',
      load: 0.4,
      seconds: 1,
      report: {
        verdicts: [{ what: 'it', figure: 5, unit: 'ms', atMost: 10 }],
        charts: [],
        tables: [{ title: 'single', columns: ['what', 'median'], rows: [['it', 5]] }],
        notes: [],
      },
    },
  ],
}

const page = pageOf(run)

test('the page needs nothing from anywhere: no script, no link, no picture, no font, no address', () => {
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=|https?:/i)
  for (const [, target] of page.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/)
})

test('the page is well-formed: every element that is opened is closed, in its order', () => {
  const open: string[] = []
  for (const [, end, name = '', isEmpty] of page.replace('<!doctype html>', '').matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s+[a-z-]+(?:="[^"<]*")?)*\s*(\/?)>/gi)) {
    if (isEmpty === '/' || name === 'meta' || name === 'br') continue
    if (end === '') open.push(name)
    else expect(open.pop()).toBe(name)
  }
  expect(open).toEqual([])
  // What is left of angle brackets belongs to no text.
  expect(page.replace(/<!doctype html>|<\/?[a-z][^<>]*>/gi, '')).not.toMatch(/[<>]/)
})

test('what was measured is text on the page, whatever it says', () => {
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(page).toContain('A &lt;fast&gt; &amp; &quot;good&quot; one')
})

test('the page counts the goals that were reached, missed and not measured', () => {
  const sum = [...page.matchAll(/<b class="\w+">(\d+)<\/b><span>([^<]*)/g)].map(([, count, label]) => `${count} ${label}`)
  expect(sum).toEqual(['2 goals met', '1 missed', '1 not measured'])
})

test('what was only looked at, or stopped in the middle, is named at the head, marked beside its goals, and counts as met only where it is whole', () => {
  const [suite, single] = run.results as [Result, Result] // two, above
  const shown = pageOf({ ...run, results: [{ ...suite, extent: 'quick' }, { ...suite, name: 'half', extent: 'default', stopped: true }, single] })
  const [head = ''] = shown.split('<nav>')
  expect(head).toMatch(/--quick[^<]*: suite\.<[^]*Stopped[^<]*: half\.</)
  expect(head).toContain('<b class="met">2</b><span>goals met')
  expect(shown).toContain('≤ 1×, <b class="met">met</b> (quick)')
  expect(shown).toContain('≤ 1×, <b class="met">met</b> (stopped)')
  expect(pageOf(run)).not.toMatch(/--quick|stopped/i)
})

test('what is kept beside a whole result is told in its section', () => {
  const [suite] = run.results as [Result] // two, above
  expect(pageOf({ ...run, besides: [{ ...suite, extent: 'quick' }] })).toMatch(/lesser one is kept[^<]*2026-11-21 10:00 UTC \(quick\)/)
})

test('a table at a terminal names the extent beside each goal', () => {
  const [suite] = run.results as [Result] // two, above
  expect(tableOf([{ ...suite, extent: 'quick', stopped: true }], run.machine)).toMatch(/^suite \(quick, stopped\) +one that is reached/m)
  expect(tableOf([{ ...suite, extent: 'default' }], run.machine)).toMatch(/^suite +one that is reached/m)
})

test('a chart has a bar for each value, however far they are apart, and says what was not measured', () => {
  const bars = [...page.matchAll(/<div class="bar s\d" style="width:([\d.]+)%"/g)].map(([, width]) => Number(width))
  expect(bars).toHaveLength(5)
  // Two are 0.
  expect(bars.filter((width) => width > 0)).toHaveLength(3)
  expect(Math.max(...bars)).toBeLessThanOrEqual(100)
  expect(page).toContain('>not measured</span>')
  expect(page).not.toMatch(/NaN|Infinity|undefined/)
})

test('a chart of which nothing was measured says so instead of being empty', () => {
  expect(chartOf({ type: 'bars', title: 'None', unit: 'ms', series: ['a'], groups: [{ label: 'x', values: [null] }] })).toContain('Nothing of it was measured.')
  expect(chartOf({ type: 'bars', title: 'None', unit: 'ms', series: ['a'], groups: [] })).toContain('Nothing of it was measured.')
})

test('a goal is a mark at the same place of every line, and what misses its goal goes beyond it', () => {
  const gauges = [...page.matchAll(/<span class="gauge (\w+)"><i style="width:([\d.]+)%"/g)].map(([, kind, width]) => `${kind} ${width}`)
  expect(gauges).toEqual(['met 54.0', 'missed 74.1', 'met 30.0'])
})

test('many groups of several values lie on a logarithmic axis as one line each', () => {
  const groups = Array.from({ length: 50 }, (_, index) => ({ label: `cell ${index}`, values: [index + 1, 2 * index + 1, null] }))
  const chart = chartOf({ type: 'bars', title: 'Many', unit: 'ms', scale: 'log', series: ['a', 'b', 'c'], groups })
  expect(chart.match(/class="mark s\d"/g)).toHaveLength(100)
  expect(chart).toContain('cell 7, b: 15 ms')
})

test('every link of the page leads to a place on it', () => {
  for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(page).toContain(`id="${target}"`)
})
