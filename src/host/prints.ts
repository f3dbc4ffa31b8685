/** What a guest prints in; the same, shown by the cell that runs or by the next one, and told to the tape once a tick, out. */
import type { GuestMessage } from '../protocol.ts'
import type { CellRun } from './run.ts'
import type { Tape } from './tape.ts'

/** Texts kept of what is printed between cells, and the longest of them in UTF-16 units. */
const maxLatePrints = 100
const maxLateUnits = 1_000

type PrintMessage = Extract<GuestMessage, { type: 'print' }>

export class Prints {
  readonly #tape: Tape
  /** What has been shown of a cell, and is not written down yet. */
  #untold: { readonly run: CellRun; readonly execution: number } | undefined
  /** Printed while no cell was running. */
  readonly #late: PrintMessage[] = []

  constructor(tape: Tape) {
    this.#tape = tape
  }

  /** Told once a tick: what has been shown is not shown again after a crash, but for what was shown in its last moment. */
  show(message: PrintMessage, run: CellRun, execution: number): void {
    run.take(message)
    if (this.#untold !== undefined && this.#untold.run !== run) this.tell()
    if (this.#untold === undefined) setImmediate(() => this.tell())
    this.#untold = { run, execution }
  }

  /** Writes down what has been shown. */
  tell(): void {
    const untold = this.#untold
    this.#untold = undefined
    if (untold !== undefined) this.#tape.write({ type: 'execution.printed', execution: untold.execution, prints: untold.run.prints })
  }

  /** Code that a cell left behind prints between cells: the next one shows it, a few at the most. */
  keep(message: PrintMessage): void {
    if (this.#late.length >= maxLatePrints || message.text.length > maxLateUnits || message.more === true) return
    this.#late.push(message)
  }

  showKept(run: CellRun | undefined): void {
    for (const print of this.#late.splice(0)) run?.take(print)
  }
}
