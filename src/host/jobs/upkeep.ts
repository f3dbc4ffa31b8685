/** An open database of jobs in; what time and death make of them, out: jobs whose time has come are queued, whose time is up fail, whose worker is gone are given back, and what was kept long enough is removed. */
import type { DatabaseSync } from 'node:sqlite'
import { ReplmError, toWire } from '../../errors.ts'
import type { Engines } from './engines.ts'
import type { Move, Moves } from './moves.ts'
import type { JobRow } from './row.ts'

export interface Upkeep {
  /** Whether anything is due by the clock. */
  readonly isDue: () => boolean
  /** Inside a transaction. Gives how many jobs were removed. */
  readonly settleDue: () => number
  readonly takeOver: (instance: string, why: 'workerDied' | 'leaseEnded') => void
  /** Where a job goes whose worker gives it back. */
  readonly giveBack: (row: JobRow, why: 'workerDied' | 'leaseEnded' | 'workerClosed') => void
  readonly expire: (row: JobRow) => void
  readonly purge: (key: number) => void
}

/** Jobs settled with one transaction: others who write wait for no longer than that takes. */
const atOnce = 200
const removedAtOnce = 5

export function openUpkeep(database: DatabaseSync, { moves, engines }: { readonly moves: Moves; readonly engines: Engines }): Upkeep {
  // Left to itself sqlite takes the index by status, and walks over all that wait.
  const toQueue = database.prepare("SELECT key FROM jobs INDEXED BY jobs_to_queue WHERE status = 'pending' AND not_before_ms <= ? LIMIT ?")
  const toExpire = database.prepare("SELECT key FROM jobs INDEXED BY jobs_to_expire WHERE deadline_ms <= ? AND deadline_ms IS NOT NULL AND status IN ('pending', 'queued', 'awaiting_input') LIMIT ?")
  const toRemove = database.prepare('SELECT key FROM jobs INDEXED BY jobs_to_remove WHERE remove_ms <= ? AND remove_ms IS NOT NULL LIMIT ?')
  const atWork = database.prepare("SELECT key FROM jobs INDEXED BY jobs_at_work WHERE status = 'running' AND worker = ?")
  const deletions = ['events', 'inputs', 'results', 'requests'].map((table) => database.prepare(`DELETE FROM ${table} WHERE job = ?`))
  const deleteJob = database.prepare('DELETE FROM jobs WHERE key = ?')

  type Key = { readonly key: number }

  function expire(row: JobRow): void {
    const message = `The job was not done by its deadline, ${new Date(row.deadline_ms ?? 0).toISOString()}: it was ${row.status}. Submit it again with a later one.`
    moves.move(row, { to: 'failed', error: toWire(new ReplmError('TIMEOUT', message)), event: { type: 'job.failed', data: { code: 'TIMEOUT', message } } })
  }

  function giveBack(row: JobRow, why: 'workerDied' | 'leaseEnded' | 'workerClosed'): void {
    const isDeath = why !== 'workerClosed'
    moves.move(row, { ...moveOf(row, why, isDeath), isDeath })
  }

  function moveOf(row: JobRow, reason: string, isDeath: boolean): Move {
    if (row.cancel_requested_ms !== null) return { to: 'canceled', event: { type: 'job.canceled' } }
    if (isDeath && row.deaths + 1 >= row.max_attempts) {
      const message = `The job was begun ${row.attempts} times, and ${row.deaths + 1} times its worker died on the way or stood still past its lease: it is not begun again. Raise \`maxAttempts\` if the worker is not to blame.`
      return { to: 'failed', error: toWire(new ReplmError('CRASHED', message)), event: { type: 'job.failed', data: { code: 'CRASHED', message } } }
    }
    return { to: 'queued', event: { type: 'job.interrupted', data: { reason } } }
  }

  function purge(key: number): void {
    for (const deletion of deletions) deletion.run(key)
    deleteJob.run(key)
  }

  function each(keys: readonly unknown[], act: (row: JobRow) => void): void {
    for (const { key } of keys as readonly Key[]) { // as the statements say
      const row = moves.byKey(key)
      if (row !== undefined) act(row)
    }
  }

  return {
    isDue: () => {
      const now = Date.now()
      return [toQueue, toExpire, toRemove].some((statement) => statement.get(now, 1) !== undefined)
    },
    settleDue: () => {
      const now = Date.now()
      each(toExpire.all(now, atOnce), expire)
      each(toQueue.all(now, atOnce), (row) => void moves.move(row, { to: 'queued', event: { type: 'job.queued' } }))
      const old = toRemove.all(now, removedAtOnce) as unknown as readonly Key[] // as the statement says
      for (const { key } of old) purge(key)
      return old.length
    },
    takeOver: (instance, why) => {
      each(atWork.all(instance), (row) => giveBack(row, why))
      engines.remove(instance)
    },
    giveBack,
    expire,
    purge,
  }
}
