/** Cells in, one after another; results out. Wires what a session consists of: each noun has a file of its own. */
import { ReplmError } from '../errors.ts'
import type { CellRecord, CellResult, SessionChange, Usage } from '../types.ts'
import { CellRunner } from './cellRunner.ts'
import type { ContextOption, SkippedFile } from './context/documents.ts'
import { cellRecord, Executions } from './executions.ts'
import { FreshSandbox } from './freshSandbox.ts'
import { FrozenConfig } from './frozenConfig.ts'
import { GuestSupply } from './guestSupply.ts'
import type { OnInput } from './inputs.ts'
import type { ExecutionRecord } from './journal/journal.ts'
import { Lifetime } from './lifetime.ts'
import { Looks, type SessionNames, type SessionVariable } from './looks.ts'
import { Purchases } from './purchases.ts'
import { CellRun, type Run } from './run.ts'
import { checkPrintsShown, checkRun, type ResumeOptions, type RunOptions } from './runOptions.ts'
import { documentRecords } from './sessionConfig.ts'
import type { SessionParts } from './sessionParts.ts'
import { SessionQueue } from './sessionQueue.ts'
import { Spending } from './spending.ts'
import { Tape } from './tape.ts'

/** A document of a session, as its owner sees it. */
export interface SessionDocument {
  readonly name: string
  /** Its size where it comes from: a file's bytes, a text's bytes of UTF-8. */
  readonly bytes: number
  /** Reads it to its end once. Rejects with CHANGED for a file that is no longer what it was. */
  countLines(): Promise<number>
}

export class Session implements AsyncDisposable {
  readonly id: string
  readonly name: string | null
  readonly #parts: SessionParts
  readonly #lifetime = new Lifetime()
  readonly #spending = new Spending()
  readonly #tape: Tape
  readonly #config: FrozenConfig
  readonly #executions: Executions
  readonly #guests: GuestSupply
  readonly #queue: SessionQueue
  readonly #runner: CellRunner
  readonly #looks: Looks

  constructor(parts: SessionParts) {
    const { journal, claim, dispatch, endpoint, resolve } = parts
    const { id, name, generation, config } = claim.session
    this.id = id
    this.name = name
    this.#parts = parts
    const lifetime = this.#lifetime
    const spending = this.#spending
    const tape = new Tape({ journal, claim, onFault: (error) => this.#cannotWrite(error) })
    const frozen = new FrozenConfig({ config, tape, resolve })
    const executions = new Executions({ tape, generation, records: parts.executions })
    const purchases = new Purchases({ session: id, generation, journal, tape, dispatch, endpoint })
    const sandboxes = new FreshSandbox(() => parts.takeSandbox(frozen.now))
    const guests = new GuestSupply({ ...parts, session: id, config: frozen, sandboxes, tape, executions, purchases, spending, lifetime, current: () => this.#runner.current })
    const queue = new SessionQueue({ lifetime, preparation: () => guests.preparation })
    this.#tape = tape
    this.#config = frozen
    this.#executions = executions
    this.#guests = guests
    this.#queue = queue
    this.#runner = new CellRunner({ ...parts, queue, guests, tape, executions, spending, lifetime })
    this.#looks = new Looks({ queue, guests, sandboxes, executions })
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
    return cutOff === undefined || cutOff.execution === this.#runner.current?.execution ? undefined : cellRecord(cutOff)
  }

  /** Whether it has a sandbox: none before its first cell here. */
  get hasSandbox(): boolean {
    return this.#guests.guest !== undefined
  }

  /** Whether its cells are being brought back at the moment. */
  get isRebuilding(): boolean {
    return this.#guests.isRebuilding
  }

  /** What is not as it was when the session was last used. */
  get changes(): readonly SessionChange[] {
    return this.#guests.changes
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
    if (cutOff === undefined || this.#runner.current !== undefined) throw new ReplmError('CONFIG', 'No cell of this session was cut off; run one')
    return this.#again(cutOff, { signal, onInput, printsShown })
  }

  /** Gives the result of its last cell again, which has ended, well or badly: its tape is played, and nobody is asked anything. Throws CONFIG when there is none. */
  recall({ signal, printsShown }: Pick<ResumeOptions, 'signal' | 'printsShown'> = {}): Run {
    checkPrintsShown(printsShown)
    const { ended } = this.#executions
    if (ended === undefined || this.#runner.current !== undefined || this.hasSandbox) throw new ReplmError('CONFIG', 'No cell of this session has ended in another process; run one')
    return this.#again(ended, { signal, printsShown })
  }

  /** Forgets what cells have made, and lets the session begin anew with what it was opened with now. What was bought stays bought. */
  async clear(): Promise<void> {
    await this.#queue.tail
    await this.#guests.preparation
    this.#lifetime.checkUsable()
    this.#guests.forget(new ReplmError('INTERRUPTED', 'The session was cleared'))
    this.#executions.leaveAll()
    this.#config.freeze(this.#parts.config)
    await this.#tape.pending
    this.#lifetime.checkUsable()
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
    return this.#queue.between(async () => {
      const before = documents.list.length
      await documents.add(context)
      if (documents.list.length === before) return []
      const { length } = documents.list
      const isFirst = this.#executions.onTape.size === 0
      this.#config.freeze({ ...this.#config.now, documents: await documentRecords(documents, journal), isFirstPlain: documents.isFirstPlain, ...(isFirst ? { initialDocuments: length } : {}) })
      // A guest that is opened later is told of them then.
      if (!isFirst) this.#tape.record(this.#executions.last, { docs: length }, () => undefined, { isHeld: false })
      const { guest } = this.#guests
      if (guest?.isAlive === true) await guest.addDocs(length)
      return this.documents.slice(before)
    })
  }

  /** Which model answers where a question names none, from the next question on. Rejects with CONFIG for a provider that does not exist, and with TypeError or RangeError. */
  async setModel(model: string): Promise<void> {
    await this.#parts.checkModel(model)
    this.#lifetime.checkUsable()
    this.#config.freeze({ ...this.#config.now, model })
  }

  /**
   * Names that may stand at the end of a text, after the cells started so far: variables and members. Nothing of the program's is run for it, no getter, no trap of a proxy.
   * Where the session's sandbox has died there are none until the next cell has brought it back: whoever types does not wait for a replay.
   */
  async complete(text: string): Promise<SessionNames> {
    return this.#looks.complete(text)
  }

  /** The variables that cells have made, in the order in which they came up. */
  async variables(): Promise<readonly SessionVariable[]> {
    return this.#looks.variables()
  }

  /** Whether a text is a cell, the beginning of one, or wrong. */
  async checkSyntax(text: string): Promise<'complete' | 'incomplete' | 'wrong'> {
    return this.#looks.checkSyntax(text)
  }

  /** Cells as parts of one script, to be written one below the other: a name that several declare is declared by `var` in each, and types are erased. */
  async scriptOf(cells: readonly string[]): Promise<readonly string[]> {
    return this.#looks.scriptOf(cells)
  }

  /** Ends what runs with DISPOSED and lets go of sandbox and documents. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lifetime.isDisposed) return
    this.#lifetime.dispose()
    const error = new ReplmError('DISPOSED', 'The session was closed')
    const run = this.#runner.current?.run
    if (run !== undefined) run.ending = error
    run?.fail(error)
    this.#guests.guest?.kill(error)
    await this.#queue.tail
    await this.#parts.documents.close()
    await this.#guests.close(error)
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
    return this.#runner.launch(run, { execution, signal, isResumed: false })
  }

  /** A cell that another process has begun. */
  #again({ cell, name, text, typescript, execution }: ExecutionRecord, { signal, ...options }: { readonly signal: AbortSignal | undefined; readonly onInput?: OnInput | undefined; readonly printsShown: number | undefined }): Run {
    return this.#runner.launch(new CellRun({ text, id: cell, name, typescript }, { ...this.#parts.limits, ...options }), { execution, signal, isResumed: true })
  }

  #cannotWrite(error: ReplmError): void {
    this.#lifetime.fail(error)
    this.#runner.current?.run.fail(error)
    this.#guests.guest?.kill(error)
  }
}
