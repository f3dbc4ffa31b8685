/** The guest's calls in; entries that answer them, each once, out. */
import type { GuestMessage, WireRequest, WireSlot } from '../protocol.ts'
import { maxMessageUnits, maxOtherCallsInFlight, maxPromptsInFlight, maxRequestUnitsInFlight } from '../protocol.ts'
import { ReplmError } from '../errors.ts'
import type { Answer, BudgetState, Dispatch, Query, SessionEvent } from '../types.ts'
import { attemptsOf } from './dispatch/attempts.ts'
import { createGate, type Gate } from './dispatch/gate.ts'
import { wants } from './dispatch/requestKey.ts'
import { Turnstile } from './dispatch/turnstile.ts'
import type { Documents } from './context/documents.ts'
import type { Spending } from './spending.ts'
import type { AskedQuery, QueryTrace } from './trace.ts'

type Message<T extends GuestMessage['type']> = Extract<GuestMessage, { type: T }>

/** The kinds of messages that {@link Calls} answers. */
export type CallMessage = Message<'query' | 'batch' | 'sleep' | 'budget' | 'doc' | 'abort'>

export interface CallsOptions {
  /** Hands an entry to the sandbox; its number is given there. */
  readonly deliver: (entry: Readonly<Record<string, unknown>>) => void
  readonly dispatch: Dispatch
  /** Fills in what the guest left out; throws or rejects with CONFIG for a model it may not name. */
  readonly resolve: (request: WireRequest) => Query | Promise<Query>
  readonly budget: () => BudgetState
  readonly documents: Documents
  /** Resolves when the sandbox has taken in enough of what it was answered to be answered more. */
  readonly room: () => Promise<void>
  readonly spending: Spending
  readonly emit: (event: SessionEvent) => void
  /** Writes down what becomes of a question; undefined where nobody wants that. */
  readonly follow: ((asked: AskedQuery) => QueryTrace) | undefined
}

/** Longest timer the host's own timers can hold, in milliseconds (24.8 days); a longer one is as good as never. */
const maxTimerMs = 2 ** 31 - 1

/** Answers of a window leave the host when they reach this many UTF-16 units, so that the guest takes them in while the host goes on. */
const slotUnits = 128 * 1024

/** Documents of one guest read at the same time. */
const maxReaders = 8

/** Reads that follow each other without a look at anything else. */
const readsAtOnce = 32

interface Call {
  readonly controller: AbortController
  /** Prompts it holds in flight, and their size in UTF-16 units; 0 for all that is no query. */
  readonly prompts: number
  readonly units: number
}

/** What the windows of one batch share. */
interface Batch {
  /** Prompts of its windows so far: they come in order. */
  asked: number
  done: number
  failed: number
  readonly total: number
  /** The batch's own bound, where it has one. */
  readonly gate: Promise<Gate> | undefined
  readonly turnstile: Turnstile
}

/** Everything a guest waits for, by call id. Every call gets exactly one answer, also when it was aborted. */
export class Calls {
  readonly #options: CallsOptions
  readonly #calls = new Map<number, Call>()
  readonly #batches = new Map<number, Batch>()
  /** Ids of timers that are longer than any that fires: nothing but an abort ends them. */
  readonly #endless = new Set<number>()
  readonly #reads: { readonly message: Message<'doc'>; readonly signal: AbortSignal }[] = []
  #readers = 0
  #prompts = 0
  #units = 0
  #lastId = 0

  constructor(options: CallsOptions) {
    this.#options = options
  }

  /** Calls of any kind that have no answer yet, and will get one. */
  get waiting(): number {
    return this.#calls.size - this.#endless.size
  }

  /** Queries without an answer; those of a batch count one by one. */
  get prompts(): number {
    return this.#prompts
  }

  /** Throws TypeError for a call that no honest guest makes. */
  handle(message: CallMessage): void {
    if (message.type === 'abort') return this.abort(message.id, new ReplmError('INTERRUPTED', 'The call was aborted'))
    const call = this.#open(message)
    const { signal } = call.controller
    switch (message.type) {
      case 'query':
        this.#query(message, signal).catch((thrown: unknown) => this.#refuse(message.id, thrown))
        return
      case 'batch':
        this.#batch(message, signal).catch((thrown: unknown) => this.#refuse(message.id, thrown))
        return
      case 'sleep':
        this.#sleep(message, signal)
        return
      case 'budget':
        this.#answer(message.id, this.#options.budget())
        return
      case 'doc':
        this.#reads.push({ message, signal })
        void this.#readOn()
    }
  }

  /** Ends one call, as {@link abortAll} ends all. */
  abort(id: number, error: unknown): void {
    this.#calls.get(id)?.controller.abort(error)
  }

  /** Ends every call with `error`; each is answered with it as soon as it has let go of what it held. Thousands are ended some at a time. */
  abortAll(error: unknown): void {
    abortFrom([...this.#calls.values()], 0, error)
  }

  #open(message: Exclude<CallMessage, { type: 'abort' }>): Call {
    if (message.id <= this.#lastId) throw new TypeError(`call ${message.id} was made before`)
    this.#lastId = message.id
    const requests = message.type === 'query' ? [message.request] : message.type === 'batch' ? message.requests : []
    const prompts = requests.length
    const units = requests.reduce((sum, { prompt, system }) => sum + prompt.length + (system?.length ?? 0), 0)
    const isOver = this.#prompts + prompts > maxPromptsInFlight || this.#units > maxRequestUnitsInFlight + maxMessageUnits
    if (isOver || this.#calls.size >= maxPromptsInFlight + maxOtherCallsInFlight) throw new TypeError('more calls in flight than agreed')
    const call = { controller: new AbortController(), prompts, units }
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
    this.#prompts -= call.prompts
    this.#units -= call.units
  }

  #answer(id: number, value: unknown): void {
    this.#close(id)
    this.#options.deliver({ id, ok: true, value })
  }

  #refuse(id: number, thrown: unknown): void {
    const { code, message } = ReplmError.from(thrown, 'CELL')
    this.#close(id)
    this.#options.deliver({ id, ok: false, error: { code, message } })
  }

  async #query(message: Message<'query'>, signal: AbortSignal): Promise<void> {
    const { id } = message
    const onText = message.stream === true ? (text: string): void => this.#options.deliver({ id, text }) : undefined
    const trace = this.#options.follow?.({ call: id, batch: null, index: null, arrivedMs: performance.now() })
    this.#answer(id, await this.#ask(id, message.request, signal, { onText, trace }))
    trace?.delivered()
  }

  async #batch(message: Message<'batch'>, signal: AbortSignal): Promise<void> {
    const batch = this.#batchOf(message)
    const { total, turnstile } = batch
    const slots: WireSlot[] = []
    const first = batch.asked
    batch.asked += message.requests.length
    const arrivedMs = performance.now()
    const { follow } = this.#options
    const traces = follow && message.requests.map((_, index) => follow({ call: message.id, batch: message.batch, index: first + index, arrivedMs }))
    const settled: QueryTrace[] = []
    let units = 0
    let left = message.requests.length
    const ask = async (request: WireRequest, index: number): Promise<void> => {
      const trace = traces?.[index]
      trace?.passed()
      const slot = { index, ...(await this.#ask(message.id, request, signal, { trace, turnstile })) }
      batch.done += 1
      if (!slot.ok) batch.failed += 1
      this.#options.emit({ type: 'batch.progressed', call: message.batch, done: batch.done, failed: batch.failed, total })
      slots.push(slot)
      if (trace !== undefined) settled.push(trace)
      units += slot.ok ? slot.text.length : slot.error.message.length
      left -= 1
      if (left > 0 && units < slotUnits && message.stream !== true) return
      if (left === 0) this.#close(message.id)
      this.#options.deliver({ id: message.id, slots: slots.splice(0), done: left === 0 })
      for (const told of settled.splice(0)) told.delivered()
      units = 0
    }
    const gate = await batch.gate
    const asked: Promise<void>[] = []
    for (const [index, request] of message.requests.entries()) {
      // Those that may share an answer have to be under way together.
      while (turnstile.isFull && !signal.aborted && !wants(request, 'dedupe')) await turnstile.room(signal)
      asked.push(gate === undefined ? ask(request, index) : gate(() => ask(request, index)))
    }
    await Promise.all(asked)
    if (batch.done === total) this.#batches.delete(message.batch)
  }

  #batchOf({ batch, total, concurrency }: Message<'batch'>): Batch {
    const known = this.#batches.get(batch)
    if (known !== undefined) return known
    const made: Batch = { asked: 0, done: 0, failed: 0, total, gate: concurrency === undefined ? undefined : createGate(concurrency), turnstile: new Turnstile() }
    this.#batches.set(batch, made)
    return made
  }

  /** One question to its end; never rejects. */
  async #ask(call: number, request: WireRequest, signal: AbortSignal, { onText, trace, turnstile }: Followers): Promise<Slot> {
    const { resolve, dispatch, spending, emit } = this.#options
    spending.asked()
    let isInside = turnstile !== undefined
    turnstile?.enter()
    const onSend = (): void => {
      if (isInside) turnstile?.leave()
      isInside = false
    }
    let model = request.model ?? ''
    try {
      const resolved = resolve(request)
      const query = resolved instanceof Promise ? await resolved : resolved
      model = `${query.provider}/${query.model}`
      emit({ type: 'query.sent', call, model })
      trace?.dispatched(query)
      const answer = await dispatch(query, onText === undefined ? { signal, owner: this, onSend } : { signal, owner: this, onSend, onText })
      trace?.answered(answer)
      spending.answered(answer)
      const { usage, queueMs, llmMs, attempts, path } = answer
      emit({ type: 'query.answered', call, model, usage, queueMs, llmMs, attempts, ...(path === undefined ? {} : { path }) })
      return { ok: true, ...slotOf(answer) }
    } catch (thrown) {
      const error = ReplmError.from(thrown)
      const attempts = attemptsOf(thrown)
      trace?.failed(thrown, model)
      emit({ type: 'query.failed', call, model, code: error.code, message: error.message })
      return { ok: false, error: { code: error.code, message: error.message }, attempts }
    } finally {
      onSend()
    }
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

  async #read({ id, doc, read }: Message<'doc'>, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted()
      this.#answer(id, await this.#options.documents.read(doc, read, { signal }))
    } catch (thrown) {
      this.#refuse(id, thrown)
    }
  }
}

/** Calls ended at once: some milliseconds' work for the host. */
const abortsAtOnce = 64

function abortFrom(calls: readonly Call[], from: number, error: unknown): void {
  const to = Math.min(from + abortsAtOnce, calls.length)
  for (let index = from; index < to; index++) calls[index]?.controller.abort(error)
  if (to < calls.length) setImmediate(() => abortFrom(calls, to, error))
}

/** Who else hears of a question. */
interface Followers {
  readonly onText?: ((text: string) => void) | undefined
  readonly trace: QueryTrace | undefined
  /** Of its batch. */
  readonly turnstile?: Turnstile
}

/** A slot before it has its place in a window. */
type Slot = WireSlot extends infer S ? (S extends WireSlot ? Omit<S, 'index'> : never) : never

function slotOf({ text, usage, queueMs, llmMs, attempts }: Answer): Pick<Answer, 'text' | 'usage' | 'queueMs' | 'llmMs' | 'attempts'> {
  return { text, usage, queueMs, llmMs, attempts }
}
