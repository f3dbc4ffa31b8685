/** What one run of the benchmarks leaves behind. Imports only types. */
import type { Machine } from './machine.ts'
import type { Result } from './one.ts'
import type { Extent } from './report.ts'

export interface Run {
  /** ISO 8601. */
  readonly when: string
  readonly extent: Extent
  readonly machine: Machine
  readonly results: readonly Result[]
}
