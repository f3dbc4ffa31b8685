/** An open database of jobs in; jobs submitted, each once for its key, out. */
import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { fromColumn, toColumn } from '../journal/column.ts'
import type { Line } from './line.ts'
import { keyTaken } from './refusal.ts'
import type { Moves } from './moves.ts'
import { jobColumns, type JobRow } from './row.ts'
import type { Changes } from './threadMessages.ts'

export interface Submissions {
  /** Throws JOB_STATE for a key that belongs to other work. */
  readonly submit: (ask: Changes['submit']['ask']) => JobRow
}

export interface SubmissionsOptions {
  readonly moves: Moves
  readonly line: Line
  /** Removes a job that is kept no longer, whose key is free then. */
  readonly purge: (key: number) => void
}

export function openSubmissions(database: DatabaseSync, { moves, line, purge }: SubmissionsOptions): Submissions {
  const insert = database.prepare(
    `INSERT INTO jobs (id, kind, pool, status, idempotency_key, input_hash, priority, not_before_ms, deadline_ms, ttl_ms, max_attempts, session, waits, created_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${jobColumns}`,
  )
  const insertInput = database.prepare('INSERT INTO inputs (job, input) VALUES (?, ?)')
  const selectByIdempotencyKey = database.prepare(`SELECT remove_ms, ${jobColumns} FROM jobs WHERE idempotency_key = ?`)

  function submit(ask: Changes['submit']['ask']): JobRow {
    const now = Date.now()
    const { idempotencyKey } = ask
    const hash = idempotencyKey === null ? null : hashOf(ask.input)
    if (idempotencyKey !== null) {
      const known = selectByIdempotencyKey.get(toColumn(idempotencyKey)) as (JobRow & { readonly remove_ms: number | null }) | undefined // as the statement says
      if (known !== undefined && (known.remove_ms ?? Infinity) > now) return same(known, { idempotencyKey, kind: ask.kind, hash })
      if (known !== undefined) purge(known.key)
    }
    const isHeld = ask.notBeforeMs !== null && ask.notBeforeMs > now
    const session = ask.session === null ? null : toColumn(ask.session)
    const row = insert.get(
      ask.id, toColumn(ask.kind), toColumn(ask.group ?? ''), isHeld ? 'pending' : 'queued', idempotencyKey === null ? null : toColumn(idempotencyKey), hash, ask.priority,
      ask.notBeforeMs, ask.deadlineMs, ask.ttlMs, ask.maxAttempts, session, !isHeld && line.isTaken(session) ? 1 : 0, now,
    ) as unknown as JobRow // as the statement says
    if (ask.input !== null) insertInput.run(row.key, ask.input)
    return moves.append(row, [isHeld ? { type: 'job.held', data: JSON.stringify({ status: 'pending', notBeforeMs: ask.notBeforeMs }) } : { type: 'job.queued', data: '{"status":"queued"}' }])
  }

  return { submit }
}

function same(known: JobRow, { idempotencyKey, kind, hash }: { readonly idempotencyKey: string; readonly kind: string; readonly hash: string | null }): JobRow {
  if (fromColumn(known.kind) !== kind) throw keyTaken(idempotencyKey, known.id, 'kind')
  if (known.input_hash !== hash) throw keyTaken(idempotencyKey, known.id, 'input')
  return known
}

/** The same for the same JSON value, however its members are ordered. */
function hashOf(json: string | null): string {
  return createHash('sha256').update(json === null ? 'undefined' : JSON.stringify(inOrder(JSON.parse(json)))).digest('hex')
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  // A list of pairs: an object would put what looks like a number first, and take `__proto__` for something else.
  return { members: Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, member]) => [name, inOrder(member)]) }
}
