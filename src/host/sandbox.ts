/** A session's words in; one supervised child process, watched and killed when it must be, and what its guest says out. */
import { ReplmError } from '../errors.ts'
import { encodeFrame, frameType } from '../frames.ts'
import { type GuestMessage, type HostMessage, maxFrameBytes, type SandboxTurn, type WireInspected, type WireInspection } from '../protocol.ts'
import { Inbox } from './inbox.ts'
import type { Containment, Launch } from './launch.ts'
import { Outbox } from './outbox.ts'
import { SandboxProcess } from './sandboxProcess.ts'
import { Watchdog } from './watchdog.ts'

/** What the owner of a sandbox hears. */
export interface SandboxListener {
  onMessage(message: GuestMessage): void
  /** Entries up to this one are over, and all that was said in them has been told. */
  onReached(n: number): void
  /** The guest has nothing left to run: every entry sent so far is over. */
  onIdle(): void
  /** The process is gone, or as good as gone; nothing follows. Told once. */
  onDeath(error: ReplmError): void
}

/** A sandbox that has not said `ready` within this time, in milliseconds, will not: a contended machine takes a tenth of it. */
const readyMs = 20_000

/** Longest look at a session, in milliseconds: what is looked at may be large, and is the program's. */
const inspectMs = 10_000

type OpenMessage = Extract<HostMessage, { type: 'open' }>

export class Sandbox {
  readonly containment: Containment
  /** Resolves when the sandbox can be opened; rejects when it dies first. */
  readonly ready: Promise<void>
  readonly #process: SandboxProcess
  readonly #outbox: Outbox
  readonly #inbox: Inbox
  readonly #watchdog: Watchdog
  #listener: SandboxListener | undefined
  #death: ReplmError | undefined
  #killed: Promise<void> = Promise.resolve()
  #sent = 0
  #acknowledged = 0
  /** Answers about the session, by the number of the entry that asked. */
  readonly #inspected = new Map<number, WireInspected | undefined>()
  /** The entry that began the last cell. */
  #cellEntry = 0
  #cpuMs = 0
  #isReady = false
  #becomeReady: (() => void) | undefined
  #failReady: ((error: ReplmError) => void) | undefined

  constructor(launch: Launch) {
    this.containment = launch.containment
    this.ready = this.#readiness().then(() => {
      this.#isReady = true
    })
    this.ready.catch(() => undefined) // A spare may die unseen; whoever takes it asks `ready` again.
    this.#process = new SandboxProcess(launch, {
      onData: (chunk) => this.guarded(() => this.#inbox.push(chunk)),
      onGone: (error) => void this.kill(error),
      fault: () => this.#watchdog.fault(),
    })
    const { channel, innerPid } = this.#process
    this.#outbox = new Outbox(channel)
    this.#inbox = new Inbox({
      channel,
      guarded: (work) => this.guarded(work),
      onTurn: (turn) => this.#checkTurn(turn),
      onMessage: (message) => this.#onMessage(message),
      onTurnOver: (turn) => this.#acknowledge(turn),
    })
    this.#watchdog = new Watchdog({ pid: innerPid, onFault: (error) => this.kill(error) })
  }

  get isAlive(): boolean {
    return this.#death === undefined
  }

  /** What it has died of. */
  get death(): ReplmError | undefined {
    return this.#death
  }

  /** Id of the process that was started, for tests and reports. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  get isIdle(): boolean {
    return this.#acknowledged === this.#sent
  }

  /** What the guest says it has run in this cell so far, in milliseconds. */
  get cpuMs(): number {
    return this.#cpuMs
  }

  /** Number of the last entry that is over. */
  get reached(): number {
    return this.#acknowledged
  }

  /** Gives the sandbox to a session; resolves when it is open, so that no cell's time pays for that. Rejects with what it has died of, if it has. */
  async open(message: OpenMessage, listener: SandboxListener): Promise<void> {
    await this.ready
    if (this.#death !== undefined) throw this.#death
    this.#listener = listener
    const opened = this.#readiness()
    this.#outbox.send(message)
    await opened
    this.#watchdog.setMemory(message.memoryMb)
  }

  /** Settles with the next `ready`. */
  async #readiness(): Promise<void> {
    const patience = setTimeout(() => this.kill(new ReplmError('CRASHED', `The sandbox was not ready within ${readyMs} ms`)), readyMs)
    patience.unref()
    try {
      await new Promise<void>((resolve, reject) => {
        this.#becomeReady = resolve
        this.#failReady = reject
      })
    } finally {
      clearTimeout(patience)
    }
  }

  /** Streams one text of `context` in; resolves when the guest holds it. */
  async sendContext(text: { readonly index: number; readonly bytes: number; readonly last: boolean; readonly blocks: AsyncIterable<Uint8Array> }): Promise<void> {
    const n = ++this.#sent
    this.#outbox.send({ type: 'context', n, index: text.index, bytes: text.bytes, last: text.last })
    for await (const block of text.blocks) {
      for (let at = 0; at < block.length; at += maxFrameBytes) {
        const piece = block.subarray(at, at + maxFrameBytes)
        if (!this.#outbox.write(encodeFrame(frameType.bytes, Buffer.from(piece.buffer, piece.byteOffset, piece.length)))) await this.#outbox.drained()
        if (this.#death !== undefined) throw this.#death
      }
    }
    await this.#reached(n)
    this.#watchdog.rebase()
  }

  /** Starts a cell; gives the number of the entry. */
  run(cell: { readonly execution: number; readonly cell: string; readonly file: string; readonly text: string; readonly typescript: boolean; readonly cpuMs: number }): number {
    this.#outbox.flush()
    this.#watchdog.start(cell.cpuMs)
    this.#cpuMs = 0
    this.#cellEntry = this.#next()
    this.#outbox.send({ type: 'cell', n: this.#cellEntry, ...cell })
    return this.#cellEntry
  }

  /** Makes more documents known to the guest; resolves when it knows them. */
  addDocs(message: Pick<OpenMessage, 'docs' | 'context'>): Promise<void> {
    this.#outbox.flush()
    const n = this.#next()
    this.#outbox.send({ type: 'docs', n, ...message })
    return this.#reached(n)
  }

  /** Has a look at the session between two cells. */
  async inspect(ask: WireInspection): Promise<WireInspected> {
    this.#outbox.flush()
    const n = this.#next()
    this.#inspected.set(n, undefined)
    this.#watchdog.start(inspectMs)
    this.#outbox.send({ type: 'inspect', n, ask })
    try {
      await this.#reached(n)
      const answer = this.#inspected.get(n)
      if (answer?.what === ask.what) return answer
      throw new ReplmError('CRASHED', 'The sandbox gave no answer to what it was asked about the session')
    } finally {
      this.#inspected.delete(n)
    }
  }

  /** Makes the guest forget what a cell left behind; resolves when it has. */
  end(execution: number): Promise<void> {
    this.#outbox.flush()
    const n = this.#next()
    this.#outbox.send({ type: 'end', n, execution })
    return this.#reached(n)
  }

  /** Queues an entry, and gives its number; `body` is its JSON object without it. Entries of one tick leave in one frame. */
  deliver(body: Readonly<Record<string, unknown>>): number {
    if (this.#death !== undefined) return this.#sent
    const n = this.#next()
    this.#outbox.add(JSON.stringify({ n, ...body }))
    return n
  }

  /** Resolves when all that was sent so far is over; rejects when the sandbox dies first. */
  settled(): Promise<void> {
    this.#outbox.flush()
    return this.#reached(this.#sent)
  }

  /** Resolves when the sandbox has taken in most of what it was sent, or is dead. */
  room(): Promise<void> {
    return this.#outbox.room()
  }

  /** Whether this sandbox keeps the host's process from ending; a spare, or a session that waits for its next cell, does not. */
  keepAlive(wanted: boolean): void {
    this.#process.keepAlive(wanted)
  }

  /** Ends the process for certain; the owner hears `onDeath` with this error before this returns. Resolves when the signal is sent. */
  kill(error: ReplmError): Promise<void> {
    if (this.#death !== undefined) return this.#killed
    this.#death = error
    this.#watchdog.end()
    this.#killed = this.#process.kill({ isReady: this.#isReady })
    this.#outbox.close()
    this.#inbox.close()
    this.#failReady?.(error)
    this.#listener?.onDeath(error)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
    return this.#killed
  }

  #next(): number {
    this.#sent += 1
    this.#watchdog.expect()
    return this.#sent
  }

  readonly #waiters: { n: number; resolve: () => void; reject: (error: ReplmError) => void }[] = []

  #reached(n: number): Promise<void> {
    if (this.#death !== undefined) return Promise.reject(this.#death)
    if (this.#acknowledged >= n) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ n, resolve, reject }))
  }

  /** Whatever a sandbox says wrong ends that sandbox, and nothing else. */
  guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      void this.kill(new ReplmError('CRASHED', `The sandbox broke the protocol and was stopped: ${messageOf(error)}`))
    }
  }

  #checkTurn({ n }: SandboxTurn): void {
    if (n < this.#acknowledged || n > this.#sent) throw new TypeError(`entry ${n} was not sent`)
  }

  #onMessage(message: GuestMessage): void {
    if (message.type === 'ready') this.#becomeReady?.()
    else if (message.type === 'inspected') {
      if (this.#inspected.has(message.n)) this.#inspected.set(message.n, message.answer)
    } else if (message.type === 'fatal') void this.kill(new ReplmError(message.code, message.message))
    else this.#listener?.onMessage(message)
  }

  #acknowledge({ n, cpuMs }: SandboxTurn): void {
    // What was still on its way when the cell began is on the account of the one before it.
    this.#watchdog.acknowledge({ cpuUsedMs: n < this.#cellEntry ? 0 : cpuMs, isNew: n > this.#acknowledged, isIdle: n === this.#sent })
    this.#acknowledged = n
    if (n >= this.#cellEntry) this.#cpuMs = cpuMs
    this.#listener?.onReached(n)
    while (this.#waiters[0] !== undefined && this.#waiters[0].n <= n) this.#waiters.shift()?.resolve()
    if (this.isIdle) this.#listener?.onIdle()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
