/** An open database of jobs in; which engines have jobs at work or hold groups, and which of them have gone, out. */
import type { DatabaseSync } from 'node:sqlite'
import { fromColumn, toColumn } from '../journal/column.ts'
import { isAlive, thisOwner } from '../journal/owner.ts'
import type { Column } from './row.ts'

export interface EngineRow {
  readonly instance: string
  readonly pid: number
  readonly started: string | null
  readonly place: string
  readonly host: Column
  readonly lease_ms: number
}

export interface Gone {
  readonly engine: EngineRow
  readonly why: 'workerDied' | 'leaseEnded'
}

export interface Engines {
  /** Says that this one lives. Inside a transaction. */
  readonly renew: () => void
  readonly hold: (groups: readonly string[]) => void
  /** Others that are dead, or have not been heard of for longer than their lease. */
  readonly gone: () => readonly Gone[]
  /** Whether it is still as it was found. */
  readonly isUnchanged: (engine: EngineRow) => boolean
  readonly remove: (instance: string) => void
  /** Whether there is something that others would take: jobs at work, or jobs of its groups that are not over. */
  readonly hasWork: () => boolean
}

/** Often enough that several may be late, or fail. */
export function renewEveryMs(leaseMs: number): number {
  return leaseMs / 5
}

export interface EnginesOptions {
  readonly instance: string
  readonly leaseMs: number
}

export function openEngines(database: DatabaseSync, { instance, leaseMs }: EnginesOptions): Engines {
  const upsert = database.prepare(
    'INSERT INTO workers (instance, pid, started, place, host, lease_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (instance) DO UPDATE SET lease_ms = excluded.lease_ms',
  )
  const selectOthers = database.prepare('SELECT instance, pid, started, place, host, lease_ms FROM workers WHERE instance <> ?')
  const selectLease = database.prepare('SELECT lease_ms FROM workers WHERE instance = ?')
  const insertHold = database.prepare('INSERT OR IGNORE INTO holds (pool, instance) VALUES (?, ?)')
  const deleteWorker = database.prepare('DELETE FROM workers WHERE instance = ?')
  const deleteHolds = database.prepare('DELETE FROM holds WHERE instance = ?')
  const atWork = database.prepare("SELECT 1 FROM jobs INDEXED BY jobs_at_work WHERE status = 'running' AND worker = ? LIMIT 1")
  const held = database.prepare("SELECT 1 FROM holds h CROSS JOIN jobs j INDEXED BY jobs_alive ON j.pool = h.pool AND j.ended_ms IS NULL WHERE h.instance = ? LIMIT 1")
  /** Held by this engine, also when its rows were taken away meanwhile. */
  const pools = new Set<string>()
  /** Leases that had ended when they were first seen, by the clock that stands still while the machine sleeps: after a sleep, or when the time of day was set, all of them have. */
  const ended = new Map<string, { readonly leaseMs: number; readonly sinceMs: number }>()
  const graceMs = renewEveryMs(leaseMs) * 1.5

  function hasEnded({ instance: other, lease_ms: untilMs }: EngineRow): boolean {
    if (Date.now() < untilMs) return false
    const before = ended.get(other)
    if (before?.leaseMs === untilMs) return performance.now() - before.sinceMs >= graceMs
    ended.set(other, { leaseMs: untilMs, sinceMs: performance.now() })
    return false
  }

  return {
    renew: () => {
      const { pid, started, place, host } = thisOwner()
      upsert.run(instance, pid, started, place, toColumn(host), Date.now() + leaseMs)
      for (const pool of pools) insertHold.run(toColumn(pool), instance)
    },
    hold: (groups) => {
      for (const group of groups) pools.add(group)
    },
    gone: () => {
      const others = selectOthers.all(instance) as unknown as readonly EngineRow[] // as the statement says
      const nowMs = Date.now()
      for (const known of ended.keys()) if (!others.some((other) => other.instance === known)) ended.delete(known)
      return others.flatMap((engine): readonly Gone[] => {
        // Its lease alone tells of one that was stopped.
        if (!isAlive({ ...engine, host: fromColumn(engine.host) }, { untilMs: Infinity, nowMs })) return [{ engine, why: 'workerDied' }]
        return hasEnded(engine) ? [{ engine, why: 'leaseEnded' }] : []
      })
    },
    isUnchanged: (engine) => (selectLease.get(engine.instance) as { readonly lease_ms: number } | undefined)?.lease_ms === engine.lease_ms, // as the statement says
    remove: (other) => {
      deleteWorker.run(other)
      deleteHolds.run(other)
    },
    hasWork: () => atWork.get(instance) !== undefined || held.get(instance) !== undefined,
  }
}
