/** What a benchmark found, in the form in which it is shown. Imports nothing. */

/** One figure, beside what is wanted of it where something is. */
export interface Verdict {
  /** What was measured, as a person reads it. */
  readonly what: string
  /** null where it could not be measured: then `note` says why. */
  readonly figure: number | null
  /** '×' is a ratio. */
  readonly unit: '×' | 'ms' | 'µs' | 'MB' | 'KB' | '%' | ''
  readonly atMost?: number
  readonly note?: string
}

/** Bars of one unit, in groups. */
export interface BarChart {
  readonly type: 'bars'
  readonly title: string
  readonly unit: string
  /** A logarithmic axis is for figures of different orders. @default 'linear' */
  readonly scale?: 'linear' | 'log'
  /** Names what the groups' bars stand for, in their order. */
  readonly series: readonly string[]
  readonly groups: readonly { readonly label: string; readonly values: readonly (number | null)[] }[]
  /** Drawn across all bars. */
  readonly goal?: { readonly value: number; readonly label: string }
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

export interface Report {
  readonly verdicts: readonly Verdict[]
  readonly charts: readonly BarChart[]
  readonly tables: readonly Table[]
  /** How it was measured, and what a reader may get wrong. */
  readonly notes: readonly string[]
}

/** How much is measured: 'quick' is for a look, 'full' for some hours. */
export type Extent = 'quick' | 'default' | 'full'

export interface ReportOptions {
  readonly extent: Extent
  /** What is measured so far: that is left when the run is stopped in the middle. */
  readonly keep: (report: Report) => void
}

/** What a file of `scenarios/` exports that measures many things. */
export interface Suite {
  /** The file's name. */
  readonly name: string
  /** One sentence: what question it answers. */
  readonly about: string
  readonly report: (options: ReportOptions) => Promise<Report>
}

/** Whether what is wanted was reached; null where nothing is wanted, or nothing was measured. */
export function isMet({ figure, atMost }: Verdict): boolean | null {
  return figure === null || atMost === undefined ? null : figure <= atMost
}
