/** The status of a job and what is to become of it in; whether that may be, out. */
import type { JobStatus } from '../../types.ts'

/** Every legal transition. A worker that died, or lost its lease, gives its job back: `running` to `queued`. */
export const transitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = Object.freeze({
  pending: ['queued', 'canceled', 'failed'],
  queued: ['running', 'canceled', 'failed'],
  running: ['awaiting_input', 'queued', 'completed', 'failed', 'canceled'],
  awaiting_input: ['queued', 'failed', 'canceled'],
  completed: [],
  failed: [],
  canceled: [],
})

export function mayBecome(from: JobStatus, to: JobStatus): boolean {
  return transitions[from].includes(to)
}

/** Whether nothing more can become of it. */
export function isOver(status: JobStatus): boolean {
  return transitions[status].length === 0
}
