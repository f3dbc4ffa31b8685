/** One open sandbox in; its guest's words routed to its calls or to the cell that runs, and faults as that cell's end, out. */
import { ReplmError } from '../errors.ts'
import type { GuestMessage, WireInspected, WireInspection } from '../protocol.ts'
import type { InputAnswer, InputRequest, SessionEvent } from '../types.ts'
import { type CallMessage, Calls, type CallsOptions } from './calls.ts'
import { giveGrace, watchProgress } from './grace.ts'
import { GuestDocuments, type GuestDocumentsOptions } from './guestDocuments.ts'
import { HeldMessages } from './heldMessages.ts'
import { Prints } from './prints.ts'
import { Replay, type Replayed, type ReplayOptions } from './replay.ts'
import type { CellRun } from './run.ts'
import type { Sandbox } from './sandbox.ts'
import type { SessionTrace } from './trace.ts'

export interface GuestOptions extends Omit<CallsOptions, 'deliver' | 'room' | 'emit' | 'follow' | 'execution' | 'onInput' | 'onUnanswered'>, GuestDocumentsOptions {
  /** Undefined where nobody wants one. */
  readonly trace: SessionTrace | undefined
  /** Told once; true when the running cell is to go on in another guest. */
  readonly onDeath: (error: ReplmError) => boolean
}

/** What to bring a guest back from. */
export type ReplayFrom = Omit<ReplayOptions, 'sandbox' | 'documents' | 'sendContext' | 'addDocs' | 'onStart' | 'onClock' | 'onLatePrint'>

export class Guest {
  readonly #sandbox: Sandbox
  readonly #calls: Calls
  readonly #documents: GuestDocuments
  readonly #prints: Prints
  readonly #held: HeldMessages
  readonly #options: GuestOptions
  #run: CellRun | undefined
  #execution = 0
  #inContext: InContext = (work) => work()
  #dropped: Promise<void> = Promise.resolve()
  #replay: Replay | undefined
  /** Until a replay is taken up, a death is for whoever replays. */
  #isReplayed = false
  /** Number of the guest's last call. */
  #lastCall = 0
  #leave: () => void = () => undefined
  /** Resolves when it is dead. */
  readonly #gone = new Promise<void>((resolve) => (this.#leave = resolve))

  constructor(options: GuestOptions) {
    this.#sandbox = options.sandbox
    this.#options = options
    this.#documents = new GuestDocuments(options)
    this.#prints = new Prints(options.tape)
    this.#held = new HeldMessages({
      take: (message) => {
        if (this.isAlive) this.#sandbox.guarded(() => this.#take(message))
      },
      onEmpty: () => {
        if (this.isAlive && this.#sandbox.isIdle) this.#onIdle()
      },
    })
    const { trace } = options
    this.#calls = new Calls({
      ...options,
      deliver: (entry) => void this.#sandbox.deliver(entry),
      execution: () => this.#execution,
      room: () => this.#sandbox.room(),
      emit: (event) => this.#emit(event),
      onInput: (request, { signal }) => this.#askPerson(request, signal),
      onUnanswered: () => {
        if (this.#sandbox.isIdle) this.#onIdle()
      },
      follow: trace === undefined ? undefined : (asked) => trace.query(this.#execution, asked),
    })
  }

  get isAlive(): boolean {
    return this.#sandbox.isAlive
  }

  /** What the guest says it has run in this cell so far, in milliseconds. */
  get cpuMs(): number {
    return this.#sandbox.cpuMs
  }

  /** Queries in flight. */
  get pending(): number {
    return this.#calls.prompts
  }

  /** Gives it its session, of whose documents it knows the first `docs`. */
  async open(message: Omit<Parameters<Sandbox['open']>[0], 'docs' | 'context'>, docs: number): Promise<void> {
    await this.#sandbox.open({ ...message, ...this.#documents.tell(docs) }, {
      onMessage: (said) => this.#onMessage(said),
      onReached: (n) => this.#replay?.reached(n),
      onIdle: () => this.#onIdle(),
      onDeath: (error) => this.#died(error),
    })
  }

  /** Brings `context` into the guest, once; before the first cell that may read it. */
  sendContext(): Promise<void> {
    return this.#documents.sendContext()
  }

  /** Makes documents known that were loaded meanwhile, up to `count` in all. */
  addDocs(count: number): Promise<void> {
    return this.#documents.add(count)
  }

  /** A look at the session between two cells. */
  async inspect(ask: WireInspection): Promise<WireInspected> {
    this.#sandbox.keepAlive(true)
    try {
      return await this.#sandbox.inspect(ask)
    } finally {
      this.#sandbox.keepAlive(false)
    }
  }

  /** Starts the cell; its outcome settles when it is over, however that comes. */
  run(run: CellRun, options: { readonly execution: number; readonly cpuMs: number; readonly inContext: InContext }): void {
    this.#attend(run, options)
    const { execution, cpuMs } = options
    this.#prints.showKept(run)
    const { text, id, name, typescript } = run.cell
    this.#options.tape.record(execution, { cell: true }, () => void this.#sandbox.run({ execution, cell: id, file: name, text, typescript, cpuMs }), { isHeld: false })
  }

  /** Brings back what the tape holds; afterwards the guest is live, and a cell that was cut off goes on. Rejects as {@link Replay.play} does. */
  async replay(from: ReplayFrom, options: { readonly inContext: InContext }): Promise<Replayed> {
    const { goingOn } = from
    const { documents } = this.#options
    this.#sandbox.keepAlive(true)
    const replay = new Replay({
      ...from,
      documents,
      sandbox: this.#sandbox,
      sendContext: () => this.sendContext(),
      addDocs: (count) => this.addDocs(count),
      onStart: (run) => this.#prints.showKept(run),
      onLatePrint: (print) => this.#prints.keep(print),
      onClock: (runs) => this.#options.tape.record(replay.execution, { clock: runs }, () => undefined, { isHeld: false }),
    })
    this.#replay = replay
    this.#isReplayed = true
    const replayed = await replay.play()
    this.#replay = undefined
    this.#execution = replay.execution
    if (goingOn === undefined) this.#sandbox.keepAlive(false)
    else this.#attend(goingOn.run, { execution: goingOn.execution, inContext: options.inContext })
    return replayed
  }

  /** Takes up what the guest still waits for after a replay. Throws what its sandbox has died of. */
  goOn({ pending, answered }: Replayed): void {
    const batches = new Set(pending.map(({ message }) => (message.type === 'batch' ? message.batch : undefined)))
    this.#sandbox.guarded(() => {
      for (const message of answered) if (batches.has(message.batch)) this.#calls.skip(message)
      for (const { message, given } of pending) this.#inContext(() => this.#calls.handle(message, given))
    })
    this.check()
    this.#isReplayed = false
    // What could be answered at once is on its way already.
    if (this.#sandbox.isIdle) this.#onIdle()
  }

  /** Where the replay is that is under way: the last entry of the tape that was right, and its execution. */
  get replaying(): { readonly after: number; readonly execution: number } | undefined {
    return this.#replay
  }

  #attend(run: CellRun, { execution, inContext }: { readonly execution: number; readonly inContext: InContext }): void {
    this.#run = run
    this.#execution = execution
    this.#inContext = inContext
    this.#sandbox.keepAlive(true)
    void run.outcome.then((outcome) => {
      this.#sandbox.keepAlive(false)
      this.#calls.abortInputs(new ReplmError('INTERRUPTED', 'The cell has ended'))
      // What a cell leaves in flight goes on, unless the cell was ended, or ended itself with `final`.
      const wasEnded = run.ending !== undefined || (!outcome.ok && (outcome.code === 'CPU' || outcome.code === 'STALLED'))
      if (wasEnded || run.endsAll) this.#drop(run)
    })
  }

  /** Ends the running cell: what it waits for is aborted, and only if that does not end it, its sandbox is killed. */
  end(error: ReplmError): void {
    const run = this.#run
    if (run === undefined || run.isSettled || !this.isAlive) return
    const { code, message } = error
    const interrupt = { code, message }
    this.#options.tape.record(this.#execution, { interrupt }, () => void this.#sandbox.deliver({ interrupt }), { isHeld: false })
    this.#calls.abortAll(error)
    giveGrace(run, {
      prompts: () => this.#calls.prompts,
      onOver: () => {
        if (this.#sandbox.isIdle) run.fail(error)
        else void this.#sandbox.kill(error)
      },
    })
  }

  /** Throws what its sandbox has died of. */
  check(): void {
    if (this.#sandbox.death !== undefined) throw this.#sandbox.death
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
    const calm = watchProgress({
      reached: () => this.#sandbox.reached,
      onStuck: () => void this.#sandbox.kill(new ReplmError('CPU', 'Code of a cell that had ended went on running')),
    })
    const execution = this.#execution
    this.#dropped = new Promise<void>((resolve) => {
      this.#options.tape.record(execution, { end: true }, () => void this.#sandbox.end(execution).then(resolve, resolve), { isHeld: false })
      void this.#gone.then(resolve)
    }).then(calm)
  }

  /** What has an effect waits until all that entered the guest before is durable; what only asks for more does not. */
  #onMessage(message: GuestMessage): void {
    if (isCall(message)) this.#checkCall(message)
    if (this.#replay !== undefined) return this.#replay.hear(message)
    if (message.type === 'clock') return this.#options.tape.record(this.#execution, { clock: message.runs }, () => undefined, { isHeld: false })
    const isEffect = message.type !== 'sleep' && message.type !== 'budget' && message.type !== 'doc' && message.type !== 'grep'
    const until = this.#options.tape.pending
    if (!isEffect || (until === undefined && this.#held.isEmpty)) return this.#take(message)
    this.#held.hold(message, until ?? Promise.resolve())
  }

  /** Calls come in their order, and are taken up in that of their effects. */
  #checkCall({ id }: Exclude<CallMessage, { type: 'abort' }>): void {
    if (id <= this.#lastCall) throw new TypeError(`call ${id} was made before`)
    this.#lastCall = id
  }

  #take(message: GuestMessage): void {
    const run = this.#run
    switch (message.type) {
      case 'query':
      case 'batch':
        if (!this.#options.purchases.knows(message.execution)) throw new TypeError(`execution ${message.execution} was not begun`)
        this.#call(message)
        return
      case 'sleep':
      case 'budget':
      case 'doc':
      case 'grep':
      case 'input':
      case 'abort':
        this.#call(message)
        return
      case 'print':
        if (run === undefined || run.isSettled) this.#prints.keep(message)
        else this.#prints.show(message, run, this.#execution)
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
        run?.take(message)
        return
      case 'final':
      case 'done':
      case 'failed':
        if (run !== undefined && message.execution === this.#execution) run.take(message)
    }
  }

  #call(message: CallMessage): void {
    const run = this.#run
    this.#inContext(() => this.#calls.handle(message))
    // It was on its way when the cell was told to end: it is refused like those before it.
    if (run !== undefined && run.ending !== undefined && !run.isSettled) this.#calls.abort(message.id, run.ending)
  }

  /** The guest has run all there was to run: a cell without a value waits for an answer to come, or for ever. */
  #onIdle(): void {
    const run = this.#run
    if (run === undefined || run.isSettled || this.#replay !== undefined) return
    // What it asked, or is answered, waits to be durable.
    if (!this.#held.isEmpty || this.#options.tape.undelivered > 0) return
    if (this.#calls.isUnanswered) return this.#park(run)
    if (this.#calls.waiting > 0) return
    run.fail(run.ending ?? new ReplmError('STALLED', 'The cell waits for something that can never happen: no call, no read and no timer of less than 25 days is under way'))
  }

  /** Rejects where there is no cell that could wait for a person. */
  async #askPerson(request: InputRequest, signal: AbortSignal): Promise<InputAnswer | null> {
    const run = this.#run
    if (run === undefined || run.isSettled) throw new ReplmError('INPUT_NEEDED', 'A person can be asked only while a cell runs: await `awaitInput` in it')
    if (run.onInput === undefined) return null
    const letTimeGo = run.time.hold()
    try {
      return await run.onInput(request, { signal })
    } finally {
      letTimeGo()
    }
  }

  /** The cell sleeps until a person has answered: nothing of it is lost, as its tape has all that it got so far. */
  #park(run: CellRun): void {
    const error = new ReplmError('INPUT_NEEDED', 'The program waits for a person to answer, and nobody can be asked now')
    run.isParked = true
    run.fail(error)
    this.#sandbox.kill(error)
  }

  #died(error: ReplmError): void {
    this.#prints.tell()
    const run = this.#run
    this.#run = undefined
    this.#held.clear()
    const goesOn = this.#options.onDeath(error)
    this.#calls.detach(goesOn ? undefined : error)
    this.#leave()
    // What ended the cell names the code: the death of its sandbox is how it was ended.
    if (!goesOn && !this.#isReplayed) run?.fail(new ReplmError(run.ending?.code ?? error.code, `${error.message}. Its sandbox had to be ended: what this cell had made is gone`, { cause: error.cause }))
  }

  #emit(event: SessionEvent): void {
    this.#run?.stream.push(event)
  }
}

function isCall(message: GuestMessage): message is Exclude<CallMessage, { type: 'abort' }> {
  const { type } = message
  return type === 'query' || type === 'batch' || type === 'sleep' || type === 'budget' || type === 'doc' || type === 'grep' || type === 'input'
}

/** Runs work where the AsyncLocalStorage of a cell's starter is visible. */
export type InContext = <T>(work: () => T) => T
