/** One thing measured beside something plain in; its report out. */
import type { Report } from './report.ts'
import type { Goal, Measurement, Scenario } from './scenario.ts'
import { figureOf, figuresOf } from './series.ts'

export function pairReport({ name, goal }: Pick<Scenario, 'name' | 'goal'>, measurement: Measurement): Report {
  const { subject, baseline } = measurement
  const [own, plain] = [figuresOf(subject.samples), figuresOf(baseline.samples)]
  const unit = goal.unit === '×' ? '' : goal.unit
  return {
    verdicts: [
      {
        what: `${subject.what}, ${wordsOf[goal.figure]}`,
        figure: figureOf(measurement, goal),
        unit: goal.unit,
        atMost: goal.atMost,
        note: `beside ${baseline.what}: ${shown(own.median / plain.median)}×`,
      },
    ],
    charts: [],
    tables: [
      {
        title: name,
        columns: ['what', `median ${unit}`.trim(), 'p95', 'p99', 'least', 'most', 'samples'],
        rows: [
          [subject.what, own.median, own.p95, own.p99, own.least, own.most, own.count],
          [baseline.what, plain.median, plain.p95, plain.p99, plain.least, plain.most, plain.count],
        ],
      },
    ],
    notes: [],
  }
}

const wordsOf: Readonly<Record<Goal['figure'], string>> = {
  median: 'median',
  p95: '95th percentile',
  p99: '99th percentile',
  difference: 'above the plain one',
  ratio: 'against the plain one',
}

/** Three digits that mean something. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1_000) return String(value)
  return size >= 1_000
    ? Math.round(value).toLocaleString('en-US')
    : size >= 100
      ? value.toFixed(0)
      : size >= 10
        ? value.toFixed(1)
        : size >= 0.1
          ? value.toFixed(2)
          : value.toPrecision(2)
}
