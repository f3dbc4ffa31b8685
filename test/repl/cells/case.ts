/** One session as data: cells that are run one after another, and what becomes of the last one. */
export interface CellCase {
  /** A whole statement of what holds. */
  readonly name: string
  readonly cells: readonly string[]
  readonly expect: Expectation
  /** Every cell is TypeScript from the start, as a `.ts` script is. @default false */
  readonly typescript?: boolean
}

/** How the value shows itself; or parts of the failure, its frames as `f 1:2:3` (name, cell, line, column). */
export type Expectation = string | ExpectedFailure

export interface ExpectedFailure {
  readonly code?: string
  readonly name?: string | null
  readonly message?: string | RegExp
  /** `line:column`. */
  readonly at?: string
  readonly incomplete?: boolean
  readonly frames?: readonly string[]
}
