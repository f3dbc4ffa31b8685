/** What a batch of questions is, and what it came to: said between contestants and those who measure them. Imports only types. */
import type { Cost } from './cost.ts'

export interface Batch {
  /** A model of the benchmark server: says what it does. */
  readonly model: string
  readonly queries: number
  readonly concurrency: number
  /** Asks for events instead of one reply. @default false */
  readonly stream?: boolean
  /** A host that has work of its own: 4 ms of every 10. @default false */
  readonly busy?: boolean
  /** Looks how late the loop is, which costs CPU of its own. @default false */
  readonly looksAtLoop?: boolean
  /** Gives back what each question came to. @default false */
  readonly slots?: boolean
}

export interface BatchOutcome extends Cost {
  readonly failures: number
  /** A text, or the code of an error, for each question. Empty where nobody asked for it. */
  readonly slots: readonly string[]
}

/** Characters of a prompt. */
export const promptChars = 1_024

/** The n-th prompt: all different, all of the same length. */
export function promptOf(index: number): string {
  return `Question ${index}: `.padEnd(promptChars, 'is it so? ')
}
