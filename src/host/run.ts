/** What happens while one cell runs in; its result, its events and a way to interrupt it, out. */
import { type ErrorCode, exitCodes, ReplmError } from '../errors.ts'
import type { CellFailure, GuestMessage } from '../protocol.ts'
import type { CellResult, LogLine, SessionEvent, Usage } from '../types.ts'
import { Deadline } from './deadline.ts'
import { EventStream } from './events.ts'
import type { OnInput } from './inputs.ts'
import { decodeValue } from './value.ts'

/** A cell under way, as `session.start` gives it. */
export interface Run {
  /** Settles when the cell is over. Rejects with ReplmError, or with the reason of the caller's own signal. */
  readonly result: Promise<CellResult>
  /** What happens, as it happens; ends with the cell. Events before the first read are kept. */
  readonly events: AsyncIterable<SessionEvent>
  /** Ends the cell with INTERRUPTED: first by aborting what it waits for, by killing its sandbox only if that does not end it. */
  interrupt(): void
}

export interface CellText {
  readonly text: string
  /** Under it what the cell bought is found again, and its randomness is the same. */
  readonly id: string
  /** The file that its errors name. */
  readonly name: string
  readonly typescript: boolean
}

/** What the sandbox may print besides, about rejections that nobody handled, in UTF-16 units. */
const warningUnits = 200_000

/** How a cell ended, before it is told to the caller. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly failure?: CellFailure; readonly ran: boolean; readonly cause?: unknown }

type Message<T extends GuestMessage['type']> = Extract<GuestMessage, { type: T }>

export class CellRun {
  readonly cell: CellText
  readonly outcome: Promise<Outcome>
  readonly stream = new EventStream<SessionEvent>()
  readonly logs: LogLine[] = []
  /** What the cell is being ended with; undefined while nobody wants it ended. */
  ending: ReplmError | undefined
  /** False until the sandbox was given the cell: then nothing of it has run. */
  hasStarted = false
  /** It sleeps until a person has answered, and goes on then. */
  isParked = false
  /** Asks a person; undefined where nobody is there. */
  readonly onInput: OnInput | undefined
  /** As {@link ResumeOptions} has it. */
  readonly printsToSkip: number | undefined
  /** Wall time that it has. */
  readonly time: Deadline
  /** Prints of the console to come that were shown before its sandbox died; a replay makes them again. */
  #printsShown = 0
  #prints = 0
  #settle: (outcome: Outcome) => void = () => undefined
  #settled = false
  #endsAll = false
  /** Pieces of a text of the console that has more to come. */
  #printed = ''
  #pieces: string[] = []
  #pieceUnits = 0
  #final: { readonly value: unknown; readonly text: string } | undefined
  readonly #maxPieceUnits: number
  readonly #maxPrintUnits: number
  #printUnitsLeft: number

  constructor(cell: CellText, options: { readonly valueBytes: number; readonly outputBytes: number; readonly wallMs: number; readonly onInput?: OnInput | undefined; readonly printsShown?: number | undefined }) {
    this.cell = cell
    this.onInput = options.onInput
    this.printsToSkip = options.printsShown
    this.time = new Deadline(options.wallMs)
    this.#maxPrintUnits = options.outputBytes + warningUnits
    this.#printUnitsLeft = this.#maxPrintUnits
    // The value's JSON may be longer than the value; what honest guests send stays far below this.
    this.#maxPieceUnits = options.valueBytes * 8 + 1024
    this.outcome = new Promise((resolve) => (this.#settle = resolve))
  }

  /** `final` was called: what the cell has in flight ends with it. */
  get endsAll(): boolean {
    return this.#endsAll
  }

  get isSettled(): boolean {
    return this.#settled
  }

  /** What `final` and its like recorded first. */
  get final(): unknown {
    return this.#final?.value
  }

  /** Texts that its console has printed so far. */
  get prints(): number {
    return this.#prints
  }

  /** It begins anew in another sandbox: what it says again is not told again. */
  restart(options: { readonly printsShown: number }): void {
    this.#printsShown = Math.max(this.#printsShown, this.#prints, options.printsShown)
    this.#prints = 0
    this.#printed = ''
    this.#pieces = []
    this.#pieceUnits = 0
    this.#printUnitsLeft = this.#maxPrintUnits
    this.logs.length = 0
  }

  /** Takes what its guest says of it. Throws for what no honest guest says. */
  take(message: Message<'print' | 'piece' | 'final' | 'done' | 'failed'>): void {
    switch (message.type) {
      case 'print':
        return this.print(message)
      case 'piece':
        return this.#addPiece(message)
      case 'final':
        return this.#recordFinal(message)
      case 'done':
        return this.#succeed({ value: this.#takeValue(), text: message.text })
      case 'failed':
        return this.#fail(message.error)
    }
  }

  settle(outcome: Outcome): void {
    if (this.#settled) return
    this.#settled = true
    this.#settle(outcome)
  }

  fail(error: ReplmError, ran = true): void {
    this.settle({ ok: false, code: error.code, message: error.message, ran, cause: error.cause })
  }

  /** Takes what was printed. Throws for more than any honest guest prints: it cuts its output itself. */
  print({ stream, level, text: piece, more }: Message<'print'>): void {
    this.#printUnitsLeft -= piece.length + (more === true ? 0 : 1)
    if (this.#printUnitsLeft < 0) throw new RangeError('the output is over its limit')
    this.#printed += piece
    if (more === true) return
    const text = this.#printed
    this.#printed = ''
    this.#prints += 1
    this.logs.push({ stream, level, text })
    if (this.#prints <= this.#printsShown) return
    this.stream.push({ type: 'console.printed', stream, level, text })
  }

  #addPiece({ text, first }: Message<'piece'>): void {
    if (first === true) this.#takePieces()
    this.#pieceUnits += text.length
    if (this.#pieceUnits > this.#maxPieceUnits) throw new RangeError('a value is over the limit')
    this.#pieces.push(text)
  }

  /** Records a final value; the first wins. Throws for a value that no honest guest encodes. */
  #recordFinal({ text, ends }: Message<'final'>): void {
    const value = this.#takeValue()
    this.#final ??= { value, text }
    if (!ends) return
    this.#endsAll = true
    this.#succeed(this.#final)
  }

  #fail(failure: CellFailure): void {
    // Only codes of ours have a meaning; anything else a sandbox says is the cell's own fault.
    const code = Object.hasOwn(exitCodes, failure.code) ? (failure.code as ErrorCode) : 'CELL'
    const limit = this.#limitReached()
    if (limit === undefined || limit.code === code) this.settle({ ok: false, code, message: failure.message, failure, ran: code !== 'SYNTAX' })
    else this.settle({ ok: false, code: limit.code, message: limit.message, failure, ran: true })
  }

  #succeed(result: { readonly value: unknown; readonly text: string }): void {
    const limit = this.#limitReached()
    if (limit === undefined) this.settle({ ok: true, ...result })
    else this.fail(limit)
  }

  /** A cell that caught the error of its limit was over it all the same. One that caught its interruption has ended as it wished. */
  #limitReached(): ReplmError | undefined {
    return this.ending?.code === 'OUTPUT' || this.ending?.code === 'TIMEOUT' ? this.ending : undefined
  }

  #takeValue(): unknown {
    const json = this.#takePieces()
    return json === '' ? undefined : decodeValue(json)
  }

  #takePieces(): string {
    const json = this.#pieces.join('')
    this.#pieces = []
    this.#pieceUnits = 0
    return json
  }
}

/** The outcome as the caller gets it: a result, or a throw of the error that `run` rejects with. */
export function resultOf(run: CellRun, outcome: Outcome, facts: { readonly usage: Usage; readonly durationMs: number; readonly pending: number }): CellResult {
  if (outcome.ok) return { value: outcome.value, text: outcome.text, logs: run.logs, ...facts, final: run.final }
  const { failure } = outcome
  throw ReplmError.ofCell(
    outcome.code,
    outcome.message,
    {
      line: failure?.line ?? null,
      column: failure?.column ?? null,
      stack: failure?.stack || `ReplmError: ${outcome.message}`,
      logs: run.logs,
      usage: facts.usage,
      ran: outcome.ran,
      ...(failure?.incomplete === true ? { incomplete: true } : {}),
    },
    outcome.cause,
  )
}
