/** An open database of jobs in; what handlers tell of them, written down within its bounds, out. */
import type { DatabaseSync } from 'node:sqlite'
import { toColumn } from '../journal/column.ts'
import { maxEventUnits, maxStepUnits, maxToldEvents, maxToldUnits, progressEventsPerRate, progressEveryMs } from './bounds.ts'
import type { Moves } from './moves.ts'
import { fieldsOf, type JobRow } from './row.ts'
import type { Told, ToldEvent } from './threadMessages.ts'

export interface Tellings {
  /** `isLast` tells also the progress that would have waited for its turn. */
  readonly tell: (row: JobRow, told: Told, options?: { readonly isLast?: boolean }) => { readonly row: JobRow; readonly untoldForMs: number | null }
  readonly setSession: (row: JobRow, session: string) => JobRow
}

export function openTellings(database: DatabaseSync, { moves, onChange }: { readonly moves: Moves; readonly onChange: (row: JobRow) => void }): Tellings {
  const setProgress = database.prepare(
    `UPDATE jobs SET fraction = ?, step = ?, done = ?, total = ?, processing = ?, succeeded = ?, errored = ?, canceled = ?, progress_events = ?, progress_event_ms = ?, progress_untold = ?
     WHERE key = ? AND status = 'running' AND epoch = ?`,
  )
  const countTold = database.prepare("UPDATE jobs SET told_events = ?, told_bytes = ?, told_dropped = ? WHERE key = ? AND status = 'running' AND epoch = ?")
  const session = database.prepare("UPDATE jobs SET session = ? WHERE key = ? AND status = 'running' AND epoch = ?")

  function progressed(row: JobRow, { progress, requestCounts }: Told, isLast: boolean): JobRow {
    const isNews = progress !== undefined || requestCounts !== undefined
    if (!isNews && row.progress_untold === 0) return row
    const now = Date.now()
    const next: JobRow = {
      ...row,
      ...(progress === undefined ? {} : { fraction: progress.fraction, step: progress.step === null ? null : toColumn(progress.step.slice(0, maxStepUnits)), done: progress.done, total: progress.total }),
      ...requestCounts,
    }
    const isTold = isLast || now >= nextProgressMs(row)
    const written: JobRow = { ...next, progress_events: row.progress_events + (isTold ? 1 : 0), progress_event_ms: isTold ? now : row.progress_event_ms, progress_untold: isTold ? 0 : 1 }
    setProgress.run(
      written.fraction, written.step, written.done, written.total, written.processing, written.succeeded, written.errored, written.canceled,
      written.progress_events, written.progress_event_ms, written.progress_untold, row.key, row.epoch,
    )
    if (!isTold) {
      onChange(written)
      return written
    }
    const fields = fieldsOf(written)
    return moves.append(written, [{ type: 'job.progressed', data: JSON.stringify({ ...fields.progress, requestCounts: fields.requestCounts }) }])
  }

  function told(row: JobRow, events: readonly ToldEvent[]): JobRow {
    if (events.length === 0 || row.told_dropped === 1) return row
    const kept: ToldEvent[] = []
    let units = row.told_bytes
    let isFull = false
    for (const { type, data } of events) {
      const event = data.length > maxEventUnits ? { type, data: JSON.stringify({ omittedBytes: data.length }) } : { type, data }
      isFull = row.told_events + kept.length >= maxToldEvents || units + event.data.length > maxToldUnits
      if (isFull) break
      kept.push(event)
      units += event.data.length
    }
    const next = { ...row, told_events: row.told_events + kept.length, told_bytes: units, told_dropped: isFull ? 1 : 0 }
    countTold.run(next.told_events, next.told_bytes, next.told_dropped, row.key, row.epoch)
    if (isFull) kept.push({ type: 'events.dropped', data: JSON.stringify({ kept: next.told_events, message: `The job has told more than is kept of it (${maxToldEvents} events, ${maxToldUnits} bytes): what it tells from here on is dropped` }) })
    return moves.append(next, kept)
  }

  return {
    tell: (before, ask, { isLast = false } = {}) => {
      const row = progressed(told(before, ask.events), ask, isLast)
      return { row, untoldForMs: row.progress_untold === 0 ? null : Math.max(1, nextProgressMs(row) - Date.now()) }
    },
    setSession: (row, id) => {
      const next = { ...row, session: toColumn(id) }
      session.run(next.session, row.key, row.epoch)
      onChange(next)
      if (next.session !== row.session) moves.callNext(row.session)
      return next
    },
  }
}

/** When progress may be told again, in milliseconds since 1970. */
function nextProgressMs({ progress_event_ms: lastMs, progress_events: events }: JobRow): number {
  return lastMs + progressEveryMs * 2 ** Math.floor(events / progressEventsPerRate)
}
