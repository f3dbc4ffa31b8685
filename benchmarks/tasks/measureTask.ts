/** A task of one size in; for each program that suits it, what it scored, asked and took where no answer is wrong, and what it scored beside what it must where some are, out. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Replm } from '../../src/index.ts'
import { expectationOf, programs, suits, type ProgramName } from './expectation.ts'
import { surveyText, type Survey } from './survey.ts'
import { tasks, type TaskName } from './tasks.ts'
import { openTask } from './taskSession.ts'
import { writeTask } from './writeTask.ts'

/** How large a text, how it is cut, and how often it is read. */
export interface Size {
  readonly tokens: number
  /** Of a piece. */
  readonly chars: number
  /** Share of wrong answers in the trials. */
  readonly error: number
  /** Runs with wrong answers, each with its own. */
  readonly trials: number
}

export interface Row {
  readonly task: TaskName
  readonly program: ProgramName
  readonly size: Size
  /** Where no answer is wrong. */
  readonly exact: {
    readonly score: number
    readonly calls: number
    /** What the structure of the program makes of the text. */
    readonly expectedCalls: number
    readonly tokens: number
    readonly wallMs: number
    readonly idealMs: number
  }
  /** Where some are. */
  readonly erring: {
    readonly mean: number
    readonly expected: number
    readonly variance: number
    /** How far from what is expected the mean may be. */
    readonly bound: number
  }
}

export interface MeasureOptions {
  readonly size: Size
  readonly seed: number
  readonly latencyMs: number
  readonly concurrency: number
  readonly onProgram?: (program: ProgramName) => void
}

/** Lines around a line that was found. */
const around = 6

export async function measureTask(replm: Replm, name: TaskName, { size, seed, latencyMs, concurrency, onProgram }: MeasureOptions): Promise<Row[]> {
  const { tokens, chars, error, trials } = size
  const folder = mkdtempSync(join(tmpdir(), 'replm-task-'))
  try {
    const { task, paths } = writeTask(name, { tokens, seed, folder, chars })
    const surveys: Survey[] = []
    for (const step of task.steps) surveys.push(await surveyText(paths, { step, chars, around }))
    const { judge } = tasks[name]
    const rows: Row[] = []
    await using session = await openTask(replm, { task, paths, chars, around })
    for (const program of programs.filter((each) => suits(each, task.merge))) {
      onProgram?.(program)
      const plan = { program, merge: task.merge, judge, surveys }
      const { stages: expectedStages } = expectationOf({ ...plan, error: 0 })
      const { mean: expected, variance } = expectationOf({ ...plan, error })
      // A seed of its own: what goes wrong in one pair says nothing of another.
      const erringModels = Array.from({ length: trials }, (_, trial) => `sim/oracle?error=${error}&seed=${name}-${program}-${tokens}-${trial}`)
      const scores: number[] = []
      for (const model of erringModels) scores.push(judge.score((await session.run(program, model)).answer, task.answer))
      // After the others: what a session loads when it first needs it is there.
      const exact = await session.run(program, `sim/oracle?latencyMs=${latencyMs}`)
      rows.push({
        task: name,
        program,
        size,
        exact: {
          score: judge.score(exact.answer, task.answer),
          calls: exact.calls,
          expectedCalls: sum(expectedStages),
          tokens: exact.inputTokens + exact.outputTokens,
          wallMs: exact.wallMs,
          idealMs: sum(exact.stages.map((calls) => Math.ceil(calls / concurrency) * latencyMs)),
        },
        erring: { mean: sum(scores) / trials, expected, variance, bound: boundOf(variance, trials) },
      })
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How far all their means together are from what is expected, in standard errors: their errors are drawn apart. */
export function deviationOf(rows: readonly Row[]): number {
  const off = rows.reduce((sum, { size, erring }) => sum + size.trials * (erring.mean - erring.expected), 0)
  const variance = rows.reduce((sum, { size, erring }) => sum + size.trials * erring.variance, 0)
  return off / Math.sqrt(variance)
}

/** Three standard errors, and one trial more: of what is rare there is one or none. */
function boundOf(variance: number, trials: number): number {
  return 3 * Math.sqrt(variance / trials) + 1 / trials
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
