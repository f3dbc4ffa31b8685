/** The name of one scenario in; its result, as JSON on file descriptor 3, out. */
import { writeSync } from 'node:fs'
import type { Goal, Scenario, Series } from './scenario.ts'
import { figureOf, figuresOf, type Figures } from './series.ts'

export interface Result {
  readonly name: string
  readonly goal: Goal
  /** The figure that the goal is about, in its unit. */
  readonly figure: number
  readonly isMet: boolean
  /** Median of the subject to that of the baseline. */
  readonly ratio: number
  readonly subject: Series & Figures
  readonly baseline: Series & Figures
}

const name = process.argv[2] ?? ''
// Each file there exports a Scenario; the compiler checks them by `satisfies` in the files.
const scenario = (await import(`./scenarios/${name}.ts`)) as Scenario
const measurement = await scenario.run()
const figure = figureOf(measurement, scenario.goal)
const [subject, baseline] = [figuresOf(measurement.subject.samples), figuresOf(measurement.baseline.samples)]
const result: Result = {
  name: scenario.name,
  goal: scenario.goal,
  figure,
  isMet: figure <= scenario.goal.atMost,
  ratio: subject.median / baseline.median,
  subject: { ...measurement.subject, ...subject },
  baseline: { ...measurement.baseline, ...baseline },
}
writeSync(3, JSON.stringify(result))
process.exit(0)
