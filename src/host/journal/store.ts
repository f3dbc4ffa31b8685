/** A file in; what the journal keeps in it, read and written at once, out. Used by the journal's thread: everything here waits for the disk. */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { ReplmError } from '../../errors.ts'
import { openCommits, type Commits } from './commits.ts'
import { openContents, type Contents, type Keeping } from './contents.ts'
import { openDatabase } from './database.ts'
import type { Claim, NewSession, PruneOptions, SessionRecord, Write } from './journal.ts'
import type { Page } from './pages.ts'
import { openRecords, type Records } from './records.ts'
import { replaced } from './refusal.ts'
import { openSessionRows, type Held, type SessionRows, type Taken } from './sessionRows.ts'
import { storeError } from './storeError.ts'

export interface StoreOptions {
  readonly file: string
  /** How long to wait for another process that writes, in milliseconds. */
  readonly busyMs: number
  /** How long an owner elsewhere is believed to live after its last sign of life, in milliseconds. */
  readonly leaseMs: number
  /** Of the journal: two in one process are two owners. */
  readonly instance: string
}

/** What one session writes with a group. */
export interface Part {
  readonly id: string
  readonly epoch: number
  readonly writes: readonly Write[]
}

/** Why a part was not written. Where it is fatal, the session takes no more of this owner. */
export interface Refused {
  readonly error: ReplmError
  readonly isFatal: boolean
}

/** Rows removed with one transaction: others who write wait for no longer than that takes. */
const removedAtOnce = 2_000
const pagesFreedAtOnce = 1_000

export class Store {
  readonly #file: string
  readonly #database: DatabaseSync
  /** Why it can only be read; undefined where it can be written. */
  readonly #hindrance: ReplmError | undefined
  readonly #sessions: SessionRows
  readonly #commits: Commits
  readonly #records: Records
  readonly #contents: Contents
  /** What is kept block by block at the moment. */
  readonly #keepings = new Map<number, Keeping>()
  #lastKeeping = 0
  /** Sessions of this journal by id. */
  readonly #held = new Map<string, Held>()

  /** Throws STORE. */
  constructor({ file, busyMs, leaseMs, instance }: StoreOptions) {
    this.#file = file
    try {
      const { database, hindrance } = openDatabase(file, { busyMs })
      this.#database = database
      this.#hindrance = hindrance === undefined ? undefined : storeError(hindrance, file)
      this.#sessions = openSessionRows(database, { instance, leaseMs })
      this.#commits = openCommits(database, this.#sessions, { leaseMs })
      this.#records = openRecords(database)
      this.#contents = openContents(database, file, (step) => this.#transaction(step))
    } catch (thrown) {
      throw storeError(thrown, file)
    }
  }

  /** Opened anew, it may be one that can be written. */
  get isReadOnly(): boolean {
    return this.#hindrance !== undefined
  }

  create(session: NewSession): Claim {
    return this.#take(() => this.#sessions.create(session))
  }

  /** `dead` are journals of this process that have gone without giving up what they owned. */
  claim(id: string, dead: readonly string[], replaces: boolean): Claim {
    // Without the lock first: one who is stopped in the middle of a commit is still named at once.
    if (!replaces) this.#read(() => this.#sessions.check(id, dead))
    return this.#take(() => this.#sessions.claim(id, dead, replaces))
  }

  #take(step: () => Taken): Claim {
    let taken: Taken | undefined
    try {
      this.#transaction(() => {
        taken = step()
      })
    } catch (thrown) {
      const error = storeError(thrown, this.#file)
      if (taken !== undefined) (taken as Taken).held.failure = error // narrowing does not see into the function
      throw error
    }
    const { claim, held } = taken as unknown as Taken // the transaction was carried out
    this.#held.set(held.id, held)
    return claim
  }

  release(id: string, epoch: number): void {
    const held = this.#held.get(id)
    if (held === undefined || held.epoch !== epoch) return
    this.#held.delete(id)
    const { failure } = held
    try {
      this.#transaction(() => this.#sessions.release(held))
    } catch (thrown) {
      // Nobody owns it, whatever its row says: for this journal `failure` tells, for others the end of the process.
      if (failure === undefined) throw storeError(thrown, this.#file)
    }
  }

  /** One transaction; gives for each part why it was not written, or null. */
  commit(parts: readonly Part[]): readonly (Refused | null)[] {
    const results = parts.map((): Refused | null => null)
    try {
      this.#transaction(() => {
        for (const [index, part] of parts.entries()) results[index] = this.#apply(part, parts.length > 1)
      })
    } catch (thrown) {
      const error = storeError(thrown, this.#file)
      for (const [index, part] of parts.entries()) results[index] ??= this.#refuse(part, error)
    }
    return results
  }

  #apply(part: Part, hasOthers: boolean): Refused | null {
    const held = this.#held.get(part.id)
    if (held === undefined || held.epoch !== part.epoch) return { error: replaced({ id: part.id, name: null }), isFatal: true }
    if (held.failure !== undefined) return { error: held.failure, isFatal: true }
    // What one session cannot write is taken back alone, where others write with it.
    if (hasOthers) this.#database.exec('SAVEPOINT part')
    try {
      const error = this.#commits.apply(held, part.writes)
      if (hasOthers) this.#database.exec('RELEASE part')
      return error === undefined ? null : { error, isFatal: false }
    } catch (thrown) {
      if (!(thrown instanceof ReplmError) && (!hasOthers || !isItsOwnFault(thrown))) throw thrown
      if (hasOthers) this.#database.exec('ROLLBACK TO part; RELEASE part')
      return this.#refuse(part, storeError(thrown, this.#file))
    }
  }

  #refuse({ id, epoch }: Part, error: ReplmError): Refused {
    const held = this.#held.get(id)
    if (held !== undefined && held.epoch === epoch) held.failure ??= error
    return { error: held?.failure ?? error, isFatal: true }
  }

  /** Says of all its sessions that their owner lives. What cannot be said now is said by the next write, or not at all. */
  renew(): void {
    const held = [...this.#held.values()].filter(({ failure }) => failure === undefined)
    if (held.length === 0) return
    try {
      this.#transaction(() => {
        for (const holding of held) this.#sessions.renew(holding)
      })
    } catch {
      // The lease ends by itself then: only an owner elsewhere goes by it.
    }
  }

  find(idOrName: string): SessionRecord | undefined {
    return this.#read(() => this.#sessions.find(idOrName))
  }

  list(): readonly SessionRecord[] {
    return this.#read(() => this.#sessions.list())
  }

  executions(id: string, after: number): Page {
    return this.#page(id, (session) => this.#records.executions(session, after))
  }

  tape(id: string, after: number): Page {
    return this.#page(id, (session) => this.#records.tape(session, after))
  }

  bought(id: string, of: { readonly cell: string; readonly generation: number; readonly after: number }): Page {
    return this.#page(id, (session) => this.#records.bought(session, of))
  }

  boughtByCell(id: string): Page {
    return this.#page(id, (session) => this.#records.boughtByCell(session))
  }

  answers(id: string, numbers: readonly number[]): Page {
    return this.#page(id, (session) => this.#records.answers(session, numbers))
  }

  answersAfter(id: string, after: number): Page {
    return this.#page(id, (session) => this.#records.answersAfter(session, after))
  }

  keep(bytes: Uint8Array): string {
    return this.#read(() => this.#contents.keep(bytes))
  }

  keepBegin(): number {
    const number = ++this.#lastKeeping
    this.#read(() => this.#keepings.set(number, this.#contents.begin()))
    return number
  }

  keepBlock(keeping: number, bytes: Uint8Array): void {
    this.#read(() => this.#keepings.get(keeping)?.write(bytes))
  }

  keepEnd(number: number): string {
    const keeping = this.#keepings.get(number)
    this.#keepings.delete(number)
    if (keeping === undefined) throw new ReplmError('STORE', 'What was to be kept for a session was given up before it was whole')
    return this.#read(() => keeping.end())
  }

  keepDrop(number: number): void {
    const keeping = this.#keepings.get(number)
    this.#keepings.delete(number)
    keeping?.drop()
  }

  keptFile(hash: string): string {
    return this.#read(() => this.#contents.path(hash))
  }

  kept(hash: string): Uint8Array<ArrayBuffer> {
    return this.#read(() => this.#contents.read(hash))
  }

  /** Out of sight with the first step; between the others there is time for other work. */
  *remove(id: string): Generator<void, void> {
    const line = this.#read(() => this.#transaction(() => this.#hide(id)))
    yield* this.#purge([...line.keys()])
  }

  /** In steps, as `remove`. */
  *prune({ unusedForMs, onlyUnnamed, atMost, except }: Required<PruneOptions>): Generator<void, readonly string[]> {
    const before = Date.now() - unusedForMs
    const removed: string[] = []
    const keys = this.#read(() => [...this.#sessions.halfRemoved()])
    for (const id of this.#read(() => this.#sessions.unusedSince(before, { onlyUnnamed, atMost, except }))) {
      const line = this.#read(() => this.#transaction(() => (this.#isUnused(id, before) ? this.#hide(id) : undefined)))
      if (line === undefined) continue
      removed.push(...line.values())
      keys.push(...line.keys())
      yield
    }
    yield* this.#purge(keys)
    this.#read(() => this.#contents.sweep())
    return removed
  }

  #isUnused(id: string, before: number): boolean {
    try {
      return [...this.#sessions.lineOf(id).keys()].every((key) => this.#sessions.usedMs(key) <= before)
    } catch (thrown) {
      if (thrown instanceof ReplmError) return false // owned, or gone meanwhile
      throw thrown
    }
  }

  #hide(id: string): ReadonlyMap<number, string> {
    const line = this.#sessions.lineOf(id)
    for (const key of line.keys()) this.#sessions.hide(key)
    return line
  }

  /** A crash in the middle leaves sessions that nobody sees; `prune` goes on with them. */
  *#purge(keys: readonly number[]): Generator<void, void> {
    for (const key of keys) yield* this.#purgeOne(key)
    // Pages that are free go back to the disk.
    for (let free = this.#freePages(); free > 0; ) {
      this.#read(() => this.#database.exec(`PRAGMA incremental_vacuum(${pagesFreedAtOnce})`))
      yield
      const left = this.#freePages()
      if (left >= free) break // another process has taken them
      free = left
    }
    if (keys.length > 0) this.#read(() => this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
  }

  *#purgeOne(session: number): Generator<void, void> {
    for (const [table, key] of [['tape', 'n'], ['answers', 'answer'], ['executions', 'execution']] as const) {
      const some = this.#read(() =>
        this.#database.prepare(`DELETE FROM ${table} WHERE session = ?1 AND ${key} IN (SELECT ${key} FROM ${table} WHERE session = ?1 LIMIT ${removedAtOnce})`),
      )
      while (this.#read(() => this.#transaction(() => Number(some.run(session).changes))) === removedAtOnce) yield
    }
    this.#read(() => {
      const contents = this.#contents.hashesOf(session)
      this.#transaction(() => {
        for (const table of ['intents', 'configs', 'session_contents']) this.#database.prepare(`DELETE FROM ${table} WHERE session = ?`).run(session)
        this.#database.prepare('DELETE FROM sessions WHERE key = ?').run(session)
      })
      for (const { hash, untilMs } of contents) this.#contents.drop(hash, untilMs)
    })
    yield
  }

  #freePages(): number {
    return this.#read(() => this.#database.prepare('PRAGMA freelist_count').get() as { freelist_count: number }).freelist_count // as the statement says
  }

  size(): number {
    return this.#read(() => ['', '-wal', '-shm'].reduce((bytes, end) => bytes + (statSync(this.#file + end, { throwIfNoEntry: false })?.size ?? 0), this.#contents.size()))
  }

  version(): number {
    return this.#read(() => this.#database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version // as the statement says
  }

  /** Gives up all it owns. Says whether it could. */
  close(): boolean {
    let isReleased = true
    for (const keeping of this.#keepings.values()) keeping.drop()
    for (const { id, epoch, failure } of this.#held.values()) {
      try {
        this.release(id, epoch)
        isReleased &&= failure === undefined
      } catch {
        isReleased = false
      }
    }
    try {
      this.#database.close()
    } catch {
      // What was acknowledged is in its log; the next to open it goes on from there.
    }
    return isReleased
  }

  #page(id: string, read: (session: number) => Page): Page {
    return this.#read(() => {
      const session = this.#sessions.keyOf(id)
      return session === undefined ? { values: [], next: null } : read(session)
    })
  }

  #read<T>(step: () => T): T {
    try {
      return step()
    } catch (thrown) {
      throw storeError(thrown, this.#file)
    }
  }

  #transaction<T>(step: () => T): T {
    if (this.#hindrance !== undefined) throw this.#hindrance
    const database = this.#database
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = step()
      database.exec('COMMIT')
      return result
    } catch (thrown) {
      // On a full disk sqlite has taken it back already.
      if (database.isTransaction) database.exec('ROLLBACK')
      throw thrown
    }
  }
}

/** A write that contradicts what is there says nothing of other sessions' writes, nor does a text that is too big. */
function isItsOwnFault(thrown: unknown): boolean {
  const { errcode } = thrown as { errcode?: unknown } // sqlite's errors carry it
  return typeof errcode === 'number' && [18, 19, 20].includes(errcode & 0xff)
}
