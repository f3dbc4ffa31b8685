/** Cells in, one after another; results out. Takes a sandbox when it needs one, and brings it back from the tape when it has died. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type ErrorCode, ReplmError } from '../errors.ts'
import type { WireInspected, WireInspection, WireRequest, WireVariable } from '../protocol.ts'
import type { BudgetState, CellRecord, CellResult, Dispatch, Query, SessionChange, SessionEvent, SessionLimits, Usage } from '../types.ts'
import type { ContextOption, Documents, SkippedFile } from './context/documents.ts'
import { cellRecord, Executions } from './executions.ts'
import { Guest, type InContext } from './guest.ts'
import type { Claim, ExecutionRecord, Journal, SessionConfig } from './journal/journal.ts'
import { Purchases } from './purchases.ts'
import { type GoingOn, rebuild } from './rebuild.ts'
import { CellRun, type Outcome, type Run, resultOf } from './run.ts'
import { checkPrintsShown, checkRun, type ResumeOptions, type RunOptions } from './runOptions.ts'
import type { Sandbox } from './sandbox.ts'
import { documentRecords } from './sessionConfig.ts'
import { Spending, type SpendingMark } from './spending.ts'
import { Tape } from './tape.ts'
import type { SessionTrace } from './trace.ts'

/** What a session is made of; `openReplm` wires it. */
export interface SessionParts {
  readonly journal: Journal
  readonly claim: Claim
  /** What it has run before, in another process. */
  readonly executions: readonly ExecutionRecord[]
  /** What is not as it was when the session was last used; a rebuild is refused for it. */
  readonly changes: readonly SessionChange[]
  /** Documents may have changed since. */
  readonly acceptChanges: boolean
  /** What holds now, in case the session begins anew. */
  readonly config: SessionConfig
  readonly limits: SessionLimits
  readonly documents: Documents
  readonly takeSandbox: (config: SessionConfig) => Promise<Sandbox>
  readonly dispatch: Dispatch
  readonly endpoint: () => string
  /** Fills in what a request leaves open, by what is frozen in the session. Throws or rejects with CONFIG for a model it may not name. */
  readonly resolve: (request: WireRequest, config: SessionConfig) => Query | Promise<Query>
  /** The same for a request that was answered by a model: whatever is allowed now. */
  readonly hashable: (request: WireRequest, model: string) => Query
  readonly budget: () => BudgetState
  /** Keep `_` and `_error`. */
  readonly underscore: boolean
  /** Rejects with CONFIG for a model of no provider, and with TypeError or RangeError. */
  readonly checkModel: (model: string) => Promise<void>
  /** Undefined where nobody wants one. */
  readonly trace?: SessionTrace | undefined
  /** Called once, when the session is closed. */
  readonly onClose: () => void
}

/** A document of a session, as its owner sees it. */
export interface SessionDocument {
  readonly name: string
  /** Its size where it comes from: a file's bytes, a text's bytes of UTF-8. */
  readonly bytes: number
  /** Reads it to its end once. Rejects with CHANGED for a file that is no longer what it was. */
  countLines(): Promise<number>
}

/** What may stand at the end of a text. */
export interface SessionNames {
  /** Where the name begins that these may replace, as an offset in the text. */
  readonly from: number
  /** A variable's own members before inherited ones. */
  readonly names: readonly string[]
}

/** A variable that cells have made: `kind` is what `typeof` says, or the name of its class; `text` its value as it is shown, in short. */
export type SessionVariable = WireVariable

export class Session implements AsyncDisposable {
  readonly id: string
  readonly name: string | null
  readonly #parts: SessionParts
  readonly #spending = new Spending()
  readonly #tape: Tape
  readonly #purchases: Purchases
  readonly #executions: Executions
  /** What is frozen in it. */
  #config: SessionConfig
  #changes: readonly SessionChange[]
  #guest: Guest | undefined
  #current: Current | undefined
  /** Stops the rebuild that is under way. */
  #rebuilding: AbortController | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #isDisposed = false
  /** Nothing can be written any more. */
  #fault: ReplmError | undefined
  /** Settles when neither a cell's preparation nor the rebuild of its sandbox is under way. */
  #preparation: Promise<void> = Promise.resolve()
  /** Cells that have no part in the next rebuild, and why. */
  #lost: string[]
  /** What the next cell is to tell: what happened to the session between cells. */
  readonly #news: SessionEvent[] = []
  /** The entry at which a sandbox last died without fault of its cell's. */
  #diedAt = -1

  constructor(parts: SessionParts) {
    const { journal, claim, executions, dispatch, endpoint } = parts
    const { id, name, generation } = claim.session
    this.id = id
    this.name = name
    this.#parts = parts
    this.#config = claim.session.config
    this.#changes = parts.changes
    this.#tape = new Tape({ journal, claim, onFault: (error) => this.#cannotWrite(error) })
    this.#purchases = new Purchases({ session: id, generation, journal, tape: this.#tape, dispatch, endpoint })
    this.#executions = new Executions({ tape: this.#tape, generation, records: executions })
    // What another process kept of them, where their sandbox survived, is gone with it.
    const cut = this.#executions.list().filter(({ state }) => state === 'cut').map(({ name: cell, code }) => lostCell(cell, code))
    this.#lost = cut.length > maxLost ? [`${cut.length - maxLost} earlier cells`, ...cut.slice(-maxLost)] : cut
  }

  /** What its cells have spent in this process. */
  get usage(): Usage {
    return this.#spending.since()
  }

  /** Cells that the session has run, also in other processes. */
  get cells(): readonly CellRecord[] {
    return this.#executions.list()
  }

  /** A cell that was cut off because its host died; {@link resume} goes on with it. */
  get cutOff(): CellRecord | undefined {
    const { cutOff } = this.#executions
    return cutOff === undefined || cutOff.execution === this.#current?.execution ? undefined : cellRecord(cutOff)
  }

  /** Whether it has a sandbox: none before its first cell here. */
  get hasSandbox(): boolean {
    return this.#guest !== undefined
  }

  /** Whether its cells are being brought back at the moment. */
  get isRebuilding(): boolean {
    return this.#rebuilding !== undefined
  }

  /** What is not as it was when the session was last used. */
  get changes(): readonly SessionChange[] {
    return this.#changes
  }

  /** Runs one cell and gives its result; cells started meanwhile wait their turn. */
  async run(cell: string, options: RunOptions = {}): Promise<CellResult> {
    const { result } = this.#start(cell, options, false)
    return result
  }

  /** Starts one cell and gives a handle on it at once. Throws TypeError for what is no cell or no option. */
  start(cell: string, options: RunOptions = {}): Run {
    return this.#start(cell, options, true)
  }

  /** Goes on with the cell that was cut off, and buys only what is new. Throws CONFIG when there is none. */
  resume({ printsShown, ...options }: ResumeOptions = {}): Run {
    const { signal, onInput } = checkRun('', options)
    checkPrintsShown(printsShown)
    const { cutOff } = this.#executions
    if (cutOff === undefined || this.#current !== undefined) throw new ReplmError('CONFIG', 'No cell of this session was cut off; run one')
    const { cell, name, text, typescript, execution } = cutOff
    return this.#launch(new CellRun({ text, id: cell, name, typescript }, { ...this.#parts.limits, onInput, printsShown }), { execution, signal, isResumed: true })
  }

  /** Gives the result of its last cell again, which has ended, well or badly: its tape is played, and nobody is asked anything. Throws CONFIG when there is none. */
  recall({ signal, printsShown }: Pick<ResumeOptions, 'signal' | 'printsShown'> = {}): Run {
    checkPrintsShown(printsShown)
    const { ended } = this.#executions
    if (ended === undefined || this.#current !== undefined || this.#guest !== undefined) throw new ReplmError('CONFIG', 'No cell of this session has ended in another process; run one')
    const { cell, name, text, typescript, execution } = ended
    return this.#launch(new CellRun({ text, id: cell, name, typescript }, { ...this.#parts.limits, printsShown }), { execution, signal, isResumed: true })
  }

  /** Forgets what cells have made, and lets the session begin anew with what it was opened with now. What was bought stays bought. */
  async clear(): Promise<void> {
    await this.#tail
    await this.#preparation
    this.#checkUsable()
    this.#guest?.kill(new ReplmError('INTERRUPTED', 'The session was cleared'))
    this.#guest = undefined
    this.#lost = []
    this.#executions.leaveAll()
    this.#changes = []
    this.#freeze(this.#parts.config)
    await this.#tape.pending
    this.#checkUsable()
  }

  /** What is loaded, in the order of `docs`. */
  get documents(): readonly SessionDocument[] {
    const { documents } = this.#parts
    return documents.list.map(({ name, bytes }, index) => ({ name, bytes, countLines: () => documents.lineCount(index) }))
  }

  /** Files of directories and globs that are not loaded, and why. */
  get skipped(): readonly SkippedFile[] {
    return this.#parts.documents.skipped
  }

  /**
   * Loads more documents: after the cells started so far, `docs` has handles for them behind the others, and `context` their texts. Resolves with those that were added.
   * Rejects as opening the session does, and then adds none.
   */
  async load(context: ContextOption): Promise<readonly SessionDocument[]> {
    const { documents, journal } = this.#parts
    return this.#between(async () => {
      const before = documents.list.length
      await documents.add(context)
      if (documents.list.length === before) return []
      const { length } = documents.list
      const isFirst = this.#executions.onTape.size === 0
      this.#freeze({ ...this.#config, documents: await documentRecords(documents, journal), isFirstPlain: documents.isFirstPlain, ...(isFirst ? { initialDocuments: length } : {}) })
      // A guest that is opened later is told of them then.
      if (!isFirst) this.#tape.record(this.#executions.last, { docs: length }, () => undefined, { isHeld: false })
      if (this.#guest?.isAlive === true) await this.#guest.addDocs(length)
      return this.documents.slice(before)
    })
  }

  /** Which model answers where a question names none, from the next question on. Rejects with CONFIG for a provider that does not exist, and with TypeError or RangeError. */
  async setModel(model: string): Promise<void> {
    await this.#parts.checkModel(model)
    this.#checkUsable()
    this.#freeze({ ...this.#config, model })
  }

  /**
   * Names that may stand at the end of a text, after the cells started so far: variables and members. Nothing of the program's is run for it, no getter, no trap of a proxy.
   * Where the session's sandbox has died there are none until the next cell has brought it back: whoever types does not wait for a replay.
   */
  async complete(text: string): Promise<SessionNames> {
    if (await this.#between(async () => this.#guest?.isAlive !== true && this.#executions.onTape.size > 0)) return { from: text.length, names: [] }
    const { from, names } = await this.#inspect({ what: 'complete', text })
    return { from: Math.min(from, text.length), names }
  }

  /** The variables that cells have made, in the order in which they came up. */
  async variables(): Promise<readonly SessionVariable[]> {
    return (await this.#inspect({ what: 'variables' })).variables
  }

  /** Whether a text is a cell, the beginning of one, or wrong. */
  async checkSyntax(text: string): Promise<'complete' | 'incomplete' | 'wrong'> {
    return (await this.#read({ what: 'syntax', text })).state
  }

  /** Cells as parts of one script, to be written one below the other: a name that several declare is declared by `var` in each, and types are erased. */
  async scriptOf(cells: readonly string[]): Promise<readonly string[]> {
    return (await this.#read({ what: 'script', cells })).cells
  }

  /** A look at texts alone: any sandbox can do that, so none is brought back to where the session was for it. */
  #read<What extends 'syntax' | 'script'>(ask: Extract<WireInspection, { what: What }>): Promise<Extract<WireInspected, { what: What }>> {
    if (this.#guest?.isAlive === true) return this.#inspect(ask)
    return this.#between(async () => {
      const sandbox = await this.#takeSandbox()
      this.#fresh = sandbox
      sandbox.keepAlive(true)
      try {
        // The sandbox's owner has checked that the answer is one to this question.
        return (await sandbox.inspect(ask)) as Extract<WireInspected, { what: What }>
      } finally {
        sandbox.keepAlive(false)
      }
    })
  }

  /** A sandbox that has read texts only, for the guest that is opened next. */
  #fresh: Sandbox | undefined

  /** A sandbox that nothing has run in. */
  #takeSandbox(): Sandbox | Promise<Sandbox> {
    const fresh = this.#fresh
    this.#fresh = undefined
    if (fresh?.isAlive !== true) return this.#parts.takeSandbox(this.#config)
    // Whoever waits for it to be opened must not see the process end meanwhile.
    fresh.keepAlive(true)
    return fresh
  }

  async #inspect<What extends WireInspection['what']>(ask: Extract<WireInspection, { what: What }>): Promise<Extract<WireInspected, { what: What }>> {
    return this.#between(async () => {
      await this.#guest?.settled()
      const guest = this.#guest?.isAlive === true ? this.#guest : await this.#rebuild({ goingOn: undefined, inContext: AsyncLocalStorage.snapshot() })
      // The sandbox's owner has checked that the answer is one to this question.
      return (await guest.inspect(ask)) as Extract<WireInspected, { what: What }>
    })
  }

  /** Work that takes its turn among the cells. */
  #between<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(async () => {
      await this.#preparation
      if (this.#isDisposed) throw new ReplmError('DISPOSED', 'The session is closed')
      return work()
    })
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Ends what runs with DISPOSED and lets go of sandbox and documents. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return
    this.#isDisposed = true
    const error = new ReplmError('DISPOSED', 'The session was closed')
    const run = this.#current?.run
    if (run !== undefined) run.ending = error
    run?.fail(error)
    this.#guest?.kill(error)
    await this.#tail
    await this.#parts.documents.close()
    // A sandbox may have been on its way when the session was closed.
    await this.#preparation
    this.#guest?.kill(error)
    this.#fresh?.kill(error)
    this.#parts.trace?.close()
    await this.#parts.journal.release(this.#parts.claim).catch(() => undefined) // what could not be written was told where it was to be
    this.#parts.onClose()
  }

  #start(cell: string, options: RunOptions, isWatched: boolean): Run {
    const { signal, typescript = false, onInput, ...given } = checkRun(cell, options)
    const execution = this.#tape.nextExecution()
    const name = given.name ?? `cell ${execution}`
    const run = new CellRun({ text: cell, id: given.id ?? name, name, typescript }, { ...this.#parts.limits, onInput })
    if (!isWatched) run.stream.abandon()
    return this.#launch(run, { execution, signal, isResumed: false })
  }

  #launch(run: CellRun, options: Omit<Execution, 'inContext'>): Run {
    const { trace } = this.#parts
    if (trace !== undefined) run.stream.tap((event) => trace.event(options.execution, event))
    // Providers of the embedding program see the AsyncLocalStorage of the code that started the cell.
    const inContext: InContext = AsyncLocalStorage.snapshot()
    const result = this.#tail.then(() => this.#execute(run, { ...options, inContext }))
    this.#tail = result.catch(() => undefined)
    return { result, events: run.stream, interrupt: () => this.#end(run, new ReplmError('INTERRUPTED', 'The cell was interrupted')) }
  }

  async #execute(run: CellRun, options: Execution): Promise<CellResult> {
    const { signal, execution, inContext } = options
    const abort = (): void => this.#end(run, new ReplmError('INTERRUPTED', 'The cell was aborted by its signal'))
    const started = performance.now()
    const mark = this.#spending.mark()
    let end: { readonly ok: true } | { readonly ok: false; readonly code: ErrorCode } = { ok: true }
    this.#current = { run, execution, inContext, mark }
    run.stream.push({ type: 'cell.started', cell: run.cell.id })
    try {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', abort, { once: true })
      await this.#toItsEnd(run, options)
      const outcome = await run.outcome
      await this.#conclude(run, outcome, options)
      signal?.throwIfAborted()
      const facts = { usage: this.#spending.since(mark), durationMs: performance.now() - started, pending: this.#guest?.pending ?? 0 }
      return resultOf(run, outcome, facts)
    } catch (thrown) {
      // What is no error of ours is the reason of the caller's signal.
      end = { ok: false, code: ReplmError.from(thrown, 'INTERRUPTED').code }
      throw thrown
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#current = undefined
      run.stream.push({ type: 'cell.completed', cell: run.cell.id, ...end, durationMs: performance.now() - started })
      run.stream.end()
    }
  }

  async #toItsEnd(run: CellRun, { execution, inContext, isResumed }: Execution): Promise<void> {
    if (run.isSettled) return
    if (this.#isDisposed) return run.fail(new ReplmError('DISPOSED', 'The session is closed'), false)
    // Ending it does not wait for what takes long to prepare.
    const preparing = this.#prepare(run, { execution, inContext, isResumed })
    const guest = await Promise.race([preparing, run.outcome.then(() => undefined)])
    // What has come to its end in its replay is told when all of the replay is counted.
    if (isResumed && run.isSettled && run.ending === undefined) await preparing
    // Ended before it began: nothing of it has run.
    if (guest === undefined || (run.isSettled && !isResumed)) return
    const { wallMs, cpuMs } = this.#parts.limits
    run.time.start(() => this.#end(run, new ReplmError('TIMEOUT', `The cell took longer than ${wallMs} ms`)))
    if (!isResumed) {
      run.hasStarted = true
      this.#executions.start(execution, run.cell)
      guest.run(run, { execution, cpuMs, inContext })
    }
    await run.outcome
    run.time.stop()
  }

  /** A guest that holds what the cell may read; undefined when the cell has failed instead. */
  async #prepare(run: CellRun, { execution, inContext, isResumed }: Pick<Execution, 'execution' | 'inContext' | 'isResumed'>): Promise<Guest | undefined> {
    const earlier = this.#preparation
    const { promise, resolve: prepared } = Promise.withResolvers<void>()
    this.#preparation = promise
    try {
      await earlier
      await this.#guest?.settled()
      this.#checkUsable()
      if (isResumed) run.hasStarted = true
      for (;;) {
        const guest = this.#guest?.isAlive === true ? this.#guest : await this.#rebuild({ goingOn: isResumed ? { execution, run, isResumed } : undefined, inContext })
        // A cell that was ended meanwhile tells nobody: the next one does.
        if (isResumed || !run.isSettled) for (const event of this.#news.splice(0)) run.stream.push(event)
        if (isResumed) return guest
        await this.#purchases.begin(execution, run.cell.id, { wasRunBefore: this.#executions.hasRun(run.cell.id) })
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

  /** A guest in which every cell of the session has run. */
  async #rebuild({ goingOn, inContext }: { readonly goingOn: (GoingOn & { readonly isResumed: boolean }) | undefined; readonly inContext: InContext }): Promise<Guest> {
    const { journal, limits } = this.#parts
    const lost = this.#lost.splice(0)
    if (this.#executions.onTape.size === 0) {
      const guest = await this.#openGuest(this.#parts.documents.list.length)
      if (lost.length > 0) this.#news.push({ type: 'session.rebuilt', cells: 0, answers: 0, lost: lost.join('; ') })
      return guest
    }
    if (this.#changes.length > 0) throw new ReplmError('CHANGED', `The session cannot be brought back: ${this.#changes.map(({ text }) => text).join('; ')}. Open it with \`acceptChanges\`, or clear it`)
    const stop = new AbortController()
    this.#rebuilding = stop
    try {
      const rebuilt = await rebuild({
        session: this.id,
        journal,
        limits,
        tape: this.#tape,
        executions: this.#executions,
        purchases: this.#purchases,
        openGuest: () => this.#openGuest(this.#config.initialDocuments),
        hashOf: (request, model) => this.#purchases.hashOf(this.#parts.hashable(request, model)),
        acceptChanges: this.#parts.acceptChanges,
        goingOn,
        inContext,
        onCaughtUp: (answers) => (goingOn === undefined ? undefined : this.#spending.restart(this.#current?.mark, { answers, isResumed: goingOn.isResumed })),
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
  async #openGuest(docs: number): Promise<Guest> {
    const { documents, limits, underscore, budget, trace } = this.#parts
    const sandbox = await this.#takeSandbox()
    const guest = new Guest({ sandbox, documents, contextLimitBytes: contextLimitBytes(limits.memoryMb), resolve: (request) => this.#resolved(request), budget, trace, tape: this.#tape, purchases: this.#purchases, spending: this.#spending, onDeath: (error) => this.#died(guest, error) })
    this.#guest = guest
    const { memoryMb, cpuMs, outputBytes, valueBytes } = limits
    const { seed, args } = this.#config
    await guest.open({ type: 'open', memoryMb, cpuMs, outputBytes, valueBytes, seed, args, underscore }, docs)
    return guest
  }

  /** A model that had to be found is the session's from its first question on. */
  #resolved(request: WireRequest): Query | Promise<Query> {
    const found = this.#parts.resolve(request, this.#config)
    if (this.#config.model !== null || request.model !== undefined) return found
    const freeze = (query: Query): Query => {
      if (this.#config.model === null) this.#freeze({ ...this.#config, model: `${query.provider}/${query.model}` })
      return query
    }
    return found instanceof Promise ? found.then(freeze) : freeze(found)
  }

  #freeze(config: SessionConfig): void {
    this.#config = config
    this.#tape.write({ type: 'session.changed', config })
  }

  /** Writes down how the cell ended; resolves when that, and all before it, is durable. */
  async #conclude(run: CellRun, outcome: Outcome, { execution }: Execution): Promise<void> {
    if (!run.hasStarted || this.#isDisposed) return
    // What a parked cell waits for is answered in another process, maybe next week: until then it is one that was cut off.
    if (run.isParked) return void (await this.#tape.pending)
    // The CLI of an interrupted run may be gone before it is written: then it was cut off, which is as true.
    const state = this.#executions.end(execution, outcome, { cpuMs: this.#guest?.cpuMs ?? 0, wasEnded: run.ending !== undefined, isAlive: this.#guest?.isAlive === true })
    if (state === 'cut') this.#lost.push(lostCell(run.cell.name, outcome.ok ? null : outcome.code))
    await this.#tape.pending
    if (this.#fault !== undefined && outcome.ok) throw this.#fault
  }

  #end(run: CellRun, error: ReplmError): void {
    if (run.isSettled) return
    // Asked twice, it is in earnest.
    if (run.ending !== undefined) return run.hasStarted ? this.#guest?.kill(run.ending) : undefined
    run.ending = error
    const isCurrent = this.#current?.run === run
    if (isCurrent && this.#rebuilding !== undefined) {
      this.#rebuilding.abort()
      this.#guest?.kill(error)
      run.fail(error, run.hasStarted)
    } else if (run.hasStarted) this.#guest?.end(error)
    else run.fail(error, false)
  }

  /** True when the cell that runs is to go on in another sandbox: one that died without any limit being crossed. */
  #died(guest: Guest, error: ReplmError): boolean {
    if (this.#guest === guest) this.#guest = undefined
    const current = this.#current
    if (this.#isDisposed || this.#rebuilding !== undefined || current === undefined || !current.run.hasStarted || current.run.isSettled) return false
    if (error.code !== 'CRASHED' || current.run.ending !== undefined || this.#diedAt === this.#tape.entry) return false
    this.#diedAt = this.#tape.entry
    // The cell may end in its replay: the next one waits for the rest of it.
    this.#preparation = this.#goOn(current, error)
    return true
  }

  async #goOn({ run, execution, inContext }: Current, death: ReplmError): Promise<void> {
    try {
      await this.#rebuild({ goingOn: { execution, run, isResumed: false }, inContext })
      for (const event of this.#news.splice(0)) run.stream.push(event)
    } catch (error) {
      const { code, message } = ReplmError.from(error, 'CRASHED')
      run.fail(new ReplmError(run.ending?.code ?? code, `${message}. Its sandbox had to be ended: what this cell had made is gone`, { cause: death }))
    }
  }

  #cannotWrite(error: ReplmError): void {
    this.#fault = error
    this.#current?.run.fail(error)
    this.#guest?.kill(error)
  }

  #checkUsable(): void {
    if (this.#isDisposed) throw new ReplmError('DISPOSED', 'The session is closed')
    if (this.#fault !== undefined) throw this.#fault
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

/** The cell that runs. */
interface Current {
  readonly run: CellRun
  readonly execution: number
  readonly inContext: InContext
  readonly mark: SpendingMark
}

interface Execution {
  readonly execution: number
  readonly inContext: InContext
  readonly signal: AbortSignal | undefined
  /** It was begun by another process. */
  readonly isResumed: boolean
}

/** Largest `context` for a guest of this memory: its text may stand there twice while it is loaded, in two bytes a character. */
function contextLimitBytes(memoryMb: number): number {
  return (memoryMb * 1024 * 1024) / 2
}
