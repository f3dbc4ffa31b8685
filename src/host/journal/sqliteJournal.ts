/** A file in; a journal that survives the process and a power cut, out. All work on the file is done by a thread. */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { fromWire, type ReplmError } from '../../errors.ts'
import { exportLines } from './exportLines.ts'
import { startJournalThread, type JournalThread } from './journalThread.ts'
import type { AnswerRecord, BoughtKey, CellSpending, Claim, ClaimOptions, ExecutionRecord, Journal, NewSession, PruneOptions, SessionRecord, TapeRecord, Write } from './journal.ts'
import { answersOf, boughtOf, executionsOf, spendingOf, pageLimits, tapeOf, type Page } from './pages.ts'
import type { StoreOptions } from './store.ts'
import { givenUp, journalDisposed, notFound } from './refusal.ts'

export interface SqliteJournalOptions {
  /** Its file; made, with its folder, for its owner alone, where it is not there. */
  readonly file: string
  /** How long to wait for another process that writes to the same file, in milliseconds. @default 30 000 */
  readonly busyMs?: number
  /** How long an owner on another machine or in another container is believed to live after its last sign of life, in milliseconds. One here is looked at. @default 60 000 */
  readonly leaseMs?: number
}

/** What one session writes with one group: its calls share one fate. */
interface OpenPart {
  readonly id: string
  readonly epoch: number
  readonly writes: Write[]
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: ReplmError) => void
  readonly owned: Owned
}

/** A session that this journal owns. */
interface Owned {
  readonly epoch: number
  /** Why it takes no more writes. */
  failure: ReplmError | undefined
  /** What it writes with the next group. */
  part: OpenPart | undefined
}

/** Journals of this process that have gone without giving up all they owned: their sessions are free. */
const dead: string[] = []

/** Starts the thread and does not wait for it: what is wrong with the file is said, as STORE, by whatever is asked first. */
export async function openSqliteJournal({ file, busyMs = 30_000, leaseMs = 60_000 }: SqliteJournalOptions): Promise<Journal> {
  return new SqliteJournal({ file: resolve(file), busyMs, leaseMs, instance: randomUUID() })
}

class SqliteJournal implements Journal {
  readonly #instance: string
  readonly #thread: JournalThread
  readonly #owned = new Map<string, Owned>()
  /** The next group. */
  #parts: OpenPart[] = []
  #groupsUnderWay = 0
  #isScheduled = false
  #disposal: Promise<void> | undefined

  constructor(options: StoreOptions) {
    this.#instance = options.instance
    this.#thread = startJournalThread(options, () => dead.push(this.#instance))
  }

  async create(session: NewSession): Promise<Claim> {
    return this.#own(await this.#ask('create', { session }))
  }

  async claim(id: string, { replaces = false }: ClaimOptions = {}): Promise<Claim> {
    return this.#own(await this.#ask('claim', { id, dead, replaces }))
  }

  #own(claim: Claim): Claim {
    this.#owned.set(claim.session.id, { epoch: claim.epoch, failure: undefined, part: undefined })
    return claim
  }

  async release({ session: { id }, epoch }: Claim): Promise<void> {
    const owned = this.#owned.get(id)
    if (owned === undefined || owned.epoch !== epoch) return
    const released = this.#ask('release', { id, epoch })
    this.#owned.delete(id)
    await released
  }

  write(claim: Claim, writes: readonly Write[]): Promise<void> | undefined {
    const owned = this.#owned.get(claim.session.id)
    if (this.#disposal !== undefined) return rejected(journalDisposed())
    if (owned === undefined || owned.epoch !== claim.epoch) return rejected(givenUp(claim.session))
    if (owned.failure !== undefined) return rejected(owned.failure)
    if (writes.some(isRename)) return this.#writeAlone(claim, owned, writes)
    const part = (owned.part ??= this.#open(claim, owned))
    for (const write of writes) part.writes.push(write)
    this.#schedule()
    return part.promise
  }

  /** A name may be refused without an end to the session, so nothing else shares its fate. */
  #writeAlone(claim: Claim, owned: Owned, writes: readonly Write[]): Promise<void> {
    this.#post()
    const part = this.#open(claim, owned)
    part.writes.push(...writes)
    this.#post()
    return part.promise
  }

  #open({ session: { id }, epoch }: Claim, owned: Owned): OpenPart {
    const { promise, resolve: written, reject } = Promise.withResolvers<void>()
    // Who does not wait for this write is told by the next.
    promise.catch(() => undefined)
    const part = { id, epoch, writes: [], promise, resolve: written, reject, owned }
    this.#parts.push(part)
    return part
  }

  /** One group for all that is written within a turn of the loop; and one for all that is written while another is on its way. */
  #schedule(): void {
    if (this.#isScheduled || this.#groupsUnderWay > 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#post()
    })
  }

  #post(): void {
    const parts = this.#parts
    if (parts.length === 0) return
    this.#parts = []
    this.#groupsUnderWay++
    for (const { owned } of parts) owned.part = undefined
    this.#thread.write(
      parts.map(({ id, epoch, writes }) => ({ id, epoch, writes })),
      (refused) => {
        for (const { index, error, isFatal } of refused) fail(parts[index], fromWire(error), isFatal)
        this.#settled(parts)
      },
      (error) => {
        for (const part of parts) fail(part, error, true)
        this.#settled(parts)
      },
    )
  }

  #settled(parts: readonly OpenPart[]): void {
    this.#groupsUnderWay--
    for (const part of parts) part.resolve() // of one that was rejected it changes nothing
    if (this.#groupsUnderWay === 0) this.#post()
  }

  find(idOrName: string): Promise<SessionRecord | undefined> {
    return this.#ask('find', { idOrName })
  }

  list(): Promise<readonly SessionRecord[]> {
    return this.#ask('list', {})
  }

  async executions(id: string): Promise<readonly ExecutionRecord[]> {
    return (await Array.fromAsync(this.#pages((after) => this.#ask('executions', { id, after })))).flatMap(executionsOf)
  }

  async *tape(id: string): AsyncGenerator<readonly TapeRecord[]> {
    for await (const page of this.#pages((after) => this.#ask('tape', { id, after }))) yield tapeOf(page)
  }

  async bought(id: string, { cell, generation }: { readonly cell: string; readonly generation: number }): Promise<readonly BoughtKey[]> {
    return (await Array.fromAsync(this.#pages((after) => this.#ask('bought', { id, cell, generation, after })))).flatMap(boughtOf)
  }

  async boughtByCell(id: string): Promise<readonly CellSpending[]> {
    return spendingOf(await this.#ask('boughtByCell', { id }))
  }

  async answers(id: string, numbers: readonly number[]): Promise<readonly AnswerRecord[]> {
    const answers: AnswerRecord[] = []
    // The next ones are looked up while these are worked on; and a page at a time, so that the host's loop goes on between them.
    const ask = (from: number): Promise<Page> | undefined => {
      const asked = from < numbers.length ? this.#ask('answers', { id, numbers: numbers.slice(from, from + pageLimits.rows) }) : undefined
      asked?.catch(() => undefined) // told where it is awaited
      return asked
    }
    let ahead = ask(0)
    for (let from = 0; ahead !== undefined; ) {
      const asked: Promise<Page> = ahead
      const expected: number = from + pageLimits.rows
      ahead = ask(expected)
      const page = await asked
      answers.push(...answersOf(page))
      from = page.next === null ? expected : from + page.next
      if (from !== expected) ahead = ask(from) // big texts made it a short page
    }
    return answers
  }

  async keep(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
    if (!(bytes instanceof Uint8Array)) return this.#keepBlocks(bytes)
    const copy = new Uint8Array(bytes)
    return this.#ask('keep', { bytes: copy }, [copy.buffer])
  }

  /** The next block is read while one is written. */
  async #keepBlocks(blocks: AsyncIterable<Uint8Array>): Promise<string> {
    const keeping = await this.#ask('keepBegin', {})
    let writing: Promise<void> = Promise.resolve()
    try {
      for await (const block of blocks) {
        await writing
        const copy = new Uint8Array(block)
        writing = this.#ask('keepBlock', { keeping, bytes: copy }, [copy.buffer])
        // Awaited above or below; not before the next block is there.
        writing.catch(() => undefined)
      }
      await writing
    } catch (thrown) {
      await this.#ask('keepDrop', { keeping }).catch(() => undefined) // what was wrong before says more
      throw thrown
    }
    return this.#ask('keepEnd', { keeping })
  }

  keptFile(hash: string): Promise<string | null> {
    return this.#ask('keptFile', { hash })
  }

  kept(hash: string): Promise<Uint8Array> {
    return this.#ask('kept', { hash })
  }

  remove(id: string): Promise<void> {
    return this.#ask('remove', { id })
  }

  prune({ unusedForMs, onlyUnnamed = false, atMost = Infinity, except = [] }: PruneOptions): Promise<readonly string[]> {
    return this.#ask('prune', { unusedForMs, onlyUnnamed, atMost, except })
  }

  async *export(id: string): AsyncGenerator<string> {
    const session = await this.find(id)
    if (session === undefined || session.id !== id) throw notFound(id)
    async function* answers(pages: AsyncIterable<Page>): AsyncGenerator<readonly AnswerRecord[]> {
      for await (const page of pages) yield answersOf(page)
    }
    yield* exportLines({
      session,
      executions: await this.executions(id),
      tape: this.tape(id),
      answers: answers(this.#pages((after) => this.#ask('answersAfter', { id, after }))),
    })
  }

  size(): Promise<number> {
    return this.#ask('size', {})
  }

  version(): Promise<number> {
    return this.#ask('version', {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose()
    await this.#disposal
  }

  async #dispose(): Promise<void> {
    this.#post()
    const isReleased = await this.#thread.ask('close', {}).catch(() => false) // a thread that has ended gives nothing up
    if (!isReleased) dead.push(this.#instance)
    await this.#thread.end()
  }

  /** Pages until there is none, each asked for while the one before is worked on. */
  async *#pages(ask: (after: number) => Promise<Page>): AsyncGenerator<Page> {
    let asked: Promise<Page> | undefined = ask(0)
    while (asked !== undefined) {
      const page: Page = await asked
      asked = page.next === null ? undefined : ask(page.next)
      asked?.catch(() => undefined) // whoever stops early does not hear of it
      yield page
    }
  }

  /** What was written before is there when the thread looks. */
  #ask: JournalThread['ask'] = async (kind, ask, transferred) => {
    if (this.#disposal !== undefined) throw journalDisposed()
    this.#post()
    return await this.#thread.ask(kind, ask, transferred)
  }
}

function fail(part: OpenPart | undefined, error: ReplmError, isFatal: boolean): void {
  if (part === undefined) return
  if (isFatal) part.owned.failure ??= error
  part.reject(error)
  // What had been put into the next group meanwhile fails there, by the thread's word.
}

function isRename(write: Write): boolean {
  return write.type === 'session.changed' && write.name !== undefined
}

/** A rejection that may go unseen: who does not wait for this write is told by the next. */
function rejected(error: ReplmError): Promise<void> {
  const rejection = Promise.reject<void>(error)
  rejection.catch(() => undefined)
  return rejection
}
