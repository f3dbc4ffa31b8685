/** What a benchmark is: something measured beside something plain, in one run. Imports nothing. */

/** One thing that was measured again and again. */
export interface Series {
  /** What was done, as a person reads it. */
  readonly what: string
  readonly samples: readonly number[]
}

/** Samples of the thing and of its plain counterpart, in the goal's unit, taken in turns. */
export interface Measurement {
  readonly subject: Series
  readonly baseline: Series
}

/** What is wanted of a {@link Measurement}. */
export interface Goal {
  /** The figure that counts: of the subject's samples, how much its median is above the baseline's, or how many times that it is. */
  readonly figure: 'median' | 'p95' | 'p99' | 'difference' | 'ratio'
  readonly atMost: number
  readonly unit: 'ms' | 'µs' | 'MB' | '×'
}

/** What a file of `scenarios/` exports that measures one thing; one that measures many exports a `Suite`. */
export interface Scenario {
  /** The file's name. */
  readonly name: string
  readonly goal: Goal
  readonly run: () => Promise<Measurement>
}
