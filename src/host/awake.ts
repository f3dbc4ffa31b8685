/** Ids of sessions in; the sessions, opened when they are used and put to sleep when they are not, out. One that sleeps holds no memory, and is brought back from its journal. */
import { ReplmError } from '../errors.ts'
import type { Session } from './session.ts'

export interface AwakeOptions {
  /** Rejects with NOT_FOUND, or with IN_USE for one that another process has open, unless it `replaces` that. */
  readonly open: (id: string, options: UseOptions) => Promise<Session>
  /** After so long without use a session is put to sleep, in milliseconds. */
  readonly idleMs: number
  /** So many are awake at the most; a use above that waits until one can sleep. */
  readonly atMost: number
}

export interface UseOptions {
  /** Takes it from a process that has it open: the engine of jobs says that it has let go, or should have. @default false */
  readonly replaces?: boolean
}

interface Entry {
  readonly id: string
  readonly session: Promise<Session>
  users: number
  timer: NodeJS.Timeout | undefined
  /** It is on its way to sleep: it can be opened again when this resolves. */
  falling: Promise<void> | undefined
}

/** The sessions that this process holds open by itself. */
export class Awake implements AsyncDisposable {
  readonly #options: AwakeOptions
  /** In the order in which they were last used. */
  readonly #entries = new Map<string, Entry>()
  /** Uses that wait for room. */
  readonly #waiting: (() => void)[] = []
  #isDisposed = false

  constructor(options: AwakeOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** Whether it is open here. */
  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Wakes it where it sleeps, and keeps it awake until `work` is done. */
  async use<T>(id: string, work: (session: Session) => Promise<T>, options: UseOptions = {}): Promise<T> {
    const entry = await this.#take(id, options)
    try {
      return await work(await entry.session)
    } finally {
      this.#letGo(entry)
    }
  }

  /** Takes in a session that is open: from here on it is this one's to close. */
  async add(session: Session): Promise<void> {
    for (let room = this.#room(); room !== undefined; room = this.#room()) await room
    const entry = this.#enter(session.id, Promise.resolve(session))
    this.#letGo(entry)
  }

  /** Puts it to sleep at once. Rejects with IN_USE while it is used. */
  async sleep(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    if (entry.users > 0) throw new ReplmError('IN_USE', `A cell of the session ${id} runs`)
    await this.#fall(entry)
  }

  /** Puts it to sleep at once, whoever uses it: what runs in it ends with DISPOSED here, and can go on when it is woken. */
  async drop(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry !== undefined) await this.#fall(entry)
  }

  /** Puts all to sleep, also those that are used. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    for (const goOn of this.#waiting.splice(0)) goOn()
    await Promise.all([...this.#entries.values()].map((entry) => this.#fall(entry)))
  }

  async #take(id: string, options: UseOptions): Promise<Entry> {
    for (;;) {
      if (this.#isDisposed) throw new ReplmError('DISPOSED', 'This replm is closed; open another one')
      const known = this.#entries.get(id)
      if (known === undefined) {
        const room = this.#room()
        if (room === undefined) return this.#enter(id, this.#options.open(id, options))
        await room
        continue
      }
      if (known.falling === undefined) {
        known.users += 1
        clearTimeout(known.timer)
        return known
      }
      await known.falling
    }
  }

  /** Undefined where there is room; else it resolves when there may be. */
  #room(): Promise<void> | undefined {
    if (this.#entries.size < this.#options.atMost) return undefined
    const idle = [...this.#entries.values()].find(({ users, falling }) => users === 0 && falling === undefined)
    return idle === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : this.#fall(idle)
  }

  #enter(id: string, session: Promise<Session>): Entry {
    const entry: Entry = { id, session, users: 1, timer: undefined, falling: undefined }
    this.#entries.set(id, entry)
    // What cannot be opened is not there: whoever uses it is told.
    session.catch(() => this.#remove(entry))
    return entry
  }

  #letGo(entry: Entry): void {
    entry.users -= 1
    if (entry.users > 0 || entry.falling !== undefined || this.#entries.get(entry.id) !== entry) return
    this.#entries.delete(entry.id)
    this.#entries.set(entry.id, entry)
    entry.timer = setTimeout(() => void this.#doze(entry), this.#options.idleMs).unref()
    if (this.#waiting.length > 0) void this.#fall(entry)
  }

  /** What a cell made that was ended by force cannot be brought back: such a session sleeps only when its place is wanted. */
  async #doze(entry: Entry): Promise<void> {
    const { cells } = await entry.session
    if (entry.users === 0 && cells.every(({ state }) => state !== 'cut')) await this.#fall(entry)
  }

  #fall(entry: Entry): Promise<void> {
    clearTimeout(entry.timer)
    entry.falling ??= entry.session
      .then((session) => session[Symbol.asyncDispose](), () => undefined) // one that was never opened
      .finally(() => this.#remove(entry))
    return entry.falling
  }

  #remove(entry: Entry): void {
    clearTimeout(entry.timer)
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id)
    this.#waiting.shift()?.()
  }
}
