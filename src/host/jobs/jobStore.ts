/** A file in; the jobs in it, read and changed at once, and what changed unasked, out. Used by the jobs' thread: everything here waits for the disk. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ReplmError, toWire } from '../../errors.ts'
import { openDatabase } from '../journal/database.ts'
import { storeError } from '../journal/storeError.ts'
import type { JobStatus } from '../../types.ts'
import { openClaims, type Claims } from './claims.ts'
import { openEndings, type Endings } from './endings.ts'
import { openEngines, type Engines } from './engines.ts'
import { openLine } from './line.ts'
import type { JobRecord } from './jobRecord.ts'
import { openMoves, type Moves } from './moves.ts'
import { openReads, type Reads } from './reads.ts'
import { noSuchJob } from './refusal.ts'
import type { JobRow } from './row.ts'
import { jobsSchema } from './schema.ts'
import { openSubmissions, type Submissions } from './submissions.ts'
import { openTellings, type Tellings } from './tellings.ts'
import type { Asks, Change, Changed, Changes, ChangeKind, JobStoreOptions } from './threadMessages.ts'
import { openUpkeep, type Upkeep } from './upkeep.ts'
import type { Outlook } from './outlook.ts'

/** For each engine that has jobs at work one small file is read. */
const lookForGoneEveryMs = 200

const pagesFreedAtOnce = 1_000

export class JobStore {
  readonly #file: string
  readonly #database: DatabaseSync
  /** Why it can only be read; undefined where it can be written. */
  readonly #hindrance: ReplmError | undefined
  readonly #outlook: Outlook
  readonly #savepoint: { readonly begin: StatementSync; readonly keep: StatementSync; readonly undo: StatementSync }
  readonly #version: StatementSync
  readonly #atWork: StatementSync
  readonly #instance: string
  readonly #moves: Moves
  readonly #engines: Engines
  readonly #upkeep: Upkeep
  readonly #submissions: Submissions
  readonly #claims: Claims
  readonly #tellings: Tellings
  readonly #endings: Endings
  readonly #reads: Reads
  /** Rows that the transaction under way has changed. */
  #touched: JobRow[] = []
  #seenVersion: number
  #lookedForGoneMs = -Infinity

  /** Throws STORE. */
  constructor({ file, busyMs, leaseMs, instance }: JobStoreOptions, outlook: Outlook) {
    this.#file = file
    this.#instance = instance
    this.#outlook = outlook
    try {
      const { database, hindrance } = openDatabase(file, { busyMs, schema: jobsSchema })
      this.#database = database
      this.#hindrance = hindrance === undefined ? undefined : jobsError(hindrance, file)
      const onChange = (row: JobRow): void => void this.#touched.push(row)
      this.#savepoint = { begin: database.prepare('SAVEPOINT one'), keep: database.prepare('RELEASE one'), undo: database.prepare('ROLLBACK TO one') }
      this.#version = database.prepare('PRAGMA data_version')
      this.#atWork = database.prepare("SELECT key, epoch, cancel_requested_ms FROM jobs INDEXED BY jobs_at_work WHERE status = 'running' AND worker = ?")
      const line = openLine(database)
      this.#moves = openMoves(database, { instance, line, onChange })
      this.#engines = openEngines(database, { instance, leaseMs })
      this.#upkeep = openUpkeep(database, { moves: this.#moves, engines: this.#engines })
      this.#submissions = openSubmissions(database, { moves: this.#moves, line, purge: this.#upkeep.purge })
      this.#claims = openClaims(database, { instance, moves: this.#moves })
      this.#tellings = openTellings(database, { moves: this.#moves, onChange })
      this.#endings = openEndings(database, { moves: this.#moves, upkeep: this.#upkeep })
      this.#reads = openReads(database)
      this.#seenVersion = this.#dataVersion()
    } catch (thrown) {
      throw jobsError(thrown, file)
    }
  }

  /** One transaction; gives for each change its reply, or why it was not made. */
  commit(changes: readonly Change[]): readonly Changed[] {
    try {
      return this.#transaction(() => changes.map((change) => this.#apply(change)))
    } catch (thrown) {
      const error = toWire(jobsError(thrown, this.#file))
      return changes.map(() => ({ error }))
    }
  }

  /** What one change cannot do is taken back alone. */
  #apply(change: Change): Changed {
    const touched = this.#touched.length
    this.#savepoint.begin.run()
    try {
      const reply = this.#change(change)
      this.#savepoint.keep.run()
      return { reply }
    } catch (thrown) {
      if (!(thrown instanceof ReplmError) && !isItsOwnFault(thrown)) throw thrown
      this.#savepoint.undo.run()
      this.#savepoint.keep.run()
      this.#touched.length = touched
      return { error: toWire(jobsError(thrown, this.#file)) }
    }
  }

  #change({ kind, ask }: Change): Changes[ChangeKind]['reply'] {
    switch (kind) {
      case 'submit':
        if (ask.group !== null) this.#hold([ask.group])
        return this.#reads.record(this.#submissions.submit(ask))
      case 'cancel':
        return this.#reads.record(this.#endings.cancel(this.#found(ask.id)))
      case 'answer':
        return this.#reads.record(this.#endings.answer(this.#reads.row(ask.id), ask))
      case 'hold':
        this.#hold(ask.groups)
        return undefined
      case 'claim': {
        this.#upkeep.settleDue()
        const claimed = this.#claims.claim(ask)
        // With every claim, so that no job is at work without its engine's row: that would be nobody's to take over.
        if (claimed.jobs.length > 0) this.#engines.renew()
        this.#outlook.demanded(ask, claimed.jobs.length < ask.limit)
        return claimed
      }
      case 'session':
        this.#tellings.setSession(this.#moves.held(ask), ask.session)
        return undefined
      case 'tell':
        return this.#tellings.tell(this.#moves.held(ask), ask).untoldForMs
      case 'end':
        this.#endings.end(this.#tellings.tell(this.#moves.held(ask), ask.told, { isLast: true }).row, ask.ending)
        return undefined
    }
  }

  #hold(groups: readonly string[]): void {
    this.#engines.hold(groups)
    this.#engines.renew()
  }

  #found(id: string): JobRow {
    const row = this.#reads.row(id)
    if (row === undefined) throw noSuchJob(id)
    return row
  }

  get(id: string): JobRecord | undefined {
    return this.#readSettled(() => {
      const row = this.#reads.row(id)
      return row === undefined ? undefined : this.#reads.record(row)
    })
  }

  peek(id: string): JobStatus | undefined {
    return this.#readSettled(() => this.#reads.row(id)?.status)
  }

  input(id: string): string | null {
    return this.#read(() => this.#reads.input(id))
  }

  list(ask: Asks['list']['ask']): Asks['list']['reply'] {
    return this.#readSettled(() => this.#reads.list(ask))
  }

  events(ask: Asks['events']['ask']): Asks['events']['reply'] {
    return this.#readSettled(() => this.#reads.events(ask))
  }

  /** For one that is watched anew. */
  stateOf(id: string): string | undefined {
    return this.#read(() => {
      const row = this.#reads.row(id)
      return row === undefined ? undefined : stateOf(row)
    })
  }

  /** Looks for what others have changed, and time. What cannot be read now is looked for again. */
  look(): void {
    try {
      this.#settle()
      const version = this.#dataVersion()
      if (version === this.#seenVersion) return
      this.#seenVersion = version
      const atWork = this.#atWork.all(this.#instance) as unknown as readonly Pick<JobRow, 'key' | 'epoch' | 'cancel_requested_ms'>[] // as the statement says
      this.#outlook.changedElsewhere(atWork, (id) => this.stateOf(id))
    } catch {
      // Whoever asks for something is told what is wrong with the file.
    }
  }

  isClaimable: Claims['isClaimable'] = (demand) => {
    try {
      return this.#claims.isClaimable(demand)
    } catch {
      return false // asked again with the next change
    }
  }

  /** So that nobody is told of a job that waits past its time, or is at work with the dead. */
  #settle(): void {
    if (this.#hindrance !== undefined) return
    if (this.#upkeep.isDue()) {
      const removed = this.#transaction(() => this.#upkeep.settleDue())
      // Their room goes back to the disk, some of it at a time.
      if (removed > 0) this.#database.exec(`PRAGMA incremental_vacuum(${pagesFreedAtOnce})`)
    }
    const now = performance.now()
    if (now - this.#lookedForGoneMs < lookForGoneEveryMs) return
    this.#lookedForGoneMs = now
    for (const { engine, why } of this.#engines.gone()) {
      this.#transaction(() => {
        if (this.#engines.isUnchanged(engine)) this.#upkeep.takeOver(engine.instance, why)
      })
      this.#outlook.freed()
    }
  }

  /** Says that this engine lives, where it has something that others would take. What cannot be said now is said by the next renewal: five of them fit into a lease. */
  renew(): void {
    try {
      if (this.#hindrance === undefined && this.#engines.hasWork()) this.#transaction(() => this.#engines.renew())
    } catch {
      // The disk may be full or locked: then nobody can take over either.
    }
  }

  /** Gives back what is still at work. */
  close(): void {
    try {
      if (this.#hindrance === undefined) {
        this.#transaction(() => {
          for (const { key } of this.#atWork.all(this.#instance) as unknown as readonly { readonly key: number }[]) { // as the statement says
            const row = this.#moves.byKey(key)
            if (row !== undefined) this.#upkeep.giveBack(row, 'workerClosed')
          }
          this.#engines.remove(this.#instance)
        })
      }
    } catch (thrown) {
      throw jobsError(thrown, this.#file)
    } finally {
      try {
        this.#database.close()
      } catch {
        // What was acknowledged is in its log; the next to open it goes on from there.
      }
    }
  }

  /** As it is now: nothing is still waiting whose time is up. */
  #readSettled<T>(step: () => T): T {
    return this.#read(() => {
      this.#settle()
      return step()
    })
  }

  #read<T>(step: () => T): T {
    try {
      return step()
    } catch (thrown) {
      throw jobsError(thrown, this.#file)
    }
  }

  #dataVersion(): number {
    return (this.#version.get() as { readonly data_version: number }).data_version // as the statement says
  }

  #transaction<T>(step: () => T): T {
    if (this.#hindrance !== undefined) throw this.#hindrance
    const database = this.#database
    this.#touched = []
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = step()
      database.exec('COMMIT')
      for (const row of this.#touched) this.#outlook.changed(row, stateOf(row))
      return result
    } catch (thrown) {
      // On a full disk sqlite has taken it back already.
      if (database.isTransaction) database.exec('ROLLBACK')
      throw thrown
    }
  }
}

/** No session has ended by it: what could not be written is asked for again, and workers do so by themselves. */
function jobsError(thrown: unknown, file: string): ReplmError {
  return storeError(thrown, file, 'ask again: what jobs under way have come to is written as soon as there is a way')
}

/** Differs whenever somebody who waits for the job has something to hear. */
function stateOf({ status, last_event: last }: JobRow): string {
  return `${status} ${last}`
}

/** A write that contradicts what is there, or a text that is too big, says nothing of the others. */
function isItsOwnFault(thrown: unknown): boolean {
  const { errcode } = thrown as { errcode?: unknown } // sqlite's errors carry it
  return typeof errcode === 'number' && [18, 19, 20].includes(errcode & 0xff)
}
