/** Samples in; the figures that describe them out. Also takes the samples, of two things in turns. */
import type { Goal, Measurement } from './scenario.ts'
import { tellStep } from './step.ts'

/** What is said of a series. */
export interface Figures {
  readonly median: number
  readonly p95: number
  readonly p99: number
  readonly least: number
  readonly most: number
  readonly count: number
}

export function figuresOf(samples: readonly number[]): Figures {
  const sorted = samples.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    least: sorted[0] ?? NaN,
    most: sorted.at(-1) ?? NaN,
    count: sorted.length,
  }
}

/** The figure that a goal is about. */
export function figureOf({ subject, baseline }: Measurement, goal: Goal): number {
  const figures = figuresOf(subject.samples)
  if (goal.figure === 'difference') return figures.median - figuresOf(baseline.samples).median
  if (goal.figure === 'ratio') return figures.median / figuresOf(baseline.samples).median
  return figures[goal.figure]
}

export interface Turns {
  readonly rounds: number
  /** Rounds before those that count. @default 2 */
  readonly warmUp?: number
  /** Each gives its own sample, so that what it prepares is not measured. */
  readonly subject: () => Promise<number>
  readonly baseline: () => Promise<number>
}

/** Samples of two things, one of each per round, each of them first in every other round. */
export async function inTurns({ rounds, warmUp = 2, subject, baseline }: Turns): Promise<{ readonly subject: number[]; readonly baseline: number[] }> {
  const samples: { subject: number[]; baseline: number[] } = { subject: [], baseline: [] }
  for (let round = -warmUp; round < rounds; round++) {
    tellStep(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`)
    const first = round % 2 === 0 ? ([subject, baseline] as const) : ([baseline, subject] as const)
    const one = await first[0]()
    const other = await first[1]()
    if (round < 0) continue
    samples.subject.push(first[0] === subject ? one : other)
    samples.baseline.push(first[0] === subject ? other : one)
  }
  return samples
}

/** The middle one; between two of them their mean. NaN of none. */
export function median(samples: readonly number[]): number {
  return figuresOf(samples).median
}

/** The mean of ratios: what doubles and what halves cancel out. NaN of none. */
export function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Linear between neighbours, as in R-7. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? NaN
  const above = sorted[Math.ceil(place)] ?? NaN
  return below + (above - below) * (place - Math.floor(place))
}
