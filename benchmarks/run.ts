/** What one run of the benchmarks leaves behind. Imports only types. */
import type { Machine } from './machine.ts'
import type { Extent, Report } from './report.ts'

export interface Result {
  readonly name: string
  /** One sentence: what question it answers. Empty of one that measures a single thing: its figure says it. */
  readonly about: string
  /** When it was begun, in ISO 8601. */
  readonly when: string
  readonly extent: Extent
  readonly seconds: number
  /** Processes that wanted to run in the minute before. */
  readonly load: number
  readonly report: Report
  /** It was stopped, or failed, in the middle: the report is of what was measured by then. */
  readonly stopped?: true
}

export interface Run {
  /** Of its latest result, in ISO 8601. */
  readonly when: string
  readonly machine: Machine
  readonly results: readonly Result[]
  /** Of the same scenarios, what is less than that: of a smaller extent, or stopped in the middle. @default none */
  readonly besides?: readonly Result[]
}
