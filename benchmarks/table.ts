/** Results in; what a person reads at a terminal out. */
import { markOf } from './completeness.ts'
import type { Machine } from './machine.ts'
import type { Result } from './run.ts'
import { shown } from './pairReport.ts'
import { isMet, type Table, type Verdict } from './report.ts'

export function tableOf(results: readonly Result[], machine: Machine): string {
  const goals = results.flatMap((result) => result.report.verdicts.map((verdict) => [named(result), ...cellsOf(verdict)]))
  const parts = [aligned([['scenario', 'what', 'measured', 'goal', '', 'note'], ...goals])]
  // A scenario of one figure has said all there is.
  for (const { report } of results.filter(({ about }) => about !== '')) parts.push(...report.tables.map(shownTable))
  return `\n${parts.join('\n\n')}\n\n${machineLine(machine)}\n`
}

/** With what a reader must know of it: 'paths (quick)'. */
function named(result: Result): string {
  const mark = markOf(result)
  return mark === '' ? result.name : `${result.name} (${mark})`
}

export function machineLine({ cpu, cores, memoryGb, system, node, load }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, load ${load} before the run`
}

/** What was measured, how much, what was wanted, and whether it was reached. */
export function cellsOf(verdict: Verdict): readonly [string, string, string, string, string] {
  const { what, figure, unit, atMost, note = '' } = verdict
  const met = isMet(verdict)
  return [
    what,
    figure === null ? 'not measured' : withUnit(figure, unit),
    atMost === undefined ? '' : `≤ ${withUnit(atMost, unit, String)}`,
    met === null ? '' : met ? 'met' : 'MISSED',
    note,
  ]
}

function withUnit(value: number, unit: string, text: (value: number) => string = shown): string {
  return unit === '×' ? `${text(value)}×` : `${text(value)} ${unit}`.trim()
}

function shownTable({ title, columns, rows }: Table): string {
  return `${title}\n${aligned([columns, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? shown(cell) : (cell ?? '–'))))])}`
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
