/** Answers by key in; the same answers later, in this process or another one, out. The only importer of sqlite for answers. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { FinishReason } from '../../types.ts'

export interface KeptAnswer {
  readonly text: string
  readonly finishReason: FinishReason
}

/** A store of answers. Neither reading nor writing ever fails a question: what cannot be read is not there, what cannot be written is lost. */
export interface AnswerStore {
  readonly get: (key: string) => KeptAnswer | undefined
  readonly set: (key: string, answer: KeptAnswer) => void
  readonly close: () => void
}

export interface AnswerStoreOptions {
  /** Its file, or ':memory:'. Made, for its owner alone, at the first use. */
  readonly file: string
  /** How long an answer holds, in milliseconds. @default seven days */
  readonly ttlMs?: number
  /** Bound on all texts together, in UTF-16 units; the oldest go first. @default 64 Mi */
  readonly maxUnits?: number
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}

/** Where the answers lie, or the jobs, that belong to a store: `replm.db` has `replm-answers.db`. In memory, where that is. */
export function fileBeside(store: string, of: 'answers' | 'jobs' = 'answers'): string {
  if (store === ':memory:') return store
  const { dir, name, ext } = parse(store)
  return join(dir, `${name}-${of}${ext}`)
}

const weekMs = 7 * 24 * 3_600_000

/** How long to wait for another process that writes, in milliseconds: a cache is not worth more. */
const busyMs = 50

/** Changes with the tables. */
const version = 1

interface Open {
  readonly database: DatabaseSync
  readonly get: StatementSync
  readonly set: StatementSync
  readonly size: StatementSync
  readonly drop: StatementSync
}

export function openAnswerStore({ file, ttlMs = weekMs, maxUnits = 64 * 1024 * 1024, now = Date.now }: AnswerStoreOptions): AnswerStore {
  let opened: Open | undefined
  /** Written with the next commit: one for all answers of a turn. */
  const unwritten = new Map<string, KeptAnswer>()
  let isClosed = false

  function open(): Open {
    if (opened !== undefined) return opened
    try {
      opened = openDatabase(file)
    } catch {
      // A file that is none of ours, or a folder that cannot be written to: this process remembers for itself.
      opened = openDatabase(':memory:')
    }
    return opened
  }

  function write(): void {
    if (unwritten.size === 0 || isClosed) return
    const answers = [...unwritten]
    unwritten.clear()
    try {
      const { database, set, size, drop } = open()
      database.exec('BEGIN IMMEDIATE')
      try {
        for (const [key, { text, finishReason }] of answers) set.run(key, text, finishReason, text.length, now() + ttlMs)
        const { units } = size.get() as { units: number | null } // as the statement says
        if ((units ?? 0) > maxUnits) drop.run(now(), Math.floor(maxUnits * 0.9))
        database.exec('COMMIT')
      } catch (thrown) {
        database.exec('ROLLBACK')
        throw thrown
      }
    } catch {
      // Busy, full, or gone: the answers were given, only not kept.
    }
  }

  return {
    get: (key) => {
      if (isClosed) return undefined
      const fresh = unwritten.get(key)
      if (fresh !== undefined) return fresh
      try {
        return open().get.get(key, now()) as KeptAnswer | undefined // as the statement says
      } catch {
        return undefined // busy or damaged: it is asked again
      }
    },
    set: (key, answer) => {
      if (isClosed || answer.text.length > maxUnits / 4) return
      unwritten.set(key, answer)
      if (unwritten.size === 1) setImmediate(write)
    },
    close: () => {
      write()
      isClosed = true
      opened?.database.close()
      opened = undefined
    },
  }
}

function openDatabase(file: string): Open {
  // At first use: most programs ask nothing twice.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  if (file !== ':memory:') {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // Made here, so that sqlite gives its side files the same rights.
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
  }
  const database = new DatabaseSync(file)
  try {
    // What a crash takes is asked again, so nothing waits for the disk.
    database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF`)
    const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number } // as the statement says
    if (user_version !== version) {
      database.exec(`DROP TABLE IF EXISTS answers; CREATE TABLE answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, finish_reason TEXT NOT NULL, units INTEGER NOT NULL, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX by_age ON answers (until_ms, units); PRAGMA user_version = ${version}`)
    }
    return {
      database,
      get: database.prepare('SELECT text, finish_reason AS finishReason FROM answers WHERE key = ? AND until_ms > ?'),
      set: database.prepare('INSERT OR REPLACE INTO answers (key, text, finish_reason, units, until_ms) VALUES (?, ?, ?, ?, ?)'),
      size: database.prepare('SELECT sum(units) AS units FROM answers'),
      drop: database.prepare(
        'DELETE FROM answers WHERE until_ms <= ? OR key IN (SELECT key FROM (SELECT key, sum(units) OVER (ORDER BY until_ms DESC, key) AS newer FROM answers) WHERE newer > ?)',
      ),
    }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
