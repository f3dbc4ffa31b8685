/** A session's tape, and the cells that need a guest, in; a live guest in which all of it has run, brought back where it has died, out. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type ErrorCode, ReplmError } from '../errors.ts'
import type { SessionChange, SessionEvent } from '../types.ts'
import type { Executions } from './executions.ts'
import type { FreshSandbox } from './freshSandbox.ts'
import type { FrozenConfig } from './frozenConfig.ts'
import { Guest, type InContext } from './guest.ts'
import type { Lifetime } from './lifetime.ts'
import type { Purchases } from './purchases.ts'
import { type GoingOn, rebuild } from './rebuild.ts'
import type { CellRun } from './run.ts'
import type { SessionParts } from './sessionParts.ts'
import type { Spending, SpendingMark } from './spending.ts'
import type { Tape } from './tape.ts'

/** The cell that runs. */
export interface RunningCell extends GoingOn {
  readonly inContext: InContext
  readonly mark: SpendingMark
}

export interface GuestSupplyOptions extends Pick<SessionParts, 'journal' | 'changes' | 'acceptChanges' | 'limits' | 'documents' | 'budget' | 'underscore' | 'trace' | 'hashable'> {
  readonly session: string
  readonly config: FrozenConfig
  readonly sandboxes: FreshSandbox
  readonly tape: Tape
  readonly executions: Executions
  readonly purchases: Purchases
  readonly spending: Spending
  readonly lifetime: Lifetime
  /** Undefined between cells. */
  readonly current: () => RunningCell | undefined
}

export interface PrepareOptions {
  readonly execution: number
  readonly inContext: InContext
  /** It was begun by another process. */
  readonly isResumed: boolean
}

interface RebuildFor {
  readonly goingOn: (GoingOn & { readonly isResumed: boolean }) | undefined
  readonly inContext: InContext
}

export class GuestSupply {
  readonly #options: GuestSupplyOptions
  #changes: readonly SessionChange[]
  #guest: Guest | undefined
  /** Stops the rebuild that is under way. */
  #rebuilding: AbortController | undefined
  #preparation: Promise<void> = Promise.resolve()
  /** Cells that have no part in the next rebuild, and why. */
  #lost: string[]
  /** What the next cell is to tell: what happened to the session between cells. */
  readonly #news: SessionEvent[] = []
  /** The entry at which a sandbox last died without fault of its cell's. */
  #diedAt = -1

  constructor(options: GuestSupplyOptions) {
    this.#options = options
    this.#changes = options.changes
    // What another process kept of them, where their sandbox survived, is gone with it.
    const cut = options.executions.list().filter(({ state }) => state === 'cut').map(({ name: cell, code }) => lostCell(cell, code))
    this.#lost = cut.length > maxLost ? [`${cut.length - maxLost} earlier cells`, ...cut.slice(-maxLost)] : cut
  }

  /** The last one; undefined before the first, and when it has died. */
  get guest(): Guest | undefined {
    return this.#guest
  }

  get isRebuilding(): boolean {
    return this.#rebuilding !== undefined
  }

  /** What is not as it was when the session was last used. */
  get changes(): readonly SessionChange[] {
    return this.#changes
  }

  /** Settles when neither a cell's preparation nor the rebuild of its sandbox is under way. */
  get preparation(): Promise<void> {
    return this.#preparation
  }

  /** A guest that holds what the cell may read; undefined when the cell has failed instead. */
  async prepare(run: CellRun, { execution, inContext, isResumed }: PrepareOptions): Promise<Guest | undefined> {
    const { executions, purchases, lifetime } = this.#options
    const earlier = this.#preparation
    const { promise, resolve: prepared } = Promise.withResolvers<void>()
    this.#preparation = promise
    try {
      await earlier
      await this.#guest?.settled()
      lifetime.checkUsable()
      if (isResumed) run.hasStarted = true
      for (;;) {
        const guest = this.#guest?.isAlive === true ? this.#guest : await this.#rebuild({ goingOn: isResumed ? { execution, run, isResumed } : undefined, inContext })
        // A cell that was ended meanwhile tells nobody: the next one does.
        if (isResumed || !run.isSettled) this.#tellNews(run)
        if (isResumed) return guest
        await purchases.begin(execution, run.cell.id, { wasRunBefore: executions.hasRun(run.cell.id) })
        if (run.cell.text.includes('context')) await guest.sendContext()
        // It may have died while all that was looked up: then another one takes the cell.
        if (guest.isAlive) return guest
      }
    } catch (error) {
      const failure = ReplmError.from(error, 'CRASHED')
      // It is still cut off: what is in its way can be mended, and then it goes on.
      if (isResumed && mendable.has(failure.code)) run.hasStarted = false
      run.fail(failure, false)
      return undefined
    } finally {
      prepared()
    }
  }

  /** A guest for a look between two cells. */
  async ready(): Promise<Guest> {
    await this.#guest?.settled()
    return this.#guest?.isAlive === true ? this.#guest : this.#rebuild({ goingOn: undefined, inContext: AsyncLocalStorage.snapshot() })
  }

  /** This cell was ended, and adds nothing to a rebuilt session. */
  lose(cell: string, code: string | null): void {
    this.#lost.push(lostCell(cell, code))
  }

  /** Leaves out what is not brought back yet. */
  stopRebuild(error: ReplmError): void {
    this.#rebuilding?.abort()
    this.#guest?.kill(error)
  }

  /** What cells have made is gone: the next guest is one of a session that begins anew. */
  forget(error: ReplmError): void {
    this.#guest?.kill(error)
    this.#guest = undefined
    this.#lost = []
    this.#changes = []
  }

  /** Ends every sandbox, also one that was on its way when the session was closed. */
  async close(error: ReplmError): Promise<void> {
    await this.#preparation
    this.#guest?.kill(error)
    this.#options.sandboxes.kill(error)
  }

  #tellNews(run: CellRun): void {
    for (const event of this.#news.splice(0)) run.stream.push(event)
  }

  /** A guest in which every cell of the session has run. */
  async #rebuild({ goingOn, inContext }: RebuildFor): Promise<Guest> {
    const { session, journal, limits, tape, executions, purchases, spending, config, documents, hashable, acceptChanges, current } = this.#options
    const lost = this.#lost.splice(0)
    if (executions.onTape.size === 0) {
      const guest = await this.#open(documents.list.length)
      if (lost.length > 0) this.#news.push({ type: 'session.rebuilt', cells: 0, answers: 0, lost: lost.join('; ') })
      return guest
    }
    if (this.#changes.length > 0) throw new ReplmError('CHANGED', `The session cannot be brought back: ${this.#changes.map(({ text }) => text).join('; ')}. Open it with \`acceptChanges\`, or clear it`)
    const stop = new AbortController()
    this.#rebuilding = stop
    try {
      const rebuilt = await rebuild({
        session,
        journal,
        limits,
        tape,
        executions,
        purchases,
        openGuest: () => this.#open(config.now.initialDocuments),
        hashOf: (request, model) => purchases.hashOf(hashable(request, model)),
        acceptChanges,
        goingOn,
        inContext,
        onCaughtUp: (answers) => (goingOn === undefined ? undefined : spending.restart(current()?.mark, { answers, isResumed: goingOn.isResumed })),
        onDivergence: (cell, request) => void this.#news.push({ type: 'session.diverged', cell, request }),
        signal: stop.signal,
      })
      lost.push(...rebuilt.lost)
      this.#news.push({ type: 'session.rebuilt', cells: rebuilt.cells, answers: rebuilt.answers, lost: lost.length === 0 ? null : lost.join('; ') })
      return rebuilt.guest
    } finally {
      this.#rebuilding = undefined
    }
  }

  /** A guest that has run nothing, and knows the first `docs` documents. */
  async #open(docs: number): Promise<Guest> {
    const { config, sandboxes, documents, limits, underscore, budget, trace, tape, purchases, spending } = this.#options
    const sandbox = await sandboxes.take()
    const guest = new Guest({ sandbox, documents, contextLimitBytes: contextLimitBytes(limits.memoryMb), resolve: (request) => config.resolve(request), budget, trace, tape, purchases, spending, onDeath: (error) => this.#died(guest, error) })
    this.#guest = guest
    const { memoryMb, cpuMs, outputBytes, valueBytes } = limits
    const { seed, args } = config.now
    await guest.open({ type: 'open', memoryMb, cpuMs, outputBytes, valueBytes, seed, args, underscore }, docs)
    return guest
  }

  /** True when the cell that runs is to go on in another sandbox: one that died without any limit being crossed. */
  #died(guest: Guest, error: ReplmError): boolean {
    const { tape, lifetime, current } = this.#options
    if (this.#guest === guest) this.#guest = undefined
    const running = current()
    if (lifetime.isDisposed || this.#rebuilding !== undefined || running === undefined || !running.run.hasStarted || running.run.isSettled) return false
    if (error.code !== 'CRASHED' || running.run.ending !== undefined || this.#diedAt === tape.entry) return false
    this.#diedAt = tape.entry
    // The cell may end in its replay: the next one waits for the rest of it.
    this.#preparation = this.#goOn(running, error)
    return true
  }

  async #goOn({ run, execution, inContext }: RunningCell, death: ReplmError): Promise<void> {
    try {
      await this.#rebuild({ goingOn: { execution, run, isResumed: false }, inContext })
      this.#tellNews(run)
    } catch (error) {
      const { code, message } = ReplmError.from(error, 'CRASHED')
      run.fail(new ReplmError(run.ending?.code ?? code, `${message}. Its sandbox had to be ended: what this cell had made is gone`, { cause: death }))
    }
  }
}

/** Most cells of an earlier process that are named as lost; of the others their number is told. */
const maxLost = 5

/** A cell that was cut off, as what is lost names it. */
function lostCell(name: string, code: string | null): string {
  return `${name} (${code ?? 'ended'}, it had run)`
}

/** What keeps a cell from going on, and is no fault of its own. */
const mendable: ReadonlySet<ErrorCode> = new Set(['CHANGED', 'STORE', 'CONFIG', 'IN_USE', 'DISPOSED'])

/** Largest `context` for a guest of this memory: its text may stand there twice while it is loaded, in two bytes a character. */
function contextLimitBytes(memoryMb: number): number {
  return (memoryMb * 1024 * 1024) / 2
}
