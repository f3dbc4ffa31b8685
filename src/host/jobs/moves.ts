/** An open database of jobs in; what becomes of a job, by the rules, and its events, out. The only writer of a status. */
import type { DatabaseSync } from 'node:sqlite'
import { toColumn } from '../journal/column.ts'
import type { JobError, JobStatus } from '../../types.ts'
import type { Line } from './line.ts'
import { illegalMove, replacedWorker } from './refusal.ts'
import { jobColumns, type Column, type JobRow } from './row.ts'
import { isOver, mayBecome } from './states.ts'
import type { Held, ToldEvent } from './threadMessages.ts'

export interface Move {
  readonly to: JobStatus
  /** The event that tells it. */
  readonly event: { readonly type: string; readonly data?: Readonly<Record<string, unknown>> }
  /** Who has it at work from now on. */
  readonly worker?: string
  readonly inputKey?: string
  readonly error?: JobError
  readonly cancelRequestedMs?: number
  /** Its worker died. */
  readonly isDeath?: boolean
}

export interface Moves {
  readonly byKey: (key: number) => JobRow | undefined
  readonly byId: (id: string) => JobRow | undefined
  /** The row of a job that this worker has at work. Throws IN_USE when another one has. */
  readonly held: (held: Held) => JobRow
  /** Throws JOB_STATE for a way that there is none. Gives the row as it is then. */
  readonly move: (row: JobRow, move: Move) => JobRow
  readonly requestCancel: (row: JobRow) => JobRow
  /** Of a session that a job has left. */
  readonly callNext: (session: Column | null) => void
  readonly append: (row: JobRow, events: readonly ToldEvent[]) => JobRow
}

export interface MovesOptions {
  /** Whose jobs at work these are. */
  readonly instance: string
  readonly line: Line
  /** Is told of every job that was changed. */
  readonly onChange: (row: JobRow) => void
}

export function openMoves(database: DatabaseSync, { instance, line, onChange }: MovesOptions): Moves {
  const selectByKey = database.prepare(`SELECT ${jobColumns} FROM jobs WHERE key = ?`)
  const selectById = database.prepare(`SELECT ${jobColumns} FROM jobs WHERE id = ?`)
  // Status and epoch that it leaves stand in the statement itself: should they ever differ, nothing is changed.
  const update = database.prepare(
    `UPDATE jobs SET status = ?, epoch = ?, worker = ?, attempts = ?, deaths = ?, input_key = ?, error = ?, started_ms = ?, ended_ms = ?, remove_ms = ?, cancel_requested_ms = ?, last_event = ?, waits = ?, fraction = ?
     WHERE key = ? AND status = ? AND epoch = ?`,
  )
  const request = database.prepare('UPDATE jobs SET cancel_requested_ms = ?, last_event = ? WHERE key = ? AND status = ? AND epoch = ?')
  const count = database.prepare('UPDATE jobs SET last_event = ? WHERE key = ? AND last_event = ?')
  const insert = database.prepare('INSERT INTO events (job, seq, at_ms, type, data) VALUES (?, ?, ?, ?, ?)')

  function move(row: JobRow, { to, event, worker, inputKey, error, cancelRequestedMs, isDeath = false }: Move): JobRow {
    if (!mayBecome(row.status, to)) throw illegalMove(row.id, row.status, to)
    const now = Date.now()
    const isBegun = to === 'running'
    const next: JobRow = {
      ...row,
      status: to,
      epoch: row.epoch + (isBegun ? 1 : 0),
      worker: worker ?? null,
      attempts: row.attempts + (isBegun ? 1 : 0),
      deaths: row.deaths + (isDeath ? 1 : 0),
      input_key: inputKey === undefined ? null : toColumn(inputKey),
      error: error === undefined ? null : JSON.stringify(error),
      started_ms: row.started_ms ?? (isBegun ? now : null),
      ended_ms: isOver(to) ? now : null,
      cancel_requested_ms: cancelRequestedMs ?? row.cancel_requested_ms,
      last_event: row.last_event + 1,
      waits: isOver(to) ? 0 : row.status === 'pending' && line.isTaken(row.session) ? 1 : row.waits,
      // Whatever its program has said of it, or has not.
      fraction: to === 'completed' ? 1 : row.fraction,
    }
    const { changes } = update.run(
      next.status, next.epoch, next.worker, next.attempts, next.deaths, next.input_key, next.error, next.started_ms, next.ended_ms,
      next.ended_ms === null ? null : Math.min(next.ended_ms + row.ttl_ms, Number.MAX_SAFE_INTEGER), next.cancel_requested_ms, next.last_event, next.waits, next.fraction,
      row.key, row.status, row.epoch,
    )
    if (Number(changes) !== 1) throw illegalMove(row.id, row.status, to)
    insert.run(row.key, next.last_event, now, event.type, JSON.stringify({ status: to, ...event.data }))
    onChange(next)
    if (isOver(to)) callNext(row.session)
    return next
  }

  function callNext(session: Column | null): void {
    const key = session === null ? undefined : line.callNext(session)
    const row = key === undefined ? undefined : byKey(key)
    if (row !== undefined) onChange(row)
  }

  function byKey(key: number): JobRow | undefined {
    return selectByKey.get(key) as JobRow | undefined // as the statement says
  }

  return {
    byKey,
    byId: (id) => selectById.get(id) as JobRow | undefined, // as the statement says
    held: ({ key, epoch }) => {
      const row = byKey(key)
      if (row === undefined || row.status !== 'running' || row.epoch !== epoch || row.worker !== instance) throw replacedWorker(row?.id ?? 'that was removed')
      return row
    },
    move,
    callNext,
    requestCancel: (row) => {
      const now = Date.now()
      const next = { ...row, cancel_requested_ms: now, last_event: row.last_event + 1 }
      const { changes } = request.run(now, next.last_event, row.key, row.status, row.epoch)
      if (Number(changes) !== 1) throw illegalMove(row.id, row.status, row.status)
      insert.run(row.key, next.last_event, now, 'job.cancelRequested', '{}')
      onChange(next)
      return next
    },
    append: (row, events) => {
      if (events.length === 0) return row
      const now = Date.now()
      const next = { ...row, last_event: row.last_event + events.length }
      const { changes } = count.run(next.last_event, row.key, row.last_event)
      if (Number(changes) !== 1) throw illegalMove(row.id, row.status, row.status)
      for (const [index, { type, data }] of events.entries()) insert.run(row.key, row.last_event + index + 1, now, toColumn(type), data)
      onChange(next)
      return next
    },
  }
}

