/** A session's words in; one supervised child process, watched and killed when it must be, and what its guest says out. */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { ReplmError } from '../errors.ts'
import { encodeFrame, encodeJsonFrame, FrameReader, frameType } from '../frames.ts'
import { type GuestMessage, type HostMessage, maxFrameBytes, type SandboxTurn, type WireInspected, type WireInspection } from '../protocol.ts'
import type { Containment, Launch } from './launch.ts'
import { parseTurn } from './turn.ts'
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

/** More messages in a second than any program makes besides its calls; whoever sends them wants to keep the host busy. */
const maxMessagesPerSecond = 100_000

/** Calls wait for their answers, and only so many may wait: the host itself sets their pace. */
const calls: ReadonlySet<GuestMessage['type']> = new Set(['query', 'batch', 'sleep', 'budget', 'doc', 'grep', 'input'])

/** The host works at most this long on what one sandbox said before it looks at everything else, in milliseconds. */
const sliceMs = 2

/** Answered to the sandbox and not yet taken in by it, in bytes: beyond it the host answers no more of what it would have to hold itself. */
const maxUntakenBytes = 8 * 1024 * 1024

/** Longest look at a session, in milliseconds: what is looked at may be large, and is the program's. */
const inspectMs = 10_000

/** Kept of what the process writes to its standard error, to tell running out of memory from other deaths. */
const maxStderrUnits = 8_192

const outOfMemoryWords = /out of memory|allocation failed|invalid size error|invalid table size|Array buffer allocation|OOM error/i

type OpenMessage = Extract<HostMessage, { type: 'open' }>

export class Sandbox {
  readonly containment: Containment
  /** Resolves when the sandbox can be opened; rejects when it dies first. */
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  readonly #channel: Duplex
  /** The process behind bubblewrap, or the one that was started. */
  readonly #innerPid: Promise<number | undefined>
  readonly #watchdog: Watchdog
  #listener: SandboxListener | undefined
  #death: ReplmError | undefined
  #killed: Promise<void> = Promise.resolve()
  #stderr = ''
  #sent = 0
  #acknowledged = 0
  /** Answers about the session, by the number of the entry that asked. */
  readonly #inspected = new Map<number, WireInspected | undefined>()
  /** The entry that began the last cell. */
  #cellEntry = 0
  #cpuMs = 0
  #second = 0
  #messages = 0
  /** Frames not looked at yet, and the turn that is being worked on. */
  #frames: { readonly type: number; readonly payload: Buffer }[] = []
  #turn: { readonly turn: SandboxTurn; at: number } | undefined
  #isWorking = false
  #draining: Promise<void> | undefined
  #lines: string[] = []
  #lineUnits = 0
  #isReady = false
  #becomeReady: (() => void) | undefined
  #failReady: ((error: ReplmError) => void) | undefined

  constructor(launch: Launch) {
    this.containment = launch.containment
    this.ready = this.#readiness().then(() => {
      this.#isReady = true
    })
    this.ready.catch(() => undefined) // A spare may die unseen; whoever takes it asks `ready` again.
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'pipe', launch.infoFd === null ? 'ignore' : 'pipe']
    // A group of its own: Ctrl-C at a terminal signals the whole foreground group, and what it means is for the host to decide.
    const detached = process.platform !== 'win32'
    this.#child = spawn(launch.command, launch.args, { env: launch.env, stdio, cwd: '/', windowsHide: true, detached })
    this.#channel = this.#child.stdio[3] as Duplex // made by 'pipe' above
    this.#innerPid = launch.infoFd === null ? Promise.resolve(this.#child.pid) : readChildPid(this.#child.stdio[4] as Readable)
    this.#watchdog = new Watchdog({ pid: this.#innerPid, onFault: (error) => this.kill(error) })
    this.#listen()
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
    return this.#child.pid
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
    this.#write(encodeJsonFrame(message))
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
    this.#write(encodeJsonFrame({ type: 'context', n, index: text.index, bytes: text.bytes, last: text.last } satisfies HostMessage))
    for await (const block of text.blocks) {
      for (let at = 0; at < block.length; at += maxFrameBytes) {
        const piece = block.subarray(at, at + maxFrameBytes)
        if (!this.#write(encodeFrame(frameType.bytes, Buffer.from(piece.buffer, piece.byteOffset, piece.length)))) await this.#drained()
        if (this.#death !== undefined) throw this.#death
      }
    }
    await this.#reached(n)
    this.#watchdog.rebase()
  }

  /** Starts a cell; gives the number of the entry. */
  run(cell: { readonly execution: number; readonly cell: string; readonly file: string; readonly text: string; readonly typescript: boolean; readonly cpuMs: number }): number {
    this.#flushEntries()
    this.#watchdog.start(cell.cpuMs)
    this.#cpuMs = 0
    this.#cellEntry = this.#next()
    this.#write(encodeJsonFrame({ type: 'cell', n: this.#cellEntry, ...cell } satisfies HostMessage))
    return this.#cellEntry
  }

  /** Makes more documents known to the guest; resolves when it knows them. */
  addDocs(message: Pick<OpenMessage, 'docs' | 'context'>): Promise<void> {
    this.#flushEntries()
    const n = this.#next()
    this.#write(encodeJsonFrame({ type: 'docs', n, ...message } satisfies HostMessage))
    return this.#reached(n)
  }

  /** Has a look at the session between two cells. */
  async inspect(ask: WireInspection): Promise<WireInspected> {
    this.#flushEntries()
    const n = this.#next()
    this.#inspected.set(n, undefined)
    this.#watchdog.start(inspectMs)
    this.#write(encodeJsonFrame({ type: 'inspect', n, ask } satisfies HostMessage))
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
    this.#flushEntries()
    const n = this.#next()
    this.#write(encodeJsonFrame({ type: 'end', n, execution } satisfies HostMessage))
    return this.#reached(n)
  }

  /** Queues an entry, and gives its number; `body` is its JSON object without it. Entries of one tick leave in one frame. */
  deliver(body: Readonly<Record<string, unknown>>): number {
    if (this.#death !== undefined) return this.#sent
    const n = this.#next()
    const line = JSON.stringify({ n, ...body })
    if (this.#lineUnits + line.length > maxFrameBytes / 3) this.#flushEntries()
    if (this.#lines.length === 0) queueMicrotask(() => this.#flushEntries())
    this.#lines.push(line)
    this.#lineUnits += line.length + 1
    return n
  }

  /** Resolves when all that was sent so far is over; rejects when the sandbox dies first. */
  settled(): Promise<void> {
    this.#flushEntries()
    return this.#reached(this.#sent)
  }

  /** Resolves when the sandbox has taken in most of what it was sent, or is dead. */
  async room(): Promise<void> {
    while (this.#death === undefined && this.#channel.writableLength > maxUntakenBytes) await this.#drained()
  }

  /** Whether this sandbox keeps the host's process from ending; a spare, or a session that waits for its next cell, does not. */
  keepAlive(wanted: boolean): void {
    for (const stream of [this.#child, ...this.#child.stdio] as ({ ref?: () => void; unref?: () => void; destroyed?: boolean } | null)[]) {
      // A closed socket would wait for its connection with another listener each time.
      if (stream?.destroyed === true) continue
      if (wanted) stream?.ref?.()
      else stream?.unref?.()
    }
  }

  /** Ends the process for certain; the owner hears `onDeath` with this error before this returns. Resolves when the signal is sent. */
  kill(error: ReplmError): Promise<void> {
    if (this.#death !== undefined) return this.#killed
    this.#death = error
    this.#watchdog.end()
    this.#killed = this.#sendKill()
    this.#channel.destroy()
    this.#failReady?.(error)
    this.#listener?.onDeath(error)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
    return this.#killed
  }

  /** Until the sandbox is ready, bubblewrap may have made a process that does not yet die with it: that one is ended first. */
  async #sendKill(): Promise<void> {
    if (!this.#isReady) {
      this.keepAlive(true)
      const inner = await this.#innerPid.catch(() => undefined)
      if (inner !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) killProcess(inner)
    }
    this.#child.kill('SIGKILL')
  }

  #next(): number {
    this.#sent += 1
    this.#watchdog.expect()
    return this.#sent
  }

  #flushEntries(): void {
    if (this.#lines.length === 0) return
    const payload = Buffer.from(this.#lines.join('\n'))
    this.#lines = []
    this.#lineUnits = 0
    this.#write(encodeFrame(frameType.entries, payload))
  }

  #write(frame: Buffer): boolean {
    return this.#death === undefined ? this.#channel.write(frame) : true
  }

  #drained(): Promise<void> {
    this.#draining ??= new Promise<void>((resolve) => {
      const done = (): void => {
        this.#channel.off('drain', done)
        this.#channel.off('close', done)
        this.#draining = undefined
        resolve()
      }
      this.#channel.on('drain', done)
      this.#channel.on('close', done)
    })
    return this.#draining
  }

  readonly #waiters: { n: number; resolve: () => void; reject: (error: ReplmError) => void }[] = []

  #reached(n: number): Promise<void> {
    if (this.#death !== undefined) return Promise.reject(this.#death)
    if (this.#acknowledged >= n) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ n, resolve, reject }))
  }

  #listen(): void {
    const reader = new FrameReader((type, payload) => this.#frames.push({ type, payload }), maxFrameBytes)
    this.#channel.on('data', (chunk: Buffer) => this.guarded(() => {
      reader.push(chunk)
      if (!this.#isWorking) this.#work()
    }))
    this.#channel.on('error', () => undefined) // 'close' follows, and says what there is to say.
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      if (this.#stderr.length < maxStderrUnits) this.#stderr += chunk.toString('latin1').slice(0, maxStderrUnits)
    })
    this.#child.on('error', (error) => this.kill(new ReplmError('CRASHED', `The sandbox process could not be started: ${error.message}`)))
    this.#child.on('close', (code, signal) => this.kill(this.#deathError(code, signal)))
  }

  /** Whatever a sandbox says wrong ends that sandbox, and nothing else. */
  guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      void this.kill(new ReplmError('CRASHED', `The sandbox broke the protocol and was stopped: ${messageOf(error)}`))
    }
  }

  /** Takes what was said, in slices: a guest that says a lot at once waits, and nobody else does. */
  #work(): void {
    const until = performance.now() + sliceMs
    while (this.#death === undefined && (this.#turn !== undefined || this.#frames.length > 0)) {
      if (performance.now() > until) {
        this.#isWorking = true
        this.#channel.pause()
        setImmediate(() => this.guarded(() => this.#work()))
        return
      }
      this.#step()
    }
    if (!this.#isWorking) return
    this.#isWorking = false
    this.#channel.resume()
  }

  /** One message, or the beginning or end of a turn. */
  #step(): void {
    if (this.#turn === undefined) {
      const { type, payload } = this.#frames.shift() as { type: number; payload: Buffer } // `#work` looked
      if (type !== frameType.json) throw new TypeError(`a frame of type ${type}`)
      const turn = parseTurn(payload)
      if (turn.n < this.#acknowledged || turn.n > this.#sent) throw new TypeError(`entry ${turn.n} was not sent`)
      this.#countMessages(turn.messages)
      this.#turn = { turn, at: 0 }
    }
    const { turn, at } = this.#turn
    const message = turn.messages[at]
    if (message === undefined) {
      this.#turn = undefined
      this.#acknowledge(turn)
      return
    }
    this.#turn.at = at + 1
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

  /** A call pays for the word that takes it back. What is printed has a limit of its own, and may be many short lines. */
  #countMessages(messages: readonly GuestMessage[]): void {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) this.#messages = 0
    this.#second = second
    this.#messages += 1
    for (const { type } of messages) this.#messages += calls.has(type) ? -1 : type === 'print' ? 0.1 : 1
    if (this.#messages > maxMessagesPerSecond) throw new RangeError(`more than ${maxMessagesPerSecond} messages in a second`)
  }

  #deathError(code: number | null, signal: NodeJS.Signals | null): ReplmError {
    if (outOfMemoryWords.test(this.#stderr)) return new ReplmError('MEMORY', 'The sandbox ran out of memory')
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`
    return this.#watchdog.fault() ?? new ReplmError('CRASHED', `The sandbox process died (${how})`, { cause: this.#stderr })
  }
}

/** Bubblewrap names the process it made as JSON on a pipe of its own. */
async function readChildPid(info: Readable): Promise<number | undefined> {
  let text = ''
  for await (const chunk of info) text += String(chunk)
  return Number(/"child-pid":\s*(\d+)/.exec(text)?.[1]) || undefined
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
