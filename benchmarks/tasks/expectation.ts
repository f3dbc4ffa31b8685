/** A program, what it comes by, and the share of wrong answers in; what it must score on the average, and how many questions it asks where no answer is wrong, out. */
import type { Judge } from './judge.ts'
import { arithmeticOf, mixed, momentsOf, type Arithmetic, type Odds } from './odds.ts'
import type { Survey } from './survey.ts'
import type { Merge } from './task.ts'

export const programs = ['map-reduce', 'filter-then-map', 'tree', 'grep-then-read'] as const

export type ProgramName = (typeof programs)[number]

/** Answers that are put together by one question in `tree`, and votes in `filter-then-map`: as the programs have it. */
const [fanIn, votes] = [8, 3]

export interface Expectation {
  readonly mean: number
  readonly variance: number
  /** Sizes of its batches where no answer is wrong, one for each step and level: those above the program's own window come as several. */
  readonly stages: readonly number[]
}

export interface Plan {
  readonly program: ProgramName
  readonly merge: Merge
  readonly judge: Judge
  /** One for each step of the task. */
  readonly surveys: readonly Survey[]
  readonly error: number
}

export function expectationOf({ program, merge, judge, surveys, error }: Plan): Expectation {
  const arithmetic = arithmeticOf(merge, error)
  const steps = surveys.map((survey) => structures[program](survey, arithmetic, error))
  const items = Math.max(...surveys.map(({ pieces }) => pieces.reduce((sum, each) => sum + each, 0)))
  const stages = steps.flatMap((step) => step.stages)
  const [only] = steps
  if (steps.length === 1 && only !== undefined) return { ...momentsOf(only.odds, (deviation) => judge.scoreOf(deviation, items)), stages }
  // A chain holds where each of its links does.
  const mean = steps.reduce((product, { odds }) => product * momentsOf(odds, ({ right }) => right).mean, 1)
  return { mean, variance: mean * (1 - mean), stages }
}

interface Structure {
  readonly odds: Odds
  readonly stages: readonly number[]
}

const structures: Readonly<Record<ProgramName, (survey: Survey, arithmetic: Arithmetic, error: number) => Structure>> = {
  'map-reduce': ({ pieces }, { joined, asked }) => ({ odds: joined(pieces.map(asked)), stages: [pieces.length] }),

  'filter-then-map': ({ pieces }, { joined, voted, passed }, error) => ({
    odds: joined(
      pieces.map((items) => {
        const kept = items > 0 ? 1 - error : error
        return mixed([
          [kept, voted(items, votes)],
          [1 - kept, passed(items)],
        ])
      }),
    ),
    stages: [pieces.length, pieces.filter((items) => items > 0).length * votes],
  }),

  tree: ({ pieces }, { asked, combined, nothing }) => {
    const stages = [pieces.length]
    let level: readonly Odds[] = pieces.map(asked)
    while (level.length > 1) {
      const groups = Array.from({ length: Math.ceil(level.length / fanIn) }, (_, index) => level.slice(index * fanIn, (index + 1) * fanIn))
      stages.push(groups.filter((group) => group.length > 1).length)
      level = groups.map((group) => (group.length === 1 ? (group[0] ?? nothing) : combined(group)))
    }
    return { odds: level[0] ?? nothing, stages }
  },

  'grep-then-read': ({ clusters }, { joined, asked }) => ({ odds: joined(clusters.map(asked)), stages: [clusters.length] }),
}

/** Some programs have nothing to leave out of some tasks: all of the text is asked for. */
export function suits(program: ProgramName, merge: Merge): boolean {
  return merge !== 'counts' || program === 'map-reduce' || program === 'tree'
}
