/** What operations are handed. */
import type { Replm } from '../index.ts'
import type { ModelList } from './modelList.ts'
import type { Once } from './once.ts'
import type { Roots } from './roots.ts'

export interface Parts {
  readonly replm: Replm
  readonly roots: Roots
  readonly models: ModelList
  /** Answers of calls that are no jobs, by their idempotency keys. */
  readonly once: Once
  /** Aborts when the server ends. */
  readonly stopping: AbortSignal
  /** Between signs of life on a stream of events, in milliseconds. */
  readonly heartbeatMs: number
  /** Streams of events that are read at the same time; each holds a connection. */
  readonly maxStreams: number
}
