/** A store's database in; its sessions, each with its owner, out. Every function that writes runs inside the caller's transaction. */
import type { DatabaseSync } from 'node:sqlite'
import { fromColumn, toColumn } from './column.ts'
import { contentsOf } from './contentsOf.ts'
import type { Claim, ExecutionState, NewSession, PruneOptions, SessionConfig, SessionRecord } from './journal.ts'
import { isAlive, thisOwner } from './owner.ts'
import { givenUp, idTaken, inUse, nameTaken, notFound, replaced } from './refusal.ts'
import type { ReplmError } from '../../errors.ts'
import { spentOf } from './tally.ts'

/** As the database gives it. */
interface Row {
  readonly key: number
  readonly id: string
  readonly name: string | Uint8Array | null
  readonly parent: string | null
  readonly root: string
  readonly depth: number
  readonly generation: number
  readonly epoch: number
  readonly owner_pid: number | null
  readonly owner_started: string | null
  readonly owner_place: string | null
  readonly owner_host: string | Uint8Array | null
  readonly owner_instance: string | null
  readonly owner_since_ms: number | null
  readonly lease_ms: number
  readonly created_ms: number
  readonly used_ms: number
  readonly queries: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly usd: number
  readonly unpriced: number
  readonly unknown_queries: number
  readonly unknown_tokens: number
  readonly unknown_usd: number
  readonly executions: number
  readonly answers: number
  readonly answer_bytes: number
  readonly entry_bytes: number
  readonly last_entry: number
  readonly last_execution: number
  readonly last_answer: number
  readonly last_intent: number
  readonly config: string
  readonly last_name: string | Uint8Array | null
  readonly last_state: ExecutionState | null
}

export interface SessionRowsOptions {
  /** Of the journal that claims: two in one process are two owners. */
  readonly instance: string
  /** How long an owner elsewhere is believed to live after its last sign of life, in milliseconds. */
  readonly leaseMs: number
}

/** A session that this journal owns. */
export interface Held {
  readonly key: number
  readonly id: string
  name: string | null
  readonly epoch: number
  /** Why it is not to be written to any more, whatever its row says. */
  failure: ReplmError | undefined
}

/** A claim, and what the journal remembers of it. */
export interface Taken {
  readonly claim: Claim
  readonly held: Held
}

export interface SessionRows {
  readonly create: (session: NewSession) => Taken
  readonly find: (idOrName: string) => SessionRecord | undefined
  readonly list: () => readonly SessionRecord[]
  /** Throws what `claim` would throw. */
  readonly check: (id: string, dead: readonly string[]) => void
  /** `dead` are journals of this process that have gone without giving up what they owned. */
  readonly claim: (id: string, dead: readonly string[], replaces: boolean) => Taken
  readonly release: (held: Held) => void
  /** Says again that the owner lives. */
  readonly renew: (held: Held) => void
  /** Why a write to it was refused. */
  readonly refusal: (held: Held) => ReplmError
  readonly rename: (held: Held, name: string | null) => void
  /** By another session. */
  readonly isNameTaken: (held: Held, name: string) => boolean
  readonly configure: (key: number, config: SessionConfig) => void
  /** A session and all that were made from it, by key; throws IN_USE when one has an owner that lives, NOT_FOUND when there is none. */
  readonly lineOf: (id: string) => ReadonlyMap<number, string>
  /** Sessions that were made from none that is there, not written to since then. */
  readonly unusedSince: (ms: number, of: Omit<Required<PruneOptions>, 'unusedForMs'>) => readonly string[]
  readonly usedMs: (key: number) => number
  readonly keyOf: (id: string) => number | undefined
  /** Sessions out of sight that a crash has left. */
  readonly halfRemoved: () => readonly number[]
  /** Takes it out of sight, and refuses its owner from here on. */
  readonly hide: (key: number) => void
}

const columns = `s.*, c.config, e.name AS last_name, e.state AS last_state FROM sessions s JOIN configs c ON c.session = s.key
  LEFT JOIN executions e ON e.session = s.key AND e.execution = s.last_execution WHERE s.removed = 0`

export function openSessionRows(database: DatabaseSync, { instance, leaseMs }: SessionRowsOptions): SessionRows {
  const byId = database.prepare(`SELECT ${columns} AND s.id = ?`)
  const byName = database.prepare(`SELECT ${columns} AND s.name = ?`)
  const all = database.prepare(`SELECT ${columns} ORDER BY s.used_ms DESC, s.key DESC`)
  const key = database.prepare('SELECT key FROM sessions WHERE id = ? AND removed = 0')
  const isTaken = database.prepare('SELECT id FROM sessions WHERE id = ?')
  const withName = database.prepare('SELECT key FROM sessions WHERE name = ?')
  const insert = database.prepare(
    `INSERT INTO sessions (id, name, parent, root, depth, created_ms, used_ms, config_ms, owner_pid, owner_started, owner_place, owner_host, owner_instance, owner_since_ms, lease_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const own = database.prepare(
    `UPDATE sessions SET epoch = epoch + 1, owner_pid = ?, owner_started = ?, owner_place = ?, owner_host = ?, owner_instance = ?, owner_since_ms = ?, lease_ms = ? WHERE key = ? AND epoch = ?`,
  )
  const disown = database.prepare('UPDATE sessions SET owner_pid = NULL, owner_instance = NULL, lease_ms = 0 WHERE key = ? AND epoch = ?')
  const extend = database.prepare('UPDATE sessions SET lease_ms = ? WHERE key = ? AND epoch = ?')
  const settle = database.prepare(
    `UPDATE sessions SET unknown_queries = unknown_queries + i.queries, unknown_tokens = unknown_tokens + i.tokens, unknown_usd = unknown_usd + i.usd
     FROM (SELECT count(*) AS queries, total(tokens) AS tokens, total(usd) AS usd FROM intents WHERE session = ?1) AS i WHERE key = ?1`,
  )
  const dropIntents = database.prepare('DELETE FROM intents WHERE session = ?')
  const setName = database.prepare('UPDATE sessions SET name = ? WHERE key = ?')
  const setConfig = database.prepare('INSERT INTO configs (session, config) VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET config = excluded.config')
  const setConfigTime = database.prepare('UPDATE sessions SET config_ms = ? WHERE key = ?')
  const dropContents = database.prepare('DELETE FROM session_contents WHERE session = ?')
  const addContent = database.prepare('INSERT OR IGNORE INTO session_contents (session, hash) VALUES (?, ?)')
  const madeFrom = database.prepare(
    `WITH RECURSIVE line (id) AS (VALUES (?1) UNION SELECT s.id FROM sessions s JOIN line ON s.parent = line.id)
     SELECT ${columns} AND s.id IN (SELECT id FROM line) ORDER BY s.depth, s.key`,
  )
  const roots = database.prepare(
    `SELECT id FROM sessions s WHERE removed = 0 AND used_ms <= ?1 AND NOT EXISTS (SELECT 1 FROM sessions p WHERE p.id = s.parent AND p.id <> s.id AND p.removed = 0)
     AND (?2 = 0 OR (name IS NULL AND NOT EXISTS (SELECT 1 FROM executions e WHERE e.session = s.key AND e.execution = s.last_execution AND e.state = 'running')
       AND NOT EXISTS (SELECT 1 FROM configs c WHERE c.session = s.key AND json_extract(c.config, '$.job') = 1)))
     AND id NOT IN (SELECT value FROM json_each(?4)) ORDER BY used_ms LIMIT ?3`,
  )
  const used = database.prepare('SELECT used_ms FROM sessions WHERE key = ?')
  const remove = database.prepare('UPDATE sessions SET removed = 1, name = NULL, owner_pid = NULL, epoch = epoch + 1 WHERE key = ?')

  const hidden = database.prepare('SELECT key FROM sessions WHERE removed = 1')

  /** Sessions of this journal by key. */
  const held = new Map<number, Held>()

  function rowOf(id: string): Row {
    const row = byId.get(id) as Row | undefined // as the statement says
    if (row === undefined) throw notFound(id)
    return row
  }

  function isHeld(session: number): boolean {
    const holding = held.get(session)
    return holding !== undefined && holding.failure === undefined
  }

  function lives(row: Row, dead: readonly string[] = []): boolean {
    if (row.owner_pid === null) return false
    if (row.owner_instance === instance) return isHeld(row.key)
    if (dead.includes(row.owner_instance ?? '')) return false
    const owner = { pid: row.owner_pid, started: row.owner_started, place: row.owner_place ?? '', host: nameOf(row.owner_host) ?? '' }
    return isAlive(owner, { untilMs: row.lease_ms, nowMs: Date.now() })
  }

  function freeRow(id: string, dead: readonly string[]): Row {
    const row = rowOf(id)
    if (lives(row, dead)) throw inUse({ id, name: nameOf(row.name) }, ownerOf(row))
    return row
  }

  function taken(row: Row): Taken {
    const claim = {
      session: recordOf(row, true),
      epoch: row.epoch,
      last: { entry: row.last_entry, execution: row.last_execution, answer: row.last_answer, intent: row.last_intent },
    }
    const holding: Held = { key: row.key, id: row.id, name: nameOf(row.name), epoch: row.epoch, failure: undefined }
    held.set(row.key, holding)
    return { claim, held: holding }
  }

  function configure(session: number, config: SessionConfig): void {
    setConfig.run(session, JSON.stringify(config))
    setConfigTime.run(Date.now(), session)
    dropContents.run(session)
    for (const hash of contentsOf(config)) addContent.run(session, hash)
  }

  function isNameTaken(session: number | undefined, name: string): boolean {
    const other = withName.get(toColumn(name)) as { key: number } | undefined // as the statement says
    return other !== undefined && other.key !== session
  }

  return {
    create: ({ id, name, parent, root, depth, config }) => {
      if (isTaken.get(id) !== undefined) throw idTaken(id)
      if (name !== null && isNameTaken(undefined, name)) throw nameTaken(name)
      const now = Date.now()
      const { pid, started, place, host } = thisOwner()
      const session = Number(insert.run(id, name === null ? null : toColumn(name), parent, root, depth, now, now, now, pid, started, place, toColumn(host), instance, now, now + leaseMs).lastInsertRowid)
      configure(session, config)
      return taken(rowOf(id))
    },
    find: (idOrName) => {
      const row = (byId.get(idOrName) ?? byName.get(toColumn(idOrName))) as Row | undefined // as the statements say
      return row === undefined ? undefined : recordOf(row, lives(row))
    },
    list: () => (all.all() as unknown as readonly Row[]).map((row) => recordOf(row, lives(row))), // as the statement says
    check: (id, dead) => {
      freeRow(id, dead)
    },
    claim: (id, dead, replaces) => {
      const row = replaces ? rowOf(id) : freeRow(id, dead)
      const now = Date.now()
      const { pid, started, place, host } = thisOwner()
      own.run(pid, started, place, toColumn(host), instance, now, now + leaseMs, row.key, row.epoch)
      settle.run(row.key)
      dropIntents.run(row.key)
      return taken(rowOf(id))
    },
    release: (holding) => {
      holding.failure ??= givenUp(holding)
      const { key: session, epoch } = holding
      if (Number(disown.run(session, epoch).changes) === 0) return // replaced: its intents are counted already
      settle.run(session)
      dropIntents.run(session)
    },
    renew: ({ key: session, epoch }) => {
      extend.run(Date.now() + leaseMs, session, epoch)
    },
    refusal: (holding) => {
      const row = byId.get(holding.id) as Row | undefined // as the statement says
      if (row === undefined) return notFound(holding.id)
      return replaced(holding, row.owner_pid === null ? undefined : ownerOf(row))
    },
    rename: (holding, name) => {
      setName.run(name === null ? null : toColumn(name), holding.key)
      holding.name = name
    },
    isNameTaken: (holding, name) => isNameTaken(holding.key, name),
    configure,
    lineOf: (id) => {
      const rows = madeFrom.all(id) as unknown as readonly Row[] // as the statement says
      if (rows.length === 0) throw notFound(id)
      for (const row of rows) if (lives(row)) throw inUse({ id: row.id, name: nameOf(row.name) }, ownerOf(row))
      return new Map(rows.map((row) => [row.key, row.id]))
    },
    unusedSince: (ms, { onlyUnnamed, atMost, except }) => (roots.all(ms, onlyUnnamed ? 1 : 0, Math.min(atMost, Number.MAX_SAFE_INTEGER), JSON.stringify(except)) as unknown as readonly { id: string }[]).map(({ id }) => id), // as the statement says
    usedMs: (session) => (used.get(session) as { used_ms: number } | undefined)?.used_ms ?? 0, // as the statement says
    keyOf: (id) => (key.get(id) as { key: number } | undefined)?.key, // as the statement says
    halfRemoved: () => (hidden.all() as unknown as readonly { key: number }[]).map((row) => row.key), // as the statement says
    hide: (session) => {
      remove.run(session)
    },
  }
}

function nameOf(value: string | Uint8Array | null): string | null {
  return value === null ? null : fromColumn(value)
}

function ownerOf(row: Row): { pid: number; host: string; sinceMs: number; isUs: boolean } {
  const us = thisOwner()
  const isUs = row.owner_pid === us.pid && row.owner_started === us.started && row.owner_place === us.place
  return { pid: row.owner_pid ?? 0, host: nameOf(row.owner_host) ?? '', sinceMs: row.owner_since_ms ?? 0, isUs }
}

function recordOf(row: Row, isOwned: boolean): SessionRecord {
  return {
    id: row.id,
    name: nameOf(row.name),
    parent: row.parent,
    root: row.root,
    depth: row.depth,
    config: JSON.parse(row.config) as SessionConfig, // as `configure` wrote it
    createdMs: row.created_ms,
    usedMs: row.used_ms,
    generation: row.generation,
    executions: row.executions,
    answers: row.answers,
    spent: spentOf(
      { queries: row.queries, inputTokens: row.input_tokens, outputTokens: row.output_tokens, usd: row.usd, unpriced: row.unpriced },
      { queries: row.unknown_queries, tokens: row.unknown_tokens, usd: row.unknown_usd },
    ),
    bytes: Math.max(0, row.answer_bytes + row.entry_bytes),
    last: row.last_state === null ? null : { name: nameOf(row.last_name) ?? '', state: row.last_state },
    owner: isOwned && row.owner_pid !== null ? { pid: row.owner_pid, host: nameOf(row.owner_host) ?? '' } : null,
  }
}
