/** The host's words in; turns of one guest out, each timed, each with its faults told apart. */
import { isAscii } from 'node:buffer'
import { compileCell, compileFailure, locateStack } from './cell.ts'
import type { Channel } from './channel.ts'
import { CompiledCells } from './compiled-cells.ts'
import { collectGarbage } from './garbage.ts'
import { type GuestFunction, GuestIsolate, type TurnFault, turnFault } from './isolate.ts'
import { inspectSession } from './inspection.ts'
import { CpuMeter } from './limits.ts'
import { natives } from './natives.ts'
import { piecesOf } from './pieces.ts'
import { backgroundTurnMs, type CellFailure, type GuestMessage, type HostMessage } from '../protocol.ts'

type Message<T extends HostMessage['type']> = Extract<HostMessage, { type: T }>

/** The functions of `guest/index.ts` that the sandbox calls. */
type GuestExports = Readonly<Record<'open' | 'addDocs' | 'complete' | 'describeVariables' | 'setContext' | 'deliver' | 'release' | 'run' | 'end', GuestFunction>>

/** What the guest's runtime says of a cell that threw: where is found out here, from the raw stack. */
interface RawFailure {
  readonly execution: number
  readonly code: string
  readonly name: string | null
  readonly message: string
  readonly stack: string
}

/** So much of errors that came out of the isolate, in UTF-16 units, may wait for this process's own collector: until then it counts against the guest's memory. */
const thrownUnits = 2_000_000

/** What a cell's unhandled rejections may print, in UTF-16 units: all of them together, and one. */
const warningsUnits = 100_000
const warningUnits = 2_000

/** Time for what must be done after a turn that was cut short, in milliseconds. */
const briefMs = 50

/** Time for a look at what the program has made, in milliseconds. */
const lookMs = 500

export class Guest {
  readonly #channel: Channel
  readonly #isolate: GuestIsolate
  readonly #meter = new CpuMeter()
  readonly #cells = new CompiledCells()
  readonly #exports: GuestExports
  #cpuMs = 0
  /** The execution whose cell has neither a value nor an error yet; 0 when none has. */
  #running = 0
  /** The cell's end, as JSON: told after all that happened in the same turn. */
  #outcome: string | undefined
  #thrownUnits = 0
  #warningUnitsLeft = warningsUnits
  #context: { index: number; bytes: Buffer; filled: number; last: boolean; n: number } | undefined

  constructor(options: { readonly memoryMb: number; readonly channel: Channel }) {
    this.#channel = options.channel
    this.#isolate = new GuestIsolate({
      memoryMb: options.memoryMb,
      natives: {
        ...natives,
        emit: (json: string, urgent: boolean) => this.#channel.emit(json, urgent),
        settled: (execution: number, json: string) => this.#settled(execution, json),
        failed: (json: string) => this.#failed(JSON.parse(json) as RawFailure),
        locate: (stack: string) => this.#locate(stack),
      },
      onCatastrophe: (message) => this.#fatal('MEMORY', message),
    })
    this.#exports = {
      open: this.#isolate.export('open'),
      addDocs: this.#isolate.export('addDocs'),
      complete: this.#isolate.export('complete'),
      describeVariables: this.#isolate.export('describeVariables'),
      setContext: this.#isolate.export('setContext'),
      deliver: this.#isolate.export('deliver'),
      release: this.#isolate.export('release'),
      run: this.#isolate.export('run'),
      end: this.#isolate.export('end'),
    }
  }

  open(message: Message<'open'>): void {
    this.#cpuMs = message.cpuMs
    this.#meter.start(message.cpuMs)
    this.#turn(() => this.#exports.open([JSON.stringify(message)]))
  }

  announceContext(message: Message<'context'>): void {
    this.#context = { index: message.index, bytes: Buffer.allocUnsafeSlow(message.bytes), filled: 0, last: message.last, n: message.n }
    if (message.bytes === 0) this.addContext(Buffer.alloc(0))
  }

  addContext(piece: Buffer): void {
    const context = this.#context
    if (context === undefined) return
    piece.copy(context.bytes, context.filled)
    context.filled += piece.length
    if (context.filled < context.bytes.length) return
    this.#context = undefined
    this.#turn(() => this.#exports.setContext([context.index, decodeText(context.bytes), context.last]))
    this.#finish(context.n)
    // What carried the text here is garbage now; collected at once, it does not count as the guest's memory.
    collectGarbage()
  }

  run(message: Message<'cell'>): void {
    this.#meter.start(message.cpuMs ?? this.#cpuMs)
    this.#running = message.execution
    this.#warningUnitsLeft = warningsUnits
    const compiled = compileCell(message.text, { filename: message.file, typescript: message.typescript })
    if ('failure' in compiled) this.#fail(message.execution, compiled.failure)
    else {
      // A name that no frame is shown with: one that is shown has been put at its place. A cell that runs again may have another text.
      const filename = `replm:cell-${message.execution}`
      this.#cells.add(filename, compiled)
      try {
        const script = this.#isolate.evaluate(compiled.code, filename)
        this.#timed((timeoutMs) => this.#exports.run([script, message.execution, message.cell], timeoutMs))
      } catch (error) {
        // Memory that earlier cells had filled up to the limit is found out by whatever runs next.
        if (this.#isolate.isDisposed) return void this.#fault(error)
        // Compiling found what parsing had not: a rule that only V8 checks.
        this.#fail(message.execution, compileFailure(error, compiled))
      }
    }
    this.#finish(message.n)
  }

  deliver(line: string): void {
    const isWhole = this.#timed((timeoutMs) => this.#exports.deliver(piecesOf(line), timeoutMs))
    if (!isWhole) this.#brief(() => this.#exports.release([line], briefMs))
    this.#finish(entryNumber(line))
  }

  addDocs(message: Message<'docs'>): void {
    this.#context = undefined
    this.#turn(() => this.#exports.addDocs([JSON.stringify(message)]))
    this.#finish(message.n)
  }

  inspect({ n, ask }: Message<'inspect'>): void {
    const answer = inspectSession(ask, {
      complete: (pathJson) => this.#look(() => this.#exports.complete([pathJson], lookMs)),
      describeVariables: () => this.#look(() => this.#exports.describeVariables([], lookMs)),
    })
    this.#say({ type: 'inspected', n, answer })
    this.#finish(n)
  }

  /** What a function of the runtime gives, unless it takes too long. */
  #look(turn: () => unknown): string | undefined {
    let json: unknown
    this.#brief(() => (json = turn()))
    return typeof json === 'string' ? json : undefined
  }

  end(message: Message<'end'>): void {
    this.#running = 0
    this.#forget(false)
    this.#finish(message.n)
  }

  /** Drops what is waited for; `abort` also tells the host that nobody wants it any more. */
  #forget(abort: boolean): void {
    this.#brief(() => this.#exports.end([abort], briefMs))
  }

  /** A turn of the runtime's own after one that was cut short: what the program left in the queue of microtasks may run in it, and is gone when its time is over. */
  #brief(turn: () => void): void {
    try {
      turn()
    } catch (thrown) {
      if (turnFault(thrown, this.#isolate) !== 'timeout') this.#fault(thrown)
    }
  }

  #finish(n: number): void {
    if (this.#outcome !== undefined) this.#channel.emit(this.#outcome)
    this.#outcome = undefined
    this.#channel.progress = { n, cpuMs: this.#meter.usedMs }
  }

  /** A turn of the guest's own code, on the cell's account. False when its time was over before it was. */
  #timed(turn: (timeoutMs: number) => void): boolean {
    try {
      this.#meter.count(turn, this.#running === 0 ? backgroundTurnMs : 1)
      return true
    } catch (thrown) {
      return this.#fault(thrown) !== 'timeout'
    }
  }

  /** A turn of the runtime's own, not counted. */
  #turn(turn: () => void): void {
    try {
      turn()
    } catch (thrown) {
      this.#fault(thrown)
    }
  }

  #fault(thrown: unknown): TurnFault {
    const fault = turnFault(thrown, this.#isolate)
    if (fault === 'memory') this.#fatal('MEMORY', 'The guest used more memory than its limit')
    else if (fault === 'timeout') this.#outOfTime()
    else this.#warn(thrown)
    return fault
  }

  #outOfTime(): void {
    const execution = this.#running
    this.#forget(execution === 0)
    if (execution === 0) {
      this.#print('Code that an earlier cell had left behind ran for too long: its timers and calls were dropped')
      return
    }
    const message = `The cell ran for more than ${this.#meter.limitMs} ms of CPU time and was stopped; what it had defined until then is kept`
    this.#fail(execution, { code: 'CPU', name: null, message, line: null, column: null, stack: '' })
  }

  #warn(thrown: unknown): void {
    const stack = thrown instanceof Error && typeof thrown.stack === 'string' ? thrown.stack : ''
    this.#thrownUnits += stack.length
    if (this.#thrownUnits > thrownUnits) {
      this.#thrownUnits = 0
      collectGarbage()
    }
    const located = locateStack(stack, this.#cells.byFile)
    const shown = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : shownPrimitive(thrown)
    this.#print(`Unhandled rejection: ${shown}${located.stack === '' ? '' : `\n${located.stack}`}`)
  }

  /** A word of the sandbox's own; a program that makes too many words does not get to fill the host with them. */
  #print(whole: string): void {
    if (this.#warningUnitsLeft <= 0) return
    const text = whole.length > warningUnits ? `${whole.slice(0, warningUnits)}…` : whole
    this.#warningUnitsLeft -= text.length
    this.#say({ type: 'print', stream: 'stderr', level: 'warn', text: this.#warningUnitsLeft > 0 ? text : 'There were more unhandled rejections than can be shown' })
  }

  #settled(execution: number, json: string): void {
    if (execution === this.#running) this.#running = 0
    this.#outcome = json
  }

  #failed(raw: RawFailure): void {
    const located = locateStack(raw.stack, this.#cells.byFile, raw.message)
    const head = raw.name === null ? raw.message : `${raw.name}: ${raw.message}`
    this.#fail(raw.execution, {
      code: raw.code,
      name: raw.name,
      message: raw.message,
      line: located.line,
      column: located.column,
      stack: located.stack === '' ? head : `${head}\n${located.stack}`,
    })
  }

  /** The head of a stack as it is, and below it the frames of the cells only. */
  #locate(stack: string): string {
    const firstFrame = stack.search(/^ {4}at /m)
    if (firstFrame === -1) return stack
    const frames = locateStack(stack, this.#cells.byFile).stack
    return frames === '' ? stack.slice(0, firstFrame).trimEnd() : stack.slice(0, firstFrame) + frames
  }

  #fail(execution: number, error: CellFailure): void {
    this.#settled(execution, JSON.stringify({ type: 'failed', execution, error } satisfies GuestMessage))
  }

  #fatal(code: 'MEMORY', message: string): void {
    this.#say({ type: 'fatal', code, message })
    this.#channel.flush()
  }

  #say(message: GuestMessage): void {
    this.#channel.emit(JSON.stringify(message))
  }
}

/** One byte a character where all are ASCII: half the memory in the isolate, and a tenth of the time. */
function decodeText(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')
}

/** Entries start with their number: read without parsing what may be megabytes. */
function entryNumber(line: string): number {
  return Number(/^\{"n":(\d+)/.exec(line)?.[1])
}

function shownPrimitive(thrown: unknown): string {
  return typeof thrown === 'object' || typeof thrown === 'function' ? 'an object' : String(thrown)
}
