/** What an evaluation task is: a text of a set size, a question about it, and its answer. */
import type { Place, TextWriter } from './textWriter.ts'

/** What its steps ask for: the first value that is stated, all of them, a number, or numbers by name. */
export type Merge = 'first' | 'union' | 'sum' | 'counts'

/** One reading of the whole text. */
export interface Step {
  /** A form of `sim/oracle`. */
  readonly ask: string
  /** A regular expression that finds every line with something of the answer; undefined where that is every line. */
  readonly find: string | undefined
  /** Where the lines stand that have something of the answer, one item each. */
  readonly evidence: readonly Place[]
}

export interface Task {
  readonly steps: readonly Step[]
  /** As programs are given the steps: in each but the first, `{}` is what the one before found. */
  readonly templates: readonly { readonly ask: string; readonly find: string | undefined }[]
  readonly merge: Merge
  /** Right is what is equal to it, whatever the order of a list. */
  readonly answer: unknown
}

export interface GenerateOptions {
  /** Of the whole text, in bytes. */
  readonly bytes: number
  /** Of one file, at the most, where the text is of several. */
  readonly fileBytes: number
  readonly seed: number
  readonly out: TextWriter
}

/** Writes a text, line by line, and gives what is asked of it. The same seed and sizes, the same bytes. */
export type Generate = (options: GenerateOptions) => Task

/** Of a task whose answer one reading finds. */
export function oneStep(step: Step): Pick<Task, 'steps' | 'templates'> {
  return { steps: [step], templates: [{ ask: step.ask, find: step.find }] }
}
