/** Cells, whose turn comes, in; each brought to its end in a guest, written down, and its result out. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type ErrorCode, ReplmError } from '../errors.ts'
import type { CellResult } from '../types.ts'
import type { Executions } from './executions.ts'
import type { InContext } from './guest.ts'
import type { GuestSupply, PrepareOptions, RunningCell } from './guestSupply.ts'
import type { Lifetime } from './lifetime.ts'
import { type CellRun, type Outcome, type Run, resultOf } from './run.ts'
import type { SessionParts } from './sessionParts.ts'
import type { SessionQueue } from './sessionQueue.ts'
import type { Spending } from './spending.ts'
import type { Tape } from './tape.ts'

export interface CellRunnerOptions extends Pick<SessionParts, 'limits' | 'trace'> {
  readonly queue: SessionQueue
  readonly guests: GuestSupply
  readonly tape: Tape
  readonly executions: Executions
  readonly spending: Spending
  readonly lifetime: Lifetime
}

interface Execution extends PrepareOptions {
  readonly signal: AbortSignal | undefined
}

export class CellRunner {
  readonly #options: CellRunnerOptions
  #current: RunningCell | undefined

  constructor(options: CellRunnerOptions) {
    this.#options = options
  }

  /** The cell that runs; undefined between cells. */
  get current(): RunningCell | undefined {
    return this.#current
  }

  /** Gives a handle on the cell at once; it runs when those before it are over. */
  launch(run: CellRun, options: Omit<Execution, 'inContext'>): Run {
    const { trace, queue } = this.#options
    if (trace !== undefined) run.stream.tap((event) => trace.event(options.execution, event))
    // Providers of the embedding program see the AsyncLocalStorage of the code that started the cell.
    const inContext: InContext = AsyncLocalStorage.snapshot()
    const result = queue.add(() => this.#execute(run, { ...options, inContext }))
    return { result, events: run.stream, interrupt: () => this.#end(run, new ReplmError('INTERRUPTED', 'The cell was interrupted')) }
  }

  async #execute(run: CellRun, options: Execution): Promise<CellResult> {
    const { guests, spending } = this.#options
    const { signal, execution, inContext } = options
    const abort = (): void => this.#end(run, new ReplmError('INTERRUPTED', 'The cell was aborted by its signal'))
    const started = performance.now()
    const mark = spending.mark()
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
      const facts = { usage: spending.since(mark), durationMs: performance.now() - started, pending: guests.guest?.pending ?? 0 }
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
    const { guests, executions, limits, lifetime } = this.#options
    if (run.isSettled) return
    if (lifetime.isDisposed) return run.fail(new ReplmError('DISPOSED', 'The session is closed'), false)
    // Ending it does not wait for what takes long to prepare.
    const preparing = guests.prepare(run, { execution, inContext, isResumed })
    const guest = await Promise.race([preparing, run.outcome.then(() => undefined)])
    // What has come to its end in its replay is told when all of the replay is counted.
    if (isResumed && run.isSettled && run.ending === undefined) await preparing
    // Ended before it began: nothing of it has run.
    if (guest === undefined || (run.isSettled && !isResumed)) return
    const { wallMs, cpuMs } = limits
    run.time.start(() => this.#end(run, new ReplmError('TIMEOUT', `The cell took longer than ${wallMs} ms`)))
    if (!isResumed) {
      run.hasStarted = true
      executions.start(execution, run.cell)
      guest.run(run, { execution, cpuMs, inContext })
    }
    await run.outcome
    run.time.stop()
  }

  /** Writes down how the cell ended; resolves when that, and all before it, is durable. */
  async #conclude(run: CellRun, outcome: Outcome, { execution }: Execution): Promise<void> {
    const { guests, executions, tape, lifetime } = this.#options
    if (!run.hasStarted || lifetime.isDisposed) return
    // What a parked cell waits for is answered in another process, maybe next week: until then it is one that was cut off.
    if (run.isParked) return void (await tape.pending)
    // The CLI of an interrupted run may be gone before it is written: then it was cut off, which is as true.
    const { guest } = guests
    const state = executions.end(execution, outcome, { cpuMs: guest?.cpuMs ?? 0, wasEnded: run.ending !== undefined, isAlive: guest?.isAlive === true })
    if (state === 'cut') guests.lose(run.cell.name, outcome.ok ? null : outcome.code)
    await tape.pending
    if (lifetime.fault !== undefined && outcome.ok) throw lifetime.fault
  }

  #end(run: CellRun, error: ReplmError): void {
    const { guests } = this.#options
    if (run.isSettled) return
    // Asked twice, it is in earnest.
    if (run.ending !== undefined) return run.hasStarted ? guests.guest?.kill(run.ending) : undefined
    run.ending = error
    const isCurrent = this.#current?.run === run
    if (isCurrent && guests.isRebuilding) {
      guests.stopRebuild(error)
      run.fail(error, run.hasStarted)
    } else if (run.hasStarted) guests.guest?.end(error)
    else run.fail(error, false)
  }
}
