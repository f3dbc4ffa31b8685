/** Results in; what a person reads out. */
import type { Machine } from './machine.ts'
import type { Result } from './one.ts'

export function tableOf(results: readonly Result[], machine: Machine): string {
  const rows = [
    ['scenario', 'goal', 'measured', '', 'median', 'p95', 'plain median', 'ratio', 'plain is'],
    ...results.map(({ name, goal, figure, isMet, subject, baseline, ratio }) => [
      name,
      `${goal.figure} ≤ ${goal.atMost} ${goal.unit}`,
      `${shown(figure)} ${goal.unit}`,
      isMet ? 'met' : 'MISSED',
      shown(subject.median),
      shown(subject.p95),
      shown(baseline.median),
      `${shown(ratio)}×`,
      baseline.what,
    ]),
  ]
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const { cpu, cores, memoryGb, system, node, load } = machine
  return `\n${lines.join('\n')}\n\n${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, load ${load} before the run\n`
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
