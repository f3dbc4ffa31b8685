/** A run of the benchmarks in; one HTML page that shows it and needs nothing else, out. */
import { markOf } from '../completeness.ts'
import { shownSeconds } from '../durations.ts'
import type { Machine } from '../machine.ts'
import { shown } from '../pairReport.ts'
import { isMet, type Table, type Verdict } from '../report.ts'
import type { Result, Run } from '../run.ts'
import { chartOf } from './chart.ts'
import { escape } from './escape.ts'
import { goalsOf } from './goals.ts'
import { style } from './style.ts'

export function pageOf({ when, machine, results, besides = [] }: Run): string {
  const suites = results.filter(({ about }) => about !== '')
  const singles = results.filter(({ about }) => about === '')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>replm: benchmarks of ${escape(when.slice(0, 10))}</title><style>${style}</style></head>
<body><main>
<h1>replm, measured</h1>
<p class="when">${escape(timeOf(when))}</p>
${lessOf(results)}${machineOf(machine)}
${sumOf(results)}
<nav>${[...suites.map(({ name }) => name), ...(singles.length > 0 ? ['sandbox'] : [])].map((name) => `<a href="#${escape(name)}">${escape(name)}</a>`).join('')}</nav>
<h2 id="goals">Goals</h2>
<p class="about">What was measured, and how much of its goal each figure takes: a bar that ends before the mark has met it. Things that are compared took turns in one run, so trust the ratios more than the times.</p>
${goalsOf(results)}
${suites.map((result) => suiteOf(result, besides.filter(({ name }) => name === result.name))).join('\n')}
${singles.length > 0 ? singlesOf(singles) : ''}
</main></body></html>
`
}

function machineOf({ cpu, cores, memoryGb, system, node, load }: Machine): string {
  const facts = { processor: cpu, cores: String(cores), memory: `${memoryGb} GB`, system, Node: node, 'load before': String(load) }
  return `<dl class="machine">${Object.entries(facts)
    .map(([name, fact]) => `<div><dt>${escape(name)}</dt><dd>${escape(fact)}</dd></div>`)
    .join('')}</dl>`
}

/** What of the page is less than it seems: a look, or not measured to its end. */
function lessOf(results: readonly Result[]): string {
  const named = (what: string, some: readonly Result[]): string[] => {
    if (some.length === 0) return []
    return [`${what}: ${some.length === results.length && some.length > 1 ? 'all of it' : some.map(({ name }) => name).join(', ')}`]
  }
  const isQuick = (result: Result): boolean => markOf(result).startsWith('quick')
  const lines = [
    ...named('Measured with --quick, fewer rounds and smaller batches, which is a look and no measurement', results.filter(isQuick)),
    ...named('Stopped in the middle, so that goals are of a part only, and not counted here', results.filter(({ stopped }) => stopped === true)),
  ]
  return lines.map((line) => `<p class="less">${escape(line)}.</p>\n`).join('')
}

function sumOf(results: readonly Result[]): string {
  // Part of a matrix can meet a goal that the whole of it misses.
  const verdicts: readonly Verdict[] = results.filter(({ stopped }) => stopped !== true).flatMap(({ report }) => report.verdicts)
  const count = (met: boolean): number => verdicts.filter((verdict) => isMet(verdict) === met).length
  const open = verdicts.filter(({ figure, atMost }) => figure === null && atMost !== undefined).length
  const parts: [number, string, string][] = [
    [count(true), 'goals met', 'met'],
    [count(false), 'missed', count(false) > 0 ? 'missed' : 'open'],
  ]
  if (open > 0) parts.push([open, 'not measured', 'open'])
  return `<div class="sum">${parts.map(([value, label, kind]) => `<div><b class="${kind}">${value}</b><span>${label}</span></div>`).join('')}</div>`
}

/** More rows than these are shown when they are asked for. */
const mostOpenRows = 24

function suiteOf(result: Result, besides: readonly Result[]): string {
  const { name, about, report } = result
  const rows = report.tables.reduce((sum, table) => sum + table.rows.length, 0)
  return `<section id="${escape(name)}"><h2>${escape(name)}</h2><p class="about">${escape(about)}</p>
<div class="charts">${report.charts.map(chartOf).join('\n')}</div>
${rows === 0 ? '' : `<details${rows <= mostOpenRows ? ' open' : ''}><summary>The figures</summary>${report.tables.map(tableOf).join('\n')}</details>`}
${report.notes.map((note) => `<p class="note">${escape(note)}</p>`).join('\n')}${[measuredOf(result), ...besides.map(besideOf)].map((line) => `<p class="note">${escape(line)}</p>`).join('')}</section>`
}

function measuredOf(result: Result): string {
  const { when, seconds, load } = result
  const mark = markOf(result)
  return `Measured ${timeOf(when)} in ${shownSeconds(seconds)}${mark === '' ? '' : ` (${mark})`}, at a load of ${load} before it.`
}

function besideOf(result: Result): string {
  return `A lesser one is kept in the file of figures, under "besides": measured ${timeOf(result.when)} (${markOf(result) || 'default'}).`
}

function timeOf(when: string): string {
  return `${when.slice(0, 16).replace('T', ' ')} UTC`
}

/** Scenarios of one figure: how much of its goal each one uses. */
function singlesOf(results: readonly Result[]): string {
  const groups = results.map(({ name, report }) => {
    const { figure = null, atMost = 1 } = report.verdicts[0] ?? {}
    return { label: name, values: [figure === null ? null : (figure / atMost) * 100] }
  })
  const chart = chartOf({ type: 'bars', title: 'Share of the goal that is used', unit: '%', series: ['share'], groups, goal: { value: 100, label: 'the goal' } })
  return `<section id="sandbox"><h2>sandbox</h2><p class="about">The way from a cell to its value, and to an answer that is there at once: each beside the plainest process that does the like.</p>
<div class="charts">${chart}</div><details><summary>The figures</summary>${results.flatMap(({ report }) => report.tables.map(tableOf)).join('\n')}</details></section>`
}

function tableOf({ title, columns, rows }: Table): string {
  const isNumber = columns.map((_, column) => rows.some((row) => typeof row[column] === 'number'))
  const kind = (column: number): string => (isNumber[column] === true ? ' class="number"' : '')
  const head = columns.map((column, index) => `<th${kind(index)}>${escape(column)}</th>`).join('')
  const body = rows.map(
    (row) => `<tr>${row.map((cell, index) => `<td${kind(index)}>${escape(typeof cell === 'number' ? shown(cell) : (cell ?? '–'))}</td>`).join('')}</tr>`,
  )
  return `<h3>${escape(title)}</h3><div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}
