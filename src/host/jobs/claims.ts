/** An open database of jobs in; which ones wait to be done, and claims of them, out. */
import type { DatabaseSync } from 'node:sqlite'
import { fromColumn, toColumn } from '../journal/column.ts'
import type { Moves } from './moves.ts'
import { fieldsOf, type Column, type JobRow } from './row.ts'
import type { Changes, Claimed, ClaimAsk, Demand } from './threadMessages.ts'

export interface Claims {
  readonly isClaimable: (demand: Demand) => boolean
  /** The highest priority first, the oldest of those. */
  readonly claim: (ask: ClaimAsk) => Changes['claim']['reply']
}

export interface ClaimsOptions {
  readonly instance: string
  readonly moves: Moves
}

/** Inputs handed over with one claim, in UTF-16 units: what is beyond waits for the next one, but for the first. */
const maxUnitsAtOnce = 32 * 1024 * 1024

/** Sessions that are told of with one claim. */
const maxOthers = 1_000

interface Candidate {
  readonly key: number
  readonly priority: number
}

export function openClaims(database: DatabaseSync, { instance, moves }: ClaimsOptions): Claims {
  const waiting = "status = 'queued' AND waits = 0 AND pool = ? AND kind = ? AND (deadline_ms IS NULL OR deadline_ms > ?)"
  // One that was begun before was its worker's, and that one's session with it.
  const allowed = '(? IS NULL OR epoch > 0 OR session IS NULL OR session IN (SELECT value FROM json_each(?)))'
  // Left to itself sqlite may take the index by status, and walk over all that wait.
  const candidates = database.prepare(`SELECT key, priority FROM jobs INDEXED BY jobs_to_claim WHERE ${waiting} AND ${allowed} ORDER BY priority DESC, key LIMIT ?`)
  const some = database.prepare(`SELECT 1 FROM jobs INDEXED BY jobs_to_claim WHERE ${waiting} LIMIT 1`)
  // From one to the next, past all the jobs of one.
  const nextPool = database.prepare("SELECT pool FROM jobs INDEXED BY jobs_to_claim WHERE status = 'queued' AND waits = 0 AND pool > ? ORDER BY pool LIMIT 1")
  const toBegin = database.prepare("SELECT session FROM jobs INDEXED BY jobs_to_begin WHERE status = 'queued' AND waits = 0 AND epoch = 0 AND session IS NOT NULL AND pool = ? AND kind = ? LIMIT ?")
  const isHeld = database.prepare('SELECT 1 FROM holds WHERE pool = ?')
  const selectInput = database.prepare('SELECT input FROM inputs WHERE job = ?')
  const selectAnswers = database.prepare('SELECT key, action, answer FROM requests WHERE job = ? AND answer IS NOT NULL ORDER BY asked')

  const countTold = database.prepare('SELECT type, count(*) AS count FROM events WHERE job = ? GROUP BY type')

  function poolsOf(groups: Demand['groups']): Column[] {
    if (groups !== null) return groups.map(toColumn)
    const pools: Column[] = ['']
    for (let pool: Column = ''; ; ) {
      const next = nextPool.get(pool) as { readonly pool: Column } | undefined // as the statement says
      if (next === undefined) return pools
      pool = next.pool
      if (isHeld.get(pool) === undefined) pools.push(pool)
    }
  }

  function othersOf(pool: Column, kind: string, sessions: readonly string[]): readonly string[] {
    const rows = toBegin.all(pool, toColumn(kind), maxOthers + sessions.length) as unknown as readonly { readonly session: Column }[] // as the statement says
    return rows.map(({ session }) => fromColumn(session)).filter((session) => !sessions.includes(session))
  }

  function claimed(candidate: Candidate): Claimed | undefined {
    const row = moves.byKey(candidate.key)
    if (row === undefined) return undefined
    const byType = toldOf(row)
    const { key, id, epoch, told_events: events, told_bytes: bytes } = moves.move(row, { to: 'running', worker: instance, event: { type: 'job.started', data: { attempt: row.attempts + 1 } } })
    const { kind, session, progress, requestCounts } = fieldsOf(row)
    const input = selectInput.get(key) as { readonly input: string } | undefined // as the statement says
    return { key, epoch, id, kind, session, progress, requestCounts, input: input?.input ?? null, answers: answersOf(row), told: { events, bytes, byType } }
  }

  function answersOf({ key }: JobRow): Claimed['answers'] {
    const rows = selectAnswers.all(key) as unknown as readonly { readonly key: Column; readonly action: Column; readonly answer: string }[] // as the statement says
    return rows.map(({ key, action, answer }) => ({ key: fromColumn(key), action: fromColumn(action), data: answer }))
  }

  function toldOf({ key, attempts }: JobRow): Claimed['told']['byType'] {
    if (attempts === 0) return []
    const rows = countTold.all(key) as unknown as readonly { readonly type: Column; readonly count: number }[] // as the statement says
    return rows.map(({ type, count }) => [fromColumn(type), count])
  }

  return {
    isClaimable: ({ kinds, groups }) => {
      const now = Date.now()
      return poolsOf(groups).some((pool) => kinds.some((kind) => some.get(pool, toColumn(kind), now) !== undefined))
    },
    claim: ({ kinds, groups, limit, sessions }) => {
      const now = Date.now()
      const pools = poolsOf(groups)
      const among = sessions === null ? null : JSON.stringify(sessions)
      const found = pools.flatMap((pool) => kinds.flatMap((kind) => candidates.all(pool, toColumn(kind), now, among, among, limit) as unknown as readonly Candidate[])) // as the statement says
      const inTurn = found.toSorted((one, other) => other.priority - one.priority || one.key - other.key).slice(0, limit)
      const all: Claimed[] = []
      let units = 0
      for (const candidate of inTurn) {
        if (units >= maxUnitsAtOnce) break
        const one = claimed(candidate)
        if (one === undefined) continue
        all.push(one)
        units += one.input?.length ?? 0
      }
      return { jobs: all, others: sessions === null ? [] : pools.flatMap((pool) => kinds.flatMap((kind) => othersOf(pool, kind, sessions))) }
    },
  }
}
