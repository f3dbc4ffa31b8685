/** One open sandbox in; its guest's words routed to its calls or to the cell that runs, and faults as that cell's end, out. */
import { ReplmError } from '../errors.ts'
import type { GuestMessage, WireInspected, WireInspection } from '../protocol.ts'
import type { SessionEvent } from '../types.ts'
import { Calls, type CallsOptions } from './calls.ts'
import type { Documents } from './context/documents.ts'
import type { CellRun } from './run.ts'
import type { Sandbox } from './sandbox.ts'
import type { SessionTrace } from './trace.ts'

export interface GuestOptions extends Omit<CallsOptions, 'deliver' | 'room' | 'emit' | 'follow'> {
  readonly sandbox: Sandbox
  /** Undefined where nobody wants one. */
  readonly trace: SessionTrace | undefined
  readonly onDeath: (error: ReplmError) => void
}

/** How long a cell that is being ended has to end itself before its sandbox is killed, in milliseconds. */
const endingGraceMs = 250

/** A cell that is being ended has half of that more whenever it has let go of so many questions meanwhile, so often at most. */
const fewerPrompts = 100
const maxExtensions = 8

/** Texts kept of what is printed between cells, and the longest of them in UTF-16 units. */
const maxLatePrints = 100
const maxLateUnits = 1_000

type PrintMessage = Extract<GuestMessage, { type: 'print' }>

export class Guest {
  readonly #sandbox: Sandbox
  readonly #calls: Calls
  readonly #documents: Documents
  readonly #onDeath: (error: ReplmError) => void
  #run: CellRun | undefined
  #execution = 0
  #contextSent = false
  #inContext: InContext = (work) => work()
  #dropped: Promise<void> = Promise.resolve()
  /** Printed while no cell was running. */
  readonly #latePrints: PrintMessage[] = []

  constructor(options: GuestOptions) {
    this.#sandbox = options.sandbox
    this.#documents = options.documents
    this.#onDeath = options.onDeath
    const { trace } = options
    this.#calls = new Calls({
      ...options,
      deliver: (entry) => this.#sandbox.deliver(entry),
      room: () => this.#sandbox.room(),
      emit: (event) => this.#emit(event),
      follow: trace === undefined ? undefined : (asked) => trace.query(this.#execution, asked),
    })
  }

  get isAlive(): boolean {
    return this.#sandbox.isAlive
  }

  /** Queries in flight. */
  get pending(): number {
    return this.#calls.prompts
  }

  async open(message: Parameters<Sandbox['open']>[0]): Promise<void> {
    await this.#sandbox.open(message, {
      onMessage: (said) => this.#onMessage(said),
      onIdle: () => this.#onIdle(),
      onDeath: (error) => this.#died(error),
    })
  }

  /** Brings `context` into the guest, once; before the first cell that may read it. */
  async sendContext(): Promise<void> {
    if (this.#contextSent) return
    this.#contextSent = true
    this.#sandbox.keepAlive(true)
    try {
      const count = this.#documents.list.length
      for (let index = 0; index < count; index++) {
        const { bytes, blocks } = await this.#documents.readAll(index)
        await this.#sandbox.sendContext({ index, bytes, last: index === count - 1, blocks })
      }
    } catch (error) {
      // The next cell may try again: the file may be as it was by then.
      this.#contextSent = false
      this.#sandbox.keepAlive(false)
      throw error
    }
  }

  /** Makes documents known that were loaded meanwhile; `context` is brought in anew. */
  async addDocs(message: Parameters<Sandbox['addDocs']>[0]): Promise<void> {
    this.#contextSent = false
    await this.#between(() => this.#sandbox.addDocs(message))
  }

  /** A look at the session between two cells. */
  inspect(ask: WireInspection): Promise<WireInspected> {
    return this.#between(() => this.#sandbox.inspect(ask))
  }

  async #between<T>(work: () => Promise<T>): Promise<T> {
    this.#sandbox.keepAlive(true)
    try {
      return await work()
    } finally {
      this.#sandbox.keepAlive(false)
    }
  }

  /** Starts the cell; its outcome settles when it is over, however that comes. */
  run(run: CellRun, options: { readonly execution: number; readonly cpuMs: number; readonly inContext: InContext }): void {
    this.#run = run
    this.#execution = options.execution
    this.#inContext = options.inContext
    this.#sandbox.keepAlive(true)
    void run.outcome.then((outcome) => {
      this.#sandbox.keepAlive(false)
      // What a cell leaves in flight goes on, unless the cell was ended, or ended itself with `final`.
      const wasEnded = run.ending !== undefined || (!outcome.ok && (outcome.code === 'CPU' || outcome.code === 'STALLED'))
      if (wasEnded || run.endsAll) this.#drop(run)
    })
    for (const print of this.#latePrints.splice(0)) run.print(print)
    const { text, name, typescript } = run.cell
    this.#sandbox.run({ execution: options.execution, cell: name, text, typescript, cpuMs: options.cpuMs })
  }

  /** Ends the running cell: what it waits for is aborted, and only if that does not end it, its sandbox is killed. */
  end(error: ReplmError): void {
    const run = this.#run
    if (run === undefined || run.isSettled || !this.isAlive) return
    const { code, message } = error
    this.#sandbox.deliver({ interrupt: { code, message } })
    this.#calls.abortAll(error)
    const conclude = (): void => {
      if (this.#sandbox.isIdle) run.fail(error)
      else void this.#sandbox.kill(error)
    }
    let waiting = this.#calls.prompts
    let extensions = 0
    const look = (): void => {
      // Letting go of thousands of questions takes its time; it goes on as long as there are clearly fewer each time.
      const now = this.#calls.prompts
      if (waiting - now < fewerPrompts || ++extensions > maxExtensions) return conclude()
      waiting = now
      grace = setTimeout(look, endingGraceMs / 2)
    }
    let grace = setTimeout(look, endingGraceMs)
    void run.outcome.then(() => clearTimeout(grace))
  }

  /** Resolves when what an ended cell left behind is forgotten, or the sandbox is dead of it. */
  settled(): Promise<void> {
    return this.#dropped
  }

  kill(error: ReplmError): void {
    this.#sandbox.kill(error)
  }

  /** The cell is over for the host: its calls are aborted, and the guest forgets what it held. */
  #drop(run: CellRun): void {
    if (this.#run === run) this.#run = undefined
    if (!this.isAlive) return
    this.#calls.abortAll(new ReplmError('INTERRUPTED', 'The cell has ended'))
    let reached = this.#sandbox.reached
    const patience = setInterval(() => {
      if (this.#sandbox.reached === reached) this.#sandbox.kill(new ReplmError('CPU', 'Code of a cell that had ended went on running'))
      reached = this.#sandbox.reached
    }, endingGraceMs)
    const calm = (): void => clearInterval(patience)
    this.#dropped = this.#sandbox.end(this.#execution).then(calm, calm)
  }

  #onMessage(message: GuestMessage): void {
    const run = this.#run
    switch (message.type) {
      case 'query':
      case 'batch':
      case 'sleep':
      case 'budget':
      case 'doc':
      case 'abort':
        this.#inContext(() => this.#calls.handle(message))
        // It was on its way when the cell was told to end: it is refused like those before it.
        if (run !== undefined && run.ending !== undefined && !run.isSettled) this.#calls.abort(message.id, run.ending)
        return
      case 'print':
        if (run === undefined || run.isSettled) this.#keepPrint(message)
        else run.print(message)
        return
      case 'overflow':
        if (run !== undefined && run.ending === undefined) {
          run.ending = new ReplmError('OUTPUT', message.message)
          this.end(run.ending)
        }
        return
      case 'progress':
        this.#emit({ type: 'job.progressed', fraction: message.fraction, step: message.step })
        return
      case 'piece':
        run?.addPiece(message)
        return
      case 'final':
      case 'done':
      case 'failed':
        if (run === undefined || message.execution !== this.#execution) return
        if (message.type === 'final') run.recordFinal(message)
        else if (message.type === 'done') run.done(message)
        else run.failed(message.error)
    }
  }

  /** Code that a cell left behind prints between cells: the next one shows it, a few at the most. */
  #keepPrint(message: PrintMessage): void {
    if (this.#latePrints.length >= maxLatePrints || message.text.length > maxLateUnits || message.more === true) return
    this.#latePrints.push(message)
  }

  /** The guest has run all there was to run: a cell without a value waits for an answer to come, or for ever. */
  #onIdle(): void {
    const run = this.#run
    if (run === undefined || run.isSettled || this.#calls.waiting > 0) return
    run.fail(run.ending ?? new ReplmError('STALLED', 'The cell waits for something that can never happen: no call, no read and no timer of less than 25 days is under way'))
  }

  #died(error: ReplmError): void {
    this.#calls.abortAll(error)
    const run = this.#run
    this.#run = undefined
    this.#onDeath(error)
    // What ended the cell names the code: the death of its sandbox is how it was ended.
    run?.fail(new ReplmError(run.ending?.code ?? error.code, `${error.message}. Its sandbox had to be ended: what the session's cells had defined is gone`, { cause: error.cause }))
  }

  #emit(event: SessionEvent): void {
    this.#run?.stream.push(event)
  }
}

/** Runs work where the AsyncLocalStorage of a cell's starter is visible. */
export type InContext = <T>(work: () => T) => T
