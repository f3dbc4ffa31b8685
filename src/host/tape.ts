/** What is about to enter a guest in; the same, written down first and handed on in order, out. Also numbers all that a session writes. */
import type { ReplmError } from '../errors.ts'
import type { GuestError, WireDocRead, WireGrep } from '../protocol.ts'
import type { InputAnswer, QueryUsage } from '../types.ts'
import type { Claim, Journal, Write } from './journal/journal.ts'

/** One entry as the tape keeps it: what a replay needs to give it again. Answers are kept once, and named here by their number. */
export type TapeEntry =
  /** The execution's cell starts. */
  | { readonly cell: true }
  /** The execution is over for the host: what its cell still held is dropped. */
  | { readonly end: true }
  /** So many documents are known from here on. */
  | { readonly docs: number }
  | { readonly interrupt: GuestError }
  /** Readings of the clock by turns before this entry: see `clock` in protocol.ts. */
  | { readonly clock: readonly number[] }
  /** A timer, or the state of the budget. */
  | { readonly id: number; readonly value: unknown }
  /** A read of a document is made again; `sum` tells whether it gives the same. */
  | { readonly id: number; readonly doc: number; readonly read: WireDocRead; readonly sum: string }
  /** A window of a search, likewise. */
  | { readonly id: number; readonly search: WireGrep; readonly sum: string }
  /** A person has answered what was asked under this key. */
  | { readonly id: number; readonly input: string; readonly value: InputAnswer }
  /** A piece of a stream. */
  | { readonly id: number; readonly text: string }
  | { readonly id: number; readonly error: GuestError }
  /** A query's outcome. */
  | { readonly id: number; readonly slot: TapeSlot }
  /** Some outcomes of a window of a batch. */
  | { readonly id: number; readonly slots: readonly TapeSlot[]; readonly done: boolean }

export type TapeSlot =
  | { readonly index: number; readonly answer: number }
  | { readonly index: number; readonly error: GuestError; readonly attempts: number; readonly usage?: QueryUsage; readonly key?: RequestKey; readonly model?: string }

/** Which asking of which request: its hash, and how many equal ones its execution had asked before. */
export type RequestKey = readonly [hash: string, occurrence: number]

export interface TapeOptions {
  readonly journal: Journal
  readonly claim: Claim
  /** Nothing can be written any more; told once. */
  readonly onFault: (error: ReplmError) => void
}

export class Tape {
  readonly #journal: Journal
  readonly #claim: Claim
  readonly #onFault: (error: ReplmError) => void
  #entry: number
  #execution: number
  #answer: number
  #intent: number
  /** The last write that is not durable yet. */
  #pending: Promise<void> | undefined
  #undelivered = 0
  #hasFailed = false

  constructor({ journal, claim, onFault }: TapeOptions) {
    this.#journal = journal
    this.#claim = claim
    this.#onFault = onFault
    const { entry, execution, answer, intent } = claim.last
    this.#entry = entry
    this.#execution = execution
    this.#answer = answer
    this.#intent = intent
  }

  /** Number of the last entry. */
  get entry(): number {
    return this.#entry
  }

  /** Entries that wait to be durable before the guest gets them. */
  get undelivered(): number {
    return this.#undelivered
  }

  /** Settles when all that was written so far is durable; undefined when it is. Never rejects: {@link TapeOptions.onFault} is told. */
  get pending(): Promise<void> | undefined {
    return this.#pending
  }

  nextExecution(): number {
    return ++this.#execution
  }

  nextAnswer(): number {
    return ++this.#answer
  }

  nextIntent(): number {
    return ++this.#intent
  }

  write(...writes: readonly Write[]): void {
    const written = this.#journal.write(this.#claim, writes)
    if (written === undefined) return
    const pending = written.then(
      () => {
        if (this.#pending === pending) this.#pending = undefined
      },
      (error: ReplmError) => {
        if (this.#hasFailed) return
        this.#hasFailed = true
        this.#onFault(error)
      },
    )
    this.#pending = pending
  }

  /**
   * Writes an entry and hands it on: what was paid for when it is durable, what can be had again at once. Whatever the guest does next waits for
   * {@link pending} in either case before it has an effect.
   */
  record(execution: number, entry: TapeEntry, deliver: () => void, { isHeld }: { readonly isHeld: boolean }): void {
    this.write({ type: 'entry', n: ++this.#entry, execution, entry: JSON.stringify(entry) })
    if (this.#pending === undefined || (!isHeld && this.#undelivered === 0)) return deliver()
    this.#undelivered += 1
    void this.#pending.then(() => {
      this.#undelivered -= 1
      if (!this.#hasFailed) deliver()
    })
  }

  /** Calls back when all that was written so far is durable: at once when it is. */
  whenDurable(tell: () => void): void {
    if (this.#pending === undefined) tell()
    else void this.#pending.then(() => (this.#hasFailed ? undefined : tell()))
  }
}
