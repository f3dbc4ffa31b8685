/** A file's name in; its database, ready for use and for its owner only, out. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DatabaseSync } from 'node:sqlite'
import { checkVersion, migrate, type Schema } from './migrate.ts'

export interface OpenDatabaseOptions {
  /** How long to wait for another process that writes, in milliseconds. */
  readonly busyMs: number
  /** @default that of a journal */
  readonly schema?: Schema
}

/** The system's errors carry a code, sqlite's a number, whose low byte says what kind it is. */
interface ThrownBySystem {
  readonly code?: string
  readonly errcode?: number
}

export interface OpenedDatabase {
  readonly database: DatabaseSync
  /** What kept it from being opened for writing; undefined where nothing did. */
  readonly hindrance: unknown
}

/** Makes the file and its folder where they are not there; ':memory:' is none. What can only be read is opened for reading. Throws what the system or sqlite throws, and STORE for a file of another kind. */
export function openDatabase(file: string, options: OpenDatabaseOptions): OpenedDatabase {
  try {
    if (file !== ':memory:') makeFile(file)
    return { database: openForWriting(file, options), hindrance: undefined }
  } catch (thrown) {
    if (!isUnwritable(thrown) || (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) throw thrown
    const database = openForReading(file, options)
    const { code, errcode } = thrown as ThrownBySystem
    const isOfDisk = code === 'ENOSPC' || errcode !== undefined && [10, 13].includes(errcode & 0xff)
    // It is there and can be read, whatever the system says of the way it was tried.
    return { database, hindrance: isOfDisk ? thrown : Object.assign(new Error('Only for reading', { cause: thrown }), { code: 'EROFS' }) }
  }
}

function openForWriting(file: string, { busyMs, schema }: OpenDatabaseOptions): DatabaseSync {
  const database = connect(file, busyMs)
  try {
    waitForOthers(busyMs, () => checkVersion(database, file, schema))
    const { journal_mode: mode } = database.prepare('PRAGMA journal_mode').get() as { journal_mode: string } // as the statement says
    // Removed sessions give their room back, which a database must know before its first table.
    if (mode !== 'wal') waitForOthers(busyMs, () => database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL'))
    database.exec('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
    waitForOthers(busyMs, () => migrate(database, file, schema))
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

function makeFile(file: string): void {
  const folder = dirname(file)
  makeFolder(folder)
  const isNew = !isThere(file)
  // Made here, so that sqlite gives its side files the same rights.
  const descriptor = openSync(file, 'a', 0o600)
  closeSync(descriptor)
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  if (isNew) syncFolder(folder)
}

/** For its owner only, and durable, as are the folders above it that were not there. */
export function makeFolder(folder: string): void {
  if (isThere(folder)) return
  const above = dirname(folder)
  // One by one: asked for all at once, Node looks for ever for the first one it can make below /proc.
  if (above !== folder) makeFolder(above)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (thrown) {
    if (!isThere(folder)) throw thrown // another process may have made it meanwhile
  }
  syncFolder(above)
}

/** A file's name is durable only once its folder is. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return // folders cannot be synced there, and need not be
  let descriptor: number
  try {
    descriptor = openSync(folder, 'r')
  } catch {
    return // one that may be written but not read cannot be synced
  }
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function openForReading(file: string, { busyMs, schema }: OpenDatabaseOptions): DatabaseSync {
  let database = connect(file, busyMs, { readOnly: true })
  try {
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get()
  } catch (thrown) {
    database.close()
    // What a write-ahead log holds would be missing without it.
    if (isThere(`${file}-wal`) && statSync(`${file}-wal`).size > 0) throw thrown
    // On a disk where nothing changes, no side file is needed.
    const url = pathToFileURL(file)
    url.searchParams.set('immutable', '1')
    database = connect(url, busyMs, { readOnly: true })
  }
  try {
    checkVersion(database, file, schema)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

function connect(file: string | URL, busyMs: number, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  // At first use: a host that only looks for its sessions' types loads no sqlite.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  return new DatabaseSync(file, { timeout: busyMs, ...options })
}

/** Turning to the write-ahead log and the first look at a log left by a crash need the file for oneself for a moment, which sqlite does not wait for. */
function waitForOthers(busyMs: number, step: () => void): void {
  const untilMs = Date.now() + busyMs
  for (;;) {
    try {
      step()
      return
    } catch (thrown) {
      const { errcode } = thrown as ThrownBySystem
      if (errcode === undefined || (errcode & 0xff) !== 5 || Date.now() >= untilMs) throw thrown
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}

/** A file or disk that can only be read, or one without room for the side files that writing takes. */
function isUnwritable(thrown: unknown): boolean {
  const { code, errcode } = thrown as ThrownBySystem
  if (errcode !== undefined) return [8, 10, 13, 14].includes(errcode & 0xff)
  return code === 'EROFS' || code === 'EACCES' || code === 'EPERM' || code === 'ENOSPC'
}
