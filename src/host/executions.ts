/** Cells as they start and end in; which of them are part of the session, written down, out. */
import type { CellRecord } from '../types.ts'
import type { ExecutionRecord, ExecutionState } from './journal/journal.ts'
import type { CellText, Outcome } from './run.ts'
import type { Tape } from './tape.ts'

export interface ExecutionsOptions {
  readonly tape: Tape
  readonly generation: number
  /** What was run before, in its order. */
  readonly records: readonly ExecutionRecord[]
}

type EndState = Exclude<ExecutionState, 'running'>

interface EndingOptions {
  /** What its guest code ran, in milliseconds. */
  readonly cpuMs: number
  /** Somebody wanted it ended. */
  readonly wasEnded: boolean
  /** Its sandbox has survived it. */
  readonly isAlive: boolean
}

/** Everything that a session has run, also what a rebuild leaves out. */
export class Executions {
  readonly #tape: Tape
  readonly #generation: number
  readonly #records = new Map<number, ExecutionRecord>()

  constructor({ tape, generation, records }: ExecutionsOptions) {
    this.#tape = tape
    this.#generation = generation
    for (const record of records) this.#records.set(record.execution, record)
  }

  /** Those whose entries a replay gives again, by number. */
  get onTape(): ReadonlyMap<number, ExecutionRecord> {
    return new Map([...this.#records].filter(([, { state }]) => state === 'ended' || state === 'running'))
  }

  /** Number of the last one; 0 where there is none. */
  get last(): number {
    return Math.max(0, ...this.#records.keys())
  }

  /** One that neither ended nor was cut: its host died. */
  get cutOff(): ExecutionRecord | undefined {
    return [...this.#records.values()].findLast(({ state }) => state === 'running')
  }

  /** The last one, where it has ended by itself. */
  get ended(): ExecutionRecord | undefined {
    const last = this.#records.get(this.last)
    return last?.state === 'ended' ? last : undefined
  }

  get(execution: number): ExecutionRecord | undefined {
    return this.#records.get(execution)
  }

  list(): readonly CellRecord[] {
    return [...this.#records.values()].map(cellRecord)
  }

  /** Whether this cell ran in this generation: what it bought is to be found again. */
  hasRun(cell: string): boolean {
    return [...this.#records.values()].some((record) => record.cell === cell && record.generation === this.#generation)
  }

  start(execution: number, { id, name, text, typescript }: CellText): void {
    const started = { execution, cell: id, name, generation: this.#generation, text, typescript, startedMs: Date.now() }
    this.#tape.write({ type: 'execution.started', ...started })
    this.#records.set(execution, { ...started, state: 'running', endedMs: null, outcome: null, cpuMs: null, prints: 0 })
  }

  /** It is over; gives what it is to a rebuild. */
  end(execution: number, outcome: Outcome, { cpuMs, ...how }: EndingOptions): EndState {
    const state = stateOf(outcome, how)
    const { text, code, message } = { text: null, code: null, message: null, ...outcome }
    this.#end(execution, state, JSON.stringify({ ok: outcome.ok, text, code, message }), cpuMs)
    return state
  }

  /** It is no part of the session any more. */
  leave(execution: number): void {
    const { outcome, cpuMs } = this.#known(execution)
    this.#end(execution, 'left', outcome ?? JSON.stringify({ ok: false, text: null, code: 'INTERRUPTED', message: 'It was cut off' }), cpuMs ?? 0)
  }

  /** None of them is part of the session any more. */
  leaveAll(): void {
    this.#tape.write({ type: 'executions.left' })
    for (const [execution, record] of this.#records) this.#records.set(execution, { ...record, state: 'left' })
  }

  #end(execution: number, state: EndState, outcome: string, cpuMs: number): void {
    const ended = { state, outcome, cpuMs, endedMs: Date.now() }
    this.#tape.write({ type: 'execution.ended', execution, ...ended })
    this.#records.set(execution, { ...this.#known(execution), ...ended })
  }

  #known(execution: number): ExecutionRecord {
    const record = this.#records.get(execution)
    if (record === undefined) throw new TypeError(`execution ${execution} was not started`)
    return record
  }
}

/** An execution as users of a session see it. */
export function cellRecord({ execution, cell, name, text, state, outcome, startedMs, endedMs }: ExecutionRecord): CellRecord {
  // Written by `end` above.
  const { ok, code, message, text: shown } = outcome === null ? { ok: null, code: null, message: null, text: null } : (JSON.parse(outcome) as { readonly ok: boolean; readonly code: string | null; readonly message: string | null; readonly text: string | null })
  return { execution, cell, name, text, state, ok, code, message, shown, startedMs, endedMs }
}

/** What a cell that ended by itself is to a rebuild, and what one is that was ended. */
function stateOf(outcome: Outcome, { wasEnded, isAlive }: Omit<EndingOptions, 'cpuMs'>): EndState {
  if (outcome.ok) return 'ended'
  switch (outcome.code) {
    case 'SYNTAX':
      return 'left'
    case 'CPU':
    case 'TIMEOUT':
    case 'MEMORY':
    case 'CRASHED':
      return 'cut'
    case 'OUTPUT':
      // A value that was too large was refused at its end; a console that said too much was cut off.
      return wasEnded ? 'cut' : 'ended'
    default:
      return isAlive ? 'ended' : 'cut'
  }
}
