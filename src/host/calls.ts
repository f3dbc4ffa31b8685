/** The guest's calls in; entries that answer them, each once, out. */
import { crc32 } from 'node:zlib'
import { ReplmError } from '../errors.ts'
import type { GuestMessage } from '../protocol.ts'
import { maxInputsInFlight, maxMessageUnits, maxOtherCallsInFlight, maxPromptsInFlight, maxRequestUnitsInFlight } from '../protocol.ts'
import type { BudgetState } from '../types.ts'
import type { Documents } from './context/documents.ts'
import { onAbort } from './dispatch/onAbort.ts'
import { checkInput, inputRequest, type OnInput } from './inputs.ts'
import { type Given, Questions, type QuestionsOptions } from './questions.ts'
import type { TapeEntry } from './tape.ts'

type Message<T extends GuestMessage['type']> = Extract<GuestMessage, { type: T }>

/** The kinds of messages that {@link Calls} answers. */
export type CallMessage = Message<'query' | 'batch' | 'sleep' | 'budget' | 'doc' | 'grep' | 'input' | 'abort'>

export interface CallsOptions extends Omit<QuestionsOptions, 'enter'> {
  /** Hands an entry to the sandbox; its number is given there. */
  readonly deliver: (entry: Readonly<Record<string, unknown>>) => void
  /** The execution that entries belong to now. */
  readonly execution: () => number
  readonly budget: () => BudgetState
  readonly onInput: OnInput
  /** Nobody can say now what the guest wants to know. */
  readonly onUnanswered: () => void
  readonly documents: Documents
  /** Resolves when the sandbox has taken in enough of what it was answered to be answered more. */
  readonly room: () => Promise<void>
}

/** Longest timer the host's own timers can hold, in milliseconds (24.8 days); a longer one is as good as never. */
const maxTimerMs = 2 ** 31 - 1

/** Documents of one guest read at the same time. */
const maxReaders = 8

/** Searches of one guest under way at the same time: each holds a window of matches. */
const maxSearchers = 4

/** Reads that follow each other without a look at anything else. */
const readsAtOnce = 32

interface Call {
  readonly type: CallMessage['type']
  readonly controller: AbortController
  /** Prompts it holds in flight, and their size in UTF-16 units; 0 for all that is no query. */
  readonly prompts: number
  readonly units: number
}

/** Everything a guest waits for, by call id. Every call gets exactly one answer, also when it was aborted. */
export class Calls {
  readonly #options: CallsOptions
  readonly #calls = new Map<number, Call>()
  readonly #questions: Questions
  /** Ids of timers that are longer than any that fires: nothing but an abort ends them. */
  readonly #endless = new Set<number>()
  /** Ids of what nobody can answer now. */
  readonly #unanswered = new Set<number>()
  readonly #reads: { readonly message: Message<'doc'>; readonly signal: AbortSignal }[] = []
  #readers = 0
  readonly #searches: { readonly message: Message<'grep'>; readonly signal: AbortSignal }[] = []
  #searchers = 0
  #prompts = 0
  #units = 0
  #isDetached = false

  constructor(options: CallsOptions) {
    this.#options = options
    this.#questions = new Questions({
      ...options,
      enter: (entry, body, close) => {
        if (close) this.#close(entry.id)
        this.#enter(entry, body, true)
      },
    })
  }

  /** Calls of any kind that have no answer yet, and will get one. */
  get waiting(): number {
    return this.#calls.size - this.#endless.size
  }

  /** Queries without an answer; those of a batch count one by one. */
  get prompts(): number {
    return this.#prompts
  }

  /** Whether a person's answer, which nobody can give now, is all that there is to wait for; timers wait with it. */
  get isUnanswered(): boolean {
    return this.#unanswered.size > 0 && [...this.#calls].every(([id, { type }]) => type === 'sleep' || this.#unanswered.has(id))
  }

  /** Throws TypeError for a call that no honest guest makes. `given` is what a replay has answered of it already. */
  handle(message: CallMessage, given?: Given): void {
    if (message.type === 'abort') return this.abort(message.id, new ReplmError('INTERRUPTED', 'The call was aborted'))
    const { controller } = this.#open(message)
    const { signal } = controller
    switch (message.type) {
      case 'query':
        this.#questions.query(message, controller, given).catch((thrown: unknown) => this.#refuse(message.id, thrown))
        return
      case 'batch':
        this.#questions.batch(message, controller, given).catch((thrown: unknown) => this.#refuse(message.id, thrown))
        return
      case 'sleep':
        this.#sleep(message, signal)
        return
      case 'budget':
        this.#answer(message.id, this.#options.budget())
        return
      case 'input':
        void this.#input(message, signal)
        return
      case 'doc':
        this.#reads.push({ message, signal })
        void this.#readOn()
        return
      case 'grep':
        this.#searches.push({ message, signal })
        void this.#searchOn()
    }
  }

  /** Ends one call, as {@link abortAll} ends all. */
  abort(id: number, error: unknown): void {
    this.#calls.get(id)?.controller.abort(error)
  }

  /** Ends what asks a person: the cell has ended without the answer. */
  abortInputs(error: unknown): void {
    for (const { type, controller } of this.#calls.values()) if (type === 'input') controller.abort(error)
  }

  /** Ends every call with `error`; each is answered with it as soon as it has let go of what it held. Thousands are ended some at a time. */
  abortAll(error: unknown): void {
    abortFrom([...this.#calls.values()], 0, error)
  }

  /** A window that a replay has answered whole. */
  skip(message: Message<'batch'>): void {
    this.#questions.skip(message)
  }

  /** The guest is dead: nothing is answered any more. Questions go on, for the next guest to take over, unless there is an error to end them with. Gives their number. */
  detach(error?: ReplmError): number {
    this.#isDetached = true
    const prompts = this.#prompts
    const calls = [...this.#calls.values()]
    abortFrom(error === undefined ? calls.filter((call) => call.prompts === 0) : calls, 0, error ?? new ReplmError('INTERRUPTED', 'The sandbox has died'))
    return prompts
  }

  #open(message: Exclude<CallMessage, { type: 'abort' }>): Call {
    const requests = message.type === 'query' ? [message.request] : message.type === 'batch' ? message.requests : []
    const prompts = requests.length
    const units = requests.reduce((sum, { prompt, system }) => sum + prompt.length + (system?.length ?? 0), 0)
    const isOver = this.#prompts + prompts > maxPromptsInFlight || this.#units > maxRequestUnitsInFlight + maxMessageUnits
    if (isOver || this.#calls.size >= maxPromptsInFlight + maxOtherCallsInFlight) throw new TypeError('more calls in flight than agreed')
    if (message.type === 'input' && [...this.#calls.values()].filter(({ type }) => type === 'input').length >= maxInputsInFlight) throw new TypeError('more questions to persons in flight than agreed')
    const call: Call = { type: message.type, controller: new AbortController(), prompts, units }
    this.#calls.set(message.id, call)
    this.#prompts += prompts
    this.#units += units
    return call
  }

  #close(id: number): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#calls.delete(id)
    this.#endless.delete(id)
    this.#unanswered.delete(id)
    this.#prompts -= call.prompts
    this.#units -= call.units
  }

  /** An answer that can be had again. */
  #answer(id: number, value: unknown, entry: TapeEntry = { id, value }): void {
    this.#close(id)
    this.#enter(entry, { id, ok: true, value }, false)
  }

  #refuse(id: number, thrown: unknown): void {
    const { code, message } = ReplmError.from(thrown, 'CELL')
    const error = { code, message }
    this.#close(id)
    this.#enter({ id, error }, { id, ok: false, error }, false)
  }

  /** What enters the guest is written down first. */
  #enter(entry: TapeEntry, body: Readonly<Record<string, unknown>>, isHeld: boolean): void {
    if (this.#isDetached) return
    const { tape, execution, deliver } = this.#options
    tape.record(execution(), entry, () => deliver(body), { isHeld })
  }

  #sleep({ id, ms }: Message<'sleep'>, signal: AbortSignal): void {
    const wake = (): void => {
      signal.removeEventListener('abort', stop)
      this.#answer(id, null)
    }
    const timer = ms > maxTimerMs ? undefined : setTimeout(wake, ms)
    if (timer === undefined) this.#endless.add(id)
    const stop = (): void => {
      clearTimeout(timer)
      this.#refuse(id, signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
  }

  async #input(message: Message<'input'>, signal: AbortSignal): Promise<void> {
    const { id } = message
    const request = inputRequest(this.#options.execution(), message)
    const stop = onAbort(signal, () => this.#refuse(id, signal.reason))
    try {
      const given = await this.#options.onInput(request, { signal })
      if (!this.#calls.has(id)) return
      if (given === null) {
        this.#unanswered.add(id)
        return this.#options.onUnanswered()
      }
      const value = checkInput(given, request)
      this.#close(id)
      // Nobody is to be asked twice.
      this.#enter({ id, input: request.key, value }, { id, ok: true, value }, true)
    } catch (thrown) {
      if (this.#calls.has(id)) this.#refuse(id, thrown)
    } finally {
      if (!this.#unanswered.has(id)) stop()
    }
  }

  /** Some reads at a time, and none before there is room for its answer: a guest that asks and never listens must not fill the host. */
  async #readOn(): Promise<void> {
    if (this.#readers === maxReaders) return
    this.#readers += 1
    for (let next = this.#reads.shift(); next !== undefined; next = this.#reads.shift()) {
      await this.#options.room()
      await this.#read(next.message, next.signal)
      // Texts that are at hand are read without a pause: the host has other things to do.
      if (this.#reads.length % readsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    this.#readers -= 1
  }

  /** As with reads. A search takes as many threads as there are. */
  async #searchOn(): Promise<void> {
    if (this.#searchers === maxSearchers) return
    this.#searchers += 1
    for (let next = this.#searches.shift(); next !== undefined; next = this.#searches.shift()) {
      await this.#options.room()
      await this.#find(next.message, next.signal)
    }
    this.#searchers -= 1
  }

  async #find({ id, search }: Message<'grep'>, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted()
      const value = await this.#options.documents.grep(search, { signal })
      this.#answer(id, value, { id, search, sum: sumOf(value) })
    } catch (thrown) {
      this.#refuse(id, thrown)
    }
  }

  async #read({ id, doc, read }: Message<'doc'>, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted()
      const value = await this.#options.documents.read(doc, read, { signal })
      this.#answer(id, value, { id, doc, read, sum: sumOf(value) })
    } catch (thrown) {
      this.#refuse(id, thrown)
    }
  }
}

/** Tells whether a read gives the same again: its length and CRC-32. */
export function sumOf(value: unknown): string {
  const json = JSON.stringify(value)
  return `${json.length}-${crc32(json).toString(16)}`
}

/** Calls ended at once: some milliseconds' work for the host. */
const abortsAtOnce = 64

function abortFrom(calls: readonly Call[], from: number, error: unknown): void {
  const to = Math.min(from + abortsAtOnce, calls.length)
  for (let index = from; index < to; index++) calls[index]?.controller.abort(error)
  if (to < calls.length) setImmediate(() => abortFrom(calls, to, error))
}
