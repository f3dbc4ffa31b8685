/** Bytes in; a file named by their hash beside the store, and the same bytes later, out. */
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join, parse } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ReplmError } from '../../errors.ts'
import { makeFolder, syncFolder } from './database.ts'

export interface Contents {
  /** Durable when it returns. */
  readonly keep: (bytes: Uint8Array) => string
  /** The same for what comes in blocks. */
  readonly begin: () => Keeping
  /** Throws STORE when it is gone or damaged. */
  readonly read: (hash: string) => Uint8Array<ArrayBuffer>
  /** Its file. Throws as `read` does. */
  readonly path: (hash: string) => string
  /** Of a session. */
  readonly hashesOf: (session: number) => readonly { readonly hash: string; readonly untilMs: number }[]
  /** Removes it if no session refers to it and nobody has kept it again since. */
  readonly drop: (hash: string, untilMs: number) => void
  /** Removes what no session refers to and was not kept within the last day. */
  readonly sweep: () => void
  /** Bytes of all. */
  readonly size: () => number
}

/** What is kept block by block. One that is left is swept away after a day. */
export interface Keeping {
  readonly write: (block: Uint8Array) => void
  /** Durable when it returns; gives the hash. */
  readonly end: () => string
  readonly drop: () => void
}

/** Bytes of a file that are looked at in one go. */
const blockBytes = 1024 * 1024

/** What was kept is held for so long before a session must refer to it, in milliseconds. */
const graceMs = 24 * 3_600_000

/** Where a store's contents lie: `replm.db` has `replm-contents/`. */
export function contentsFolder(file: string): string {
  const { dir, name } = parse(file)
  return join(dir, `${name}-contents`)
}

/** `transaction` runs a function inside a write transaction: what it does to files, no other process does at the same time. */
export function openContents(database: DatabaseSync, file: string, transaction: <T>(step: () => T) => T): Contents {
  const folder = contentsFolder(file)
  const put = database.prepare('INSERT INTO contents (hash, bytes, file, kept_ms) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET kept_ms = excluded.kept_ms')
  const of = database.prepare('SELECT c.hash, s.config_ms AS untilMs FROM session_contents c JOIN sessions s ON s.key = c.session WHERE c.session = ?')
  const unneeded = 'NOT EXISTS (SELECT 1 FROM session_contents s WHERE s.hash = contents.hash)'
  const remove = database.prepare(`DELETE FROM contents WHERE hash = ? AND kept_ms <= ? AND ${unneeded}`)
  const old = database.prepare(`SELECT hash FROM contents WHERE kept_ms <= ? AND ${unneeded}`)
  const known = database.prepare('SELECT 1 FROM contents WHERE file = ?')
  const total = database.prepare('SELECT total(bytes) AS bytes FROM contents')

  function drop(hash: string, untilMs: number): void {
    const isGone = transaction(() => Number(remove.run(hash, untilMs).changes) > 0)
    // A crash here leaves a file that `sweep` finds. Looked at again under the lock: it may have been kept anew.
    if (isGone) removeUnknown(hash)
  }

  function removeUnknown(name: string): void {
    transaction(() => {
      if (known.get(name) === undefined) rmSync(join(folder, name), { force: true })
    })
  }

  function isThere(hash: string, size: number): boolean {
    return statSync(join(folder, hash), { throwIfNoEntry: false })?.size === size
  }

  /** Makes a file that was written, undefined where there was one before, the content of this hash. */
  function place(hash: string, size: number, temporary: string | undefined): void {
    const target = join(folder, hash)
    try {
      transaction(() => {
        if (temporary !== undefined) {
          renameSync(temporary, target)
          syncFolder(folder)
        } else if (statSync(target, { throwIfNoEntry: false }) === undefined) {
          throw gone(hash, target) // removed this very moment
        }
        put.run(hash, size, hash, Date.now())
      })
    } finally {
      if (temporary !== undefined) rmSync(temporary, { force: true })
    }
  }

  function pathOf(hash: string): string {
    return join(folder, /^[0-9a-f]{64}$/.test(hash) ? hash : 'none')
  }

  return {
    keep: (bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      if (isThere(hash, bytes.byteLength)) {
        place(hash, bytes.byteLength, undefined)
        return hash
      }
      const file = openTemporary(folder)
      file.write(bytes)
      file.close()
      place(hash, bytes.byteLength, file.path)
      return hash
    },
    begin: () => {
      const file = openTemporary(folder)
      const sum = createHash('sha256')
      let size = 0
      return {
        write: (block) => {
          sum.update(block)
          size += block.byteLength
          file.write(block)
        },
        end: () => {
          const hash = sum.digest('hex')
          file.close()
          place(hash, size, file.path)
          return hash
        },
        drop: file.drop,
      }
    },
    read: (hash) => {
      const path = pathOf(hash)
      const bytes = orGone(hash, path, () => new Uint8Array(readFileSync(path)))
      if (createHash('sha256').update(bytes).digest('hex') !== hash) throw damaged(path)
      return bytes
    },
    path: (hash) => {
      const path = pathOf(hash)
      if (orGone(hash, path, () => hashOf(path)) !== hash) throw damaged(path)
      return path
    },
    hashesOf: (session) => of.all(session) as unknown as readonly { hash: string; untilMs: number }[], // as the statement says
    drop,
    sweep: () => {
      const before = Date.now() - graceMs
      for (const { hash } of old.all(before) as unknown as readonly { hash: string }[]) drop(hash, before) // as the statement says
      for (const name of namesIn(folder)) {
        const stat = statSync(join(folder, name), { throwIfNoEntry: false })
        if (stat !== undefined && stat.isFile() && stat.mtimeMs <= before) removeUnknown(name)
      }
    },
    size: () => (total.get() as { bytes: number }).bytes, // as the statement says
  }
}

/** A file to be renamed to what it holds. It is gone where anything fails. */
function openTemporary(folder: string): { readonly path: string; readonly write: (bytes: Uint8Array) => void; readonly close: () => void; readonly drop: () => void } {
  makeFolder(folder)
  const path = join(folder, `${randomUUID()}.part`)
  const descriptor = openSync(path, 'wx', 0o600)
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(descriptor)
    isOpen = false
  }
  const drop = (): void => {
    close()
    rmSync(path, { force: true })
  }
  const orDrop = (work: () => void): void => {
    try {
      work()
    } catch (thrown) {
      drop()
      throw thrown
    }
  }
  return {
    path,
    write: (bytes) =>
      orDrop(() => {
        for (let written = 0; written < bytes.byteLength; ) written += writeSync(descriptor, bytes, written)
      }),
    close: () =>
      orDrop(() => {
        fsyncSync(descriptor)
        close()
      }),
    drop,
  }
}

/** Read piece by piece: it may be larger than memory. */
function hashOf(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    const sum = createHash('sha256')
    const block = Buffer.allocUnsafeSlow(blockBytes)
    for (let bytes = readSync(descriptor, block); bytes > 0; bytes = readSync(descriptor, block)) sum.update(block.subarray(0, bytes))
    return sum.digest('hex')
  } finally {
    closeSync(descriptor)
  }
}

function orGone<T>(hash: string, path: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ENOENT') throw gone(hash, path)
    throw thrown
  }
}

function damaged(path: string): ReplmError {
  return new ReplmError('STORE', `What was kept for a session has been changed or damaged since: ${path}. Put back a backup of that file, or open a new session with its documents.`)
}

function gone(hash: string, path: string): ReplmError {
  return new ReplmError('STORE', `What was kept for a session as ${hash} is not there any more: ${path}. Put back a backup of that file, or open a new session with its documents.`)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing has been kept yet
  }
}
