/** A job's row, and what it is to its callers. */
import { fromColumn } from '../journal/column.ts'
import type { JobError, JobFields, JobStatus } from '../../types.ts'

export type Column = string | Uint8Array

/** As the table has it. */
export interface JobRow {
  readonly key: number
  readonly id: string
  readonly kind: Column
  readonly pool: Column
  readonly status: JobStatus
  readonly epoch: number
  readonly worker: string | null
  readonly input_hash: string | null
  readonly priority: number
  readonly deadline_ms: number | null
  readonly ttl_ms: number
  readonly max_attempts: number
  /** 1 while another job of its session comes first. */
  readonly waits: 0 | 1
  readonly attempts: number
  readonly deaths: number
  readonly session: Column | null
  readonly input_key: Column | null
  readonly fraction: number | null
  readonly step: Column | null
  readonly done: number | null
  readonly total: number | null
  readonly processing: number
  readonly succeeded: number
  readonly errored: number
  readonly canceled: number
  readonly error: string | null
  readonly created_ms: number
  readonly started_ms: number | null
  readonly ended_ms: number | null
  readonly cancel_requested_ms: number | null
  readonly last_event: number
  readonly progress_events: number
  readonly progress_event_ms: number
  readonly progress_untold: number
  readonly told_events: number
  readonly told_bytes: number
  readonly told_dropped: number
}

export const jobColumns = `key, id, kind, pool, status, epoch, worker, input_hash, priority, deadline_ms, ttl_ms, max_attempts, waits, attempts, deaths, session, input_key, fraction, step, done, total,
  processing, succeeded, errored, canceled, error, created_ms, started_ms, ended_ms, cancel_requested_ms, last_event, progress_events, progress_event_ms, progress_untold, told_events, told_bytes, told_dropped`

export function fieldsOf(row: JobRow): JobFields {
  return {
    id: row.id,
    kind: fromColumn(row.kind),
    progress: { fraction: row.fraction, step: row.step === null ? null : fromColumn(row.step), done: row.done, total: row.total },
    requestCounts: { processing: row.processing, succeeded: row.succeeded, errored: row.errored, canceled: row.canceled },
    priority: row.priority,
    attempts: row.attempts,
    session: row.session === null ? null : fromColumn(row.session),
    createdMs: row.created_ms,
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    cancelRequestedMs: row.cancel_requested_ms,
  }
}

export function errorOf({ error }: JobRow): JobError {
  return JSON.parse(error ?? '{}') as JobError // as it was written
}
