/** Cells in, one after another; results out. Takes a sandbox when it needs one, and another when that has died. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type ErrorCode, ReplmError } from '../errors.ts'
import type { WireInspected, WireInspection, WireRequest, WireVariable } from '../protocol.ts'
import type { BudgetState, CellResult, Dispatch, Query, SessionLimits, Usage } from '../types.ts'
import type { ContextOption, Documents, SkippedFile } from './context/documents.ts'
import { Guest, type InContext } from './guest.ts'
import { CellRun, type Run, resultOf } from './run.ts'
import type { Sandbox } from './sandbox.ts'
import { Spending } from './spending.ts'
import type { SessionTrace } from './trace.ts'

/** What a session is made of; `openReplm` wires it. */
export interface SessionParts {
  readonly id: string
  readonly limits: SessionLimits
  readonly args: Readonly<Record<string, unknown>>
  readonly documents: Documents
  readonly takeSandbox: () => Promise<Sandbox>
  readonly dispatch: Dispatch
  readonly resolve: (request: WireRequest) => Query | Promise<Query>
  readonly budget: () => BudgetState
  /** Keep `_` and `_error`. */
  readonly underscore: boolean
  /** The model that answers where a question names none, from now on. */
  readonly setModel: (model: string) => Promise<void>
  /** Undefined where nobody wants one. */
  readonly trace?: SessionTrace | undefined
  /** Called once, when the session is closed. */
  readonly onClose: () => void
}

/** Options of one cell. */
export interface RunOptions {
  /** Ends the cell when it aborts; the run then rejects with its reason. */
  readonly signal?: AbortSignal
  /** Stable name of the cell, shown in its errors. @default 'cell N', counted from 1 */
  readonly name?: string
  /** Parse as TypeScript at once, instead of only when it is not JavaScript. @default false */
  readonly typescript?: boolean
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
  readonly #parts: SessionParts
  readonly #spending = new Spending()
  #guest: Guest | undefined
  #run: CellRun | undefined
  #executions = 0
  #tail: Promise<unknown> = Promise.resolve()
  #isDisposed = false
  /** Settles when no cell's preparation is under way. */
  #preparation: Promise<void> = Promise.resolve()
  /** Why what earlier cells had defined is gone, until the next cell has been told. */
  #loss: ReplmError | undefined

  constructor(parts: SessionParts) {
    this.id = parts.id
    this.#parts = parts
  }

  /** What all cells so far spent. */
  get usage(): Usage {
    return this.#spending.since()
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

  #start(cell: string, options: RunOptions, isWatched: boolean): Run {
    const { signal, name, typescript = false } = checkRun(cell, options)
    const execution = ++this.#executions
    const run = new CellRun({ text: cell, name: name ?? `cell ${execution}`, typescript }, this.#parts.limits)
    if (!isWatched) run.stream.abandon()
    const { trace } = this.#parts
    if (trace !== undefined) run.stream.tap((event) => trace.event(execution, event))
    // Providers of the embedding program see the AsyncLocalStorage of the code that started the cell.
    const inContext: InContext = AsyncLocalStorage.snapshot()
    const result = this.#tail.then(() => this.#execute(run, { execution, inContext, signal }))
    this.#tail = result.catch(() => undefined)
    return { result, events: run.stream, interrupt: () => this.#end(run, new ReplmError('INTERRUPTED', 'The cell was interrupted')) }
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
    const { documents, limits } = this.#parts
    return this.#between(async () => {
      const before = documents.list.length
      await documents.add(context)
      const added = documents.list.slice(before).map(({ name, bytes }) => ({ name, bytes }))
      // A guest that is opened later is told of them then.
      if (this.#guest?.isAlive === true && added.length > 0) await this.#guest.addDocs({ docs: added, context: documents.contextKind(contextLimitBytes(limits.memoryMb)) })
      return this.documents.slice(before)
    })
  }

  /** Which model answers where a question names none, from the next question on. Rejects with CONFIG for a provider that does not exist, and with TypeError or RangeError. */
  async setModel(model: string): Promise<void> {
    await this.#parts.setModel(model)
  }

  /** Names that may stand at the end of a text, after the cells started so far: variables and members. Nothing of the program's is run for it, no getter, no trap of a proxy. */
  async complete(text: string): Promise<SessionNames> {
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
    if (fresh?.isAlive !== true) return this.#parts.takeSandbox()
    // Whoever waits for it to be opened must not see the process end meanwhile.
    fresh.keepAlive(true)
    return fresh
  }

  async #inspect<What extends WireInspection['what']>(ask: Extract<WireInspection, { what: What }>): Promise<Extract<WireInspected, { what: What }>> {
    return this.#between(async () => {
      await this.#preparation
      await this.#guest?.settled()
      const guest = this.#guest?.isAlive === true ? this.#guest : await this.#openGuest()
      // The sandbox's owner has checked that the answer is one to this question.
      return (await guest.inspect(ask)) as Extract<WireInspected, { what: What }>
    })
  }

  /** Work that takes its turn among the cells. */
  #between<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => {
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
    if (this.#run !== undefined) this.#run.ending = error
    this.#run?.fail(error)
    this.#guest?.kill(error)
    await this.#tail
    await this.#parts.documents.close()
    // A sandbox may have been on its way when the session was closed.
    await this.#preparation
    this.#guest?.kill(error)
    this.#fresh?.kill(error)
    this.#parts.trace?.close()
    this.#parts.onClose()
  }

  async #execute(run: CellRun, options: Execution): Promise<CellResult> {
    const { signal } = options
    const abort = (): void => this.#end(run, new ReplmError('INTERRUPTED', 'The cell was aborted by its signal'))
    const started = performance.now()
    const mark = this.#spending.mark()
    let end: { readonly ok: true } | { readonly ok: false; readonly code: ErrorCode } = { ok: true }
    this.#run = run
    run.stream.push({ type: 'cell.started', cell: run.cell.name })
    try {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', abort, { once: true })
      await this.#toItsEnd(run, options)
      signal?.throwIfAborted()
      const facts = { usage: this.#spending.since(mark), durationMs: performance.now() - started, pending: this.#guest?.pending ?? 0 }
      return resultOf(run, await run.outcome, facts)
    } catch (thrown) {
      // What is no error of ours is the reason of the caller's signal.
      end = { ok: false, code: ReplmError.from(thrown, 'INTERRUPTED').code }
      throw thrown
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#run = undefined
      run.stream.push({ type: 'cell.completed', cell: run.cell.name, ...end, durationMs: performance.now() - started })
      run.stream.end()
    }
  }

  async #toItsEnd(run: CellRun, { execution, inContext }: Execution): Promise<void> {
    if (run.isSettled) return
    if (this.#isDisposed) return run.fail(new ReplmError('DISPOSED', 'The session is closed'), false)
    // Ending it does not wait for what takes long to prepare.
    const guest = await Promise.race([this.#prepare(run), run.outcome.then(() => undefined)])
    // Ended before it began: nothing of it has run.
    if (guest === undefined || run.isSettled) return
    const { wallMs, cpuMs } = this.#parts.limits
    const overdue = Number.isFinite(wallMs) ? setTimeout(() => this.#end(run, new ReplmError('TIMEOUT', `The cell took longer than ${wallMs} ms`)), wallMs) : undefined
    run.hasStarted = true
    guest.run(run, { execution, cpuMs, inContext })
    await run.outcome
    clearTimeout(overdue)
  }

  /** A guest that holds what the cell may read; undefined when the cell has failed instead. */
  async #prepare(run: CellRun): Promise<Guest | undefined> {
    const earlier = this.#preparation
    const { promise, resolve: prepared } = Promise.withResolvers<void>()
    this.#preparation = promise
    try {
      await earlier
      await this.#guest?.settled()
      if (this.#loss !== undefined) run.stream.push({ type: 'session.reset', code: this.#loss.code, message: this.#loss.message })
      this.#loss = undefined
      const guest = this.#guest?.isAlive === true ? this.#guest : await this.#openGuest()
      if (run.cell.text.includes('context')) await guest.sendContext()
      return guest
    } catch (error) {
      run.fail(ReplmError.from(error, 'CRASHED'), false)
      return undefined
    } finally {
      prepared()
    }
  }

  async #openGuest(): Promise<Guest> {
    const { documents, limits, args, underscore, id, dispatch, resolve, budget, trace } = this.#parts
    const sandbox = await this.#takeSandbox()
    const guest = new Guest({ sandbox, documents, dispatch, resolve, budget, trace, spending: this.#spending, onDeath: (error) => this.#died(error) })
    this.#guest = guest
    const { memoryMb, cpuMs, outputBytes, valueBytes } = limits
    await guest.open({
      type: 'open', memoryMb, cpuMs, outputBytes, valueBytes, seed: id, args, underscore,
      docs: documents.list.map(({ name, bytes }) => ({ name, bytes })),
      context: documents.contextKind(contextLimitBytes(memoryMb)),
    })
    return guest
  }

  #end(run: CellRun, error: ReplmError): void {
    if (run.isSettled) return
    // Asked twice, it is in earnest.
    if (run.ending !== undefined) return run.hasStarted ? this.#guest?.kill(run.ending) : undefined
    run.ending = error
    if (run.hasStarted) this.#guest?.end(error)
    else run.fail(error, false)
  }

  #died(error: ReplmError): void {
    this.#guest = undefined
    if (!this.#isDisposed) this.#loss = error
  }
}

interface Execution {
  readonly execution: number
  readonly inContext: InContext
  readonly signal: AbortSignal | undefined
}

/** Largest `context` for a guest of this memory: its text may stand there twice while it is loaded, in two bytes a character. */
function contextLimitBytes(memoryMb: number): number {
  return (memoryMb * 1024 * 1024) / 2
}

const runOptionNames: readonly string[] = ['signal', 'name', 'typescript']

function checkRun(cell: unknown, options: RunOptions): RunOptions {
  if (typeof cell !== 'string') throw new TypeError(`Expected \`cell\` to be a string, got ${cell === null ? 'null' : typeof cell}`)
  if (typeof options !== 'object' || options === null) throw new TypeError(`Expected the options of a run to be an object, got ${options === null ? 'null' : typeof options}`)
  const unknown = Object.keys(options).find((name) => !runOptionNames.includes(name))
  if (unknown !== undefined) throw new TypeError(`Expected the options of a run to be among ${runOptionNames.map((name) => `\`${name}\``).join(', ')}, got \`${unknown}\``)
  const { signal, name, typescript } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('Expected `signal` to be an AbortSignal')
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw new TypeError('Expected `name` to be a string that is not empty')
  if (typescript !== undefined && typeof typescript !== 'boolean') throw new TypeError(`Expected \`typescript\` to be a boolean, got ${typeof typescript}`)
  return options
}
