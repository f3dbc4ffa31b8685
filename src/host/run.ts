/** What happens while one cell runs in; its result, its events and a way to interrupt it, out. */
import { type ErrorCode, exitCodes, ReplmError } from '../errors.ts'
import type { CellFailure, GuestMessage } from '../protocol.ts'
import type { CellResult, LogLine, SessionEvent, Usage } from '../types.ts'
import { EventStream } from './events.ts'
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
  /** Stable name of the cell; the file that its errors name. */
  readonly name: string
  readonly typescript: boolean
}

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
  #settle: (outcome: Outcome) => void = () => undefined
  #settled = false
  #endsAll = false
  /** Pieces of a text of the console that has more to come. */
  #printed = ''
  #pieces: string[] = []
  #pieceUnits = 0
  #final: { readonly value: unknown; readonly text: string } | undefined
  readonly #maxPieceUnits: number

  constructor(cell: CellText, options: { readonly valueBytes: number }) {
    this.cell = cell
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

  settle(outcome: Outcome): void {
    if (this.#settled) return
    this.#settled = true
    this.#settle(outcome)
  }

  fail(error: ReplmError, ran = true): void {
    this.settle({ ok: false, code: error.code, message: error.message, ran, cause: error.cause })
  }

  print({ stream, level, text: piece, more }: Message<'print'>): void {
    this.#printed += piece
    if (more === true) return
    const text = this.#printed
    this.#printed = ''
    this.logs.push({ stream, level, text })
    this.stream.push({ type: 'console.printed', stream, level, text })
  }

  addPiece({ text }: Message<'piece'>): void {
    this.#pieceUnits += text.length
    if (this.#pieceUnits > this.#maxPieceUnits) throw new RangeError('a value is over the limit')
    this.#pieces.push(text)
  }

  /** Records a final value; the first wins. Throws for a value that no honest guest encodes. */
  recordFinal({ text, ends }: Message<'final'>): void {
    const value = this.#takeValue()
    this.#final ??= { value, text }
    if (!ends) return
    this.#endsAll = true
    this.settle({ ok: true, ...this.#final })
  }

  done({ text }: Message<'done'>): void {
    this.settle({ ok: true, value: this.#takeValue(), text })
  }

  failed(failure: CellFailure): void {
    // Only codes of ours have a meaning; anything else a sandbox says is the cell's own fault.
    const code = Object.hasOwn(exitCodes, failure.code) ? (failure.code as ErrorCode) : 'CELL'
    this.settle({ ok: false, code, message: failure.message, failure, ran: code !== 'SYNTAX' })
  }

  #takeValue(): unknown {
    const json = this.#pieces.join('')
    this.#pieces = []
    this.#pieceUnits = 0
    return json === '' ? undefined : decodeValue(json)
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
