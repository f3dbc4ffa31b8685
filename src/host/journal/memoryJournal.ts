/** Nothing in; a journal that lives as long as the process, out. What it keeps of answers and entries stands outside V8's heap. */
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { ReplmError } from '../../errors.ts'
import { contentsOf } from './contentsOf.ts'
import { exportLines } from './exportLines.ts'
import type { AnswerRecord, BoughtKey, CellSpending, Claim, ClaimOptions, ExecutionRecord, ExecutionState, Journal, NewSession, PruneOptions, SessionRecord, TapeRecord, Write } from './journal.ts'
import { apply, claimOf, createSession, giveUp, page, recordOf, type MemorySession } from './memorySession.ts'
import { answersOf, boughtOf, pageLimits, tapeOf, type Value } from './pages.ts'
import { givenUp, idTaken, inUse, journalDisposed, nameTaken, notFound, replaced } from './refusal.ts'
import { tally } from './tally.ts'

export function openMemoryJournal(): Journal {
  return new MemoryJournal()
}

class MemoryJournal implements Journal {
  readonly #sessions = new Map<string, MemorySession>()
  readonly #byName = new Map<string, MemorySession>()
  readonly #contents = new Map<string, Uint8Array>()
  #isDisposed = false

  async create(made: NewSession): Promise<Claim> {
    this.#check()
    if (this.#sessions.has(made.id)) throw idTaken(made.id)
    if (made.name !== null && this.#byName.has(made.name)) throw nameTaken(made.name)
    const session = createSession(made)
    this.#sessions.set(made.id, session)
    if (made.name !== null) this.#byName.set(made.name, session)
    return claimOf(session)
  }

  async find(idOrName: string): Promise<SessionRecord | undefined> {
    this.#check()
    const session = this.#sessions.get(idOrName) ?? this.#byName.get(idOrName)
    return session === undefined ? undefined : recordOf(session)
  }

  async list(): Promise<readonly SessionRecord[]> {
    this.#check()
    return [...this.#sessions.values()].toSorted((a, b) => b.usedMs - a.usedMs).map(recordOf)
  }

  async claim(id: string, { replaces = false }: ClaimOptions = {}): Promise<Claim> {
    this.#check()
    const session = this.#sessions.get(id)
    if (session === undefined) throw notFound(id)
    if (session.ownedMs !== null && !replaces) throw inUse({ id, name: session.name }, ownerOf(session.ownedMs))
    await this.release(claimOf(session))
    session.epoch++
    session.ownedMs = Date.now()
    return claimOf(session)
  }

  async release(claim: Claim): Promise<void> {
    const session = this.#sessions.get(claim.session.id)
    if (session?.epoch !== claim.epoch || session.ownedMs === null) return
    giveUp(session)
  }

  write(claim: Claim, writes: readonly Write[]): Promise<void> | undefined {
    const session = this.#sessions.get(claim.session.id)
    if (session === undefined || session.epoch !== claim.epoch || session.ownedMs === null) return this.#refuse(claim, session)
    for (const write of writes) {
      if (write.type !== 'session.changed' || write.name === undefined || write.name === null) continue
      if ((this.#byName.get(write.name) ?? session) !== session) return handled(nameTaken(write.name))
    }
    session.usedMs = Date.now()
    for (const write of writes) {
      tally(session.sum, write)
      apply(session, write)
      if (write.type === 'session.changed' && write.name !== undefined) this.#rename(session, write.name)
    }
    return undefined
  }

  #rename(session: MemorySession, name: string | null): void {
    if (session.name !== null) this.#byName.delete(session.name)
    session.name = name
    if (name !== null) this.#byName.set(name, session)
  }

  async executions(id: string): Promise<readonly ExecutionRecord[]> {
    this.#check()
    return [...(this.#sessions.get(id)?.executions.values() ?? [])].map((record) => ({ ...record }))
  }

  async *tape(id: string): AsyncGenerator<readonly TapeRecord[]> {
    this.#check()
    const session = this.#sessions.get(id)
    if (session === undefined) return
    const { tape } = session
    const isOut = (state: ExecutionState | undefined): boolean => state === 'cut' || state === 'left'
    // Those that are there now; some at a time, so that a long tape does not hold up the loop.
    for (let from = 0, to = tape.length; from < Math.min(to, tape.length); from += pageLimits.rows) {
      const records = tapeOf(page(tape, from, Math.min(to, tape.length)))
      yield records.filter(({ execution }) => !isOut(session.executions.get(execution)?.state))
    }
  }

  async bought(id: string, of: { readonly cell: string; readonly generation: number }): Promise<readonly BoughtKey[]> {
    this.#check()
    const session = this.#sessions.get(id)
    const rows = session?.cells.get(of.cell)?.rows.get(of.generation)
    if (session === undefined || rows === undefined) return []
    const values: Value[] = []
    for (let index = 0; index < rows.length; index++) session.answers.read(rows.at(index), values, 3)
    return boughtOf({ values, next: null })
  }

  async boughtByCell(id: string): Promise<readonly CellSpending[]> {
    this.#check()
    return [...(this.#sessions.get(id)?.cells ?? [])].map(([cell, { answers, inputTokens, outputTokens, usd, isPriced }]) => ({ cell, answers, inputTokens, outputTokens, usd: isPriced ? usd : null }))
  }

  async answers(id: string, numbers: readonly number[]): Promise<readonly AnswerRecord[]> {
    this.#check()
    const session = this.#sessions.get(id)
    const values: Value[] = []
    for (const number of numbers) {
      const row = session?.numbers.find(number)
      if (row !== undefined) session?.answers.read(row, values)
    }
    return answersOf({ values, next: null })
  }

  async keep(given: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
    this.#check()
    const bytes = given instanceof Uint8Array ? given : Buffer.concat(await Array.fromAsync(given, (block) => new Uint8Array(block)))
    const hash = createHash('sha256').update(bytes).digest('hex')
    if (!this.#contents.has(hash)) this.#contents.set(hash, new Uint8Array(bytes))
    return hash
  }

  async keptFile(hash: string): Promise<null> {
    await this.kept(hash)
    return null
  }

  async kept(hash: string): Promise<Uint8Array> {
    this.#check()
    const bytes = this.#contents.get(hash)
    if (bytes === undefined) throw new ReplmError('STORE', `What was kept as ${hash} is gone: it lived in memory, for the session that it belonged to. Open the session again with its documents.`)
    return bytes
  }

  async remove(id: string): Promise<void> {
    this.#check()
    const line = this.#lineOf(id)
    if (line.length === 0) throw notFound(id)
    const owned = line.find(({ ownedMs }) => ownedMs !== null)
    if (owned !== undefined) throw inUse({ id: owned.made.id, name: owned.name }, ownerOf(owned.ownedMs ?? 0))
    this.#drop(line)
  }

  async prune({ unusedForMs, onlyUnnamed = false, atMost = Infinity, except = [] }: PruneOptions): Promise<readonly string[]> {
    this.#check()
    const before = Date.now() - unusedForMs
    const removed: string[] = []
    let lines = 0
    for (const { made } of [...this.#sessions.values()].filter(({ made: { id, parent } }) => (parent === null || !this.#sessions.has(parent)) && !except.includes(id)).toSorted((a, b) => a.usedMs - b.usedMs)) {
      const line = this.#lineOf(made.id)
      if (line.some(({ ownedMs, usedMs }) => ownedMs !== null || usedMs > before)) continue
      const [first] = line
      if (onlyUnnamed && (first?.name !== null || first.config.job === true || first.executions.get(first.sum.execution)?.state === 'running')) continue
      if (lines++ >= atMost) break
      this.#drop(line)
      removed.push(...line.map((session) => session.made.id))
    }
    return removed
  }

  /** A session and those made from it. */
  #lineOf(id: string): readonly MemorySession[] {
    const session = this.#sessions.get(id)
    if (session === undefined) return []
    return [session, ...[...this.#sessions.values()].filter(({ made }) => made.parent === id && made.id !== id).flatMap(({ made }) => this.#lineOf(made.id))]
  }

  #drop(line: readonly MemorySession[]): void {
    for (const session of line) {
      this.#sessions.delete(session.made.id)
      if (session.name !== null) this.#byName.delete(session.name)
    }
    const needed = new Set([...this.#sessions.values()].flatMap(({ config }) => contentsOf(config)))
    for (const hash of line.flatMap(({ config }) => contentsOf(config))) if (!needed.has(hash)) this.#contents.delete(hash)
  }

  async *export(id: string): AsyncGenerator<string> {
    this.#check()
    const session = this.#sessions.get(id)
    if (session === undefined) throw notFound(id)
    async function* pages({ answers }: MemorySession): AsyncGenerator<readonly AnswerRecord[]> {
      for (let from = 0, to = answers.length; from < to; from += pageLimits.rows) yield answersOf(page(answers, from, to))
    }
    yield* exportLines({ session: recordOf(session), executions: await this.executions(id), tape: this.tape(id), answers: pages(session) })
  }

  async size(): Promise<number> {
    return 0
  }

  async version(): Promise<number> {
    return 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    this.#sessions.clear()
    this.#byName.clear()
    this.#contents.clear()
  }

  #check(): void {
    if (this.#isDisposed) throw journalDisposed()
  }

  #refuse(claim: Claim, session: MemorySession | undefined): Promise<void> {
    if (this.#isDisposed) return handled(journalDisposed())
    const isReplaced = session !== undefined && session.epoch !== claim.epoch && session.ownedMs !== null
    return handled(isReplaced ? replaced(claim.session, ownerOf(session.ownedMs ?? 0)) : givenUp(claim.session))
  }
}

/** A rejection that may go unseen: who does not wait for this write is told by the next. */
function handled(error: ReplmError): Promise<void> {
  const rejection = Promise.reject<void>(error)
  rejection.catch(() => undefined)
  return rejection
}

function ownerOf(sinceMs: number): { pid: number; host: string; sinceMs: number; isUs: boolean } {
  return { pid: process.pid, host: hostname(), sinceMs, isUs: true }
}
