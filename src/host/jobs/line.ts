/** An open database of jobs in; whose turn it is in each session, out: of the jobs of one session the first can be claimed, the others wait until it is over. */
import type { DatabaseSync } from 'node:sqlite'
import type { Column } from './row.ts'

export interface Line {
  /** Whether one that joins the session now has to wait. */
  readonly isTaken: (session: Column | null) => boolean
  /** After one has left: lets the oldest of those that wait go on, and gives its key; undefined where there is none, or another one is still first. */
  readonly callNext: (session: Column) => number | undefined
}

export function openLine(database: DatabaseSync): Line {
  // One that is held until its time has not joined.
  const inSession = "FROM jobs INDEXED BY jobs_in_session WHERE session = ? AND status IN ('queued', 'running', 'awaiting_input')"
  const anyone = database.prepare(`SELECT 1 ${inSession} LIMIT 1`)
  const first = database.prepare(`SELECT 1 ${inSession} AND waits = 0 LIMIT 1`)
  const next = database.prepare(`UPDATE jobs SET waits = 0 WHERE key = (SELECT key ${inSession} AND waits = 1 ORDER BY key LIMIT 1) RETURNING key`)

  return {
    isTaken: (session) => session !== null && anyone.get(session) !== undefined,
    callNext: (session) => (first.get(session) === undefined ? (next.get(session) as { readonly key: number } | undefined)?.key : undefined), // as the statement says
  }
}
