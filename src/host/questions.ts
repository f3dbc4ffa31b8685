/** A guest's questions in, one by one or in windows of a batch; slots with their answers, as entries for the tape, out. */
import { ReplmError } from '../errors.ts'
import type { GuestError, GuestMessage, WireRequest, WireSlot } from '../protocol.ts'
import type { Answer, Query, SessionEvent } from '../types.ts'
import { attemptsOf } from './dispatch/attempts.ts'
import { createGate, type Gate } from './dispatch/gate.ts'
import { wants } from './dispatch/requestKey.ts'
import { Turnstile } from './dispatch/turnstile.ts'
import type { Purchases } from './purchases.ts'
import type { Spending } from './spending.ts'
import type { RequestKey, Tape, TapeEntry, TapeSlot } from './tape.ts'
import type { AskedQuery, QueryTrace } from './trace.ts'

type Message<T extends GuestMessage['type']> = Extract<GuestMessage, { type: T }>

export interface QuestionsOptions {
  /** Fills in what the guest left out; throws or rejects with CONFIG for a model it may not name. */
  readonly resolve: (request: WireRequest) => Query | Promise<Query>
  readonly purchases: Purchases
  readonly tape: Tape
  readonly spending: Spending
  readonly emit: (event: SessionEvent) => void
  /** Writes an entry down and hands its body to the guest; with `close` its call is over. */
  readonly enter: (entry: TapeEntry & { readonly id: number }, body: Readonly<Record<string, unknown>>, close: boolean) => void
  /** Writes down what becomes of a question; undefined where nobody wants that. */
  readonly follow: ((asked: AskedQuery) => QueryTrace) | undefined
}

/** What a call was given before its sandbox died: by a replay. */
export interface Given {
  /** The beginning of a stream. */
  readonly text?: string
  /** Slots of a window, by index. */
  readonly slots?: ReadonlySet<number>
}

/** Answers of a window leave the host when they reach this many UTF-16 units, so that the guest takes them in while the host goes on. */
const slotUnits = 128 * 1024

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

/** A question with its key, or why it is none. */
type Prepared = { readonly query: Query; readonly key: RequestKey } | { readonly thrown: unknown; readonly model: string }

/** What has become of a question: an answer with its number in the session, or a failure with the key of what was asked. */
type Settled =
  | { readonly ok: true; readonly answer: Answer; readonly number: number }
  | { readonly ok: false; readonly error: GuestError; readonly attempts: number; readonly key: RequestKey | undefined; readonly model: string }

export class Questions {
  readonly #options: QuestionsOptions
  readonly #batches = new Map<number, Batch>()

  constructor(options: QuestionsOptions) {
    this.#options = options
  }

  async query(message: Message<'query'>, controller: AbortController, given: Given = {}): Promise<void> {
    const { id, request, execution } = message
    const { enter, follow } = this.#options
    const trace = follow?.({ call: id, batch: null, index: null, arrivedMs: performance.now() })
    const text = given.text ?? ''
    const onText = message.stream === true ? continued(text, controller, (more) => enter({ id, text: more }, { id, text: more }, false)) : undefined
    const found = this.#prepare(request, execution)
    const prepared = found instanceof Promise ? await found : found
    const settled = await this.#ask(prepared, { call: id, execution, controller, onText, trace })
    enter({ id, slot: keptSlot(0, settled) }, { id, ok: true, value: settled.ok ? { ok: true, ...slotOf(settled.answer) } : failedSlot(settled) }, true)
    trace?.delivered()
  }

  async batch(message: Message<'batch'>, controller: AbortController, given: Given = {}): Promise<void> {
    const { id, execution, requests } = message
    const { enter, follow, emit, tape } = this.#options
    const batch = this.#batchOf(message)
    const { total, turnstile } = batch
    const first = batch.asked
    const known = given.slots ?? noSlots
    batch.asked += requests.length
    batch.done += known.size
    const arrivedMs = performance.now()
    const traces = follow && requests.map((_, index) => follow({ call: id, batch: message.batch, index: first + index, arrivedMs }))
    // In the order in which they are asked, whatever order they are sent in.
    const prepared = requests.map((request, index) => (known.has(index) ? undefined : this.#prepare(request, execution)))
    const slots: WireSlot[] = []
    const kept: TapeSlot[] = []
    const settled: QueryTrace[] = []
    let units = 0
    let left = requests.length - known.size
    const ask = async (question: Prepared | Promise<Prepared>, index: number): Promise<void> => {
      const trace = traces?.[index]
      trace?.passed()
      const asked = await this.#ask(question instanceof Promise ? await question : question, { call: id, execution, controller, trace, turnstile })
      batch.done += 1
      if (!asked.ok) batch.failed += 1
      const progress = { type: 'batch.progressed', call: message.batch, done: batch.done, failed: batch.failed, total } as const
      if (tape.pending === undefined) emit(progress)
      else tape.whenDurable(() => emit(progress))
      slots.push(wireSlot(index, asked))
      kept.push(keptSlot(index, asked))
      if (trace !== undefined) settled.push(trace)
      units += asked.ok ? asked.answer.text.length : asked.error.message.length
      left -= 1
      const done = left === 0
      if (!done && units < slotUnits && message.stream !== true) return
      enter({ id, slots: kept.splice(0), done }, { id, slots: slots.splice(0), done }, done)
      for (const told of settled.splice(0)) told.delivered()
      units = 0
    }
    const gate = await batch.gate
    const { signal } = controller
    const asked: Promise<void>[] = []
    for (const [index, question] of prepared.entries()) {
      if (question === undefined) continue
      // Those that may share an answer have to be under way together.
      while (turnstile.isFull && !signal.aborted && !wants(requests[index] as WireRequest, 'dedupe')) await turnstile.room(signal)
      asked.push(gate === undefined ? ask(question, index) : gate(() => ask(question, index)))
    }
    await Promise.all(asked)
    if (batch.done === total) this.#batches.delete(message.batch)
  }

  /** A window that was answered before its sandbox died: the rest of its batch goes on from there. */
  skip(message: Message<'batch'>): void {
    const batch = this.#batchOf(message)
    batch.asked += message.requests.length
    batch.done += message.requests.length
    if (batch.done === batch.total) this.#batches.delete(message.batch)
  }

  #batchOf({ batch, total, concurrency }: Message<'batch'>): Batch {
    const known = this.#batches.get(batch)
    if (known !== undefined) return known
    const made: Batch = { asked: 0, done: 0, failed: 0, total, gate: concurrency === undefined ? undefined : createGate(concurrency), turnstile: new Turnstile() }
    this.#batches.set(batch, made)
    return made
  }

  /** The question as it will be sent, and its key. Asked for in the guest's order; a promise only as long as the model is not known. */
  #prepare(request: WireRequest, execution: number): Prepared | Promise<Prepared> {
    const { resolve, purchases } = this.#options
    const model = request.model ?? ''
    const keyed = (query: Query): Prepared => ({ query, key: purchases.keyOf(query, execution) })
    try {
      const query = resolve(request)
      return query instanceof Promise ? query.then(keyed, (thrown: unknown) => ({ thrown, model })) : keyed(query)
    } catch (thrown) {
      return { thrown, model }
    }
  }

  /** One question to its end; never rejects. */
  async #ask(prepared: Prepared, { call, execution, controller, onText, trace, turnstile }: Asking): Promise<Settled> {
    const { purchases, spending, emit, tape } = this.#options
    spending.asked()
    if ('thrown' in prepared) return this.#failed(prepared.thrown, { call, model: prepared.model, key: undefined, trace })
    const { query, key } = prepared
    const model = `${query.provider}/${query.model}`
    let isInside = turnstile !== undefined
    turnstile?.enter()
    const onSend = (): void => {
      if (isInside) turnstile?.leave()
      isInside = false
    }
    try {
      emit({ type: 'query.sent', call, model })
      trace?.dispatched(query)
      const { answer, number, isReplayed } = await purchases.buy(query, key, { execution, controller, owner: this, onText, onSend, onLost: (usd) => spending.lost(usd) })
      trace?.answered(answer)
      if (isReplayed) spending.replayed()
      else spending.answered(answer)
      const { usage, queueMs, llmMs, attempts, path } = answer
      const answered = path === undefined ? ({ type: 'query.answered', call, model, usage, queueMs, llmMs, attempts } as const) : ({ type: 'query.answered', call, model, usage, queueMs, llmMs, attempts, path } as const)
      if (tape.pending === undefined) emit(answered)
      else tape.whenDurable(() => emit(answered))
      return { ok: true, answer, number }
    } catch (thrown) {
      return this.#failed(thrown, { call, model, key, trace })
    } finally {
      onSend()
    }
  }

  #failed(thrown: unknown, { call, model, key, trace }: { readonly call: number; readonly model: string; readonly key: RequestKey | undefined; readonly trace: QueryTrace | undefined }): Settled {
    const { code, message } = ReplmError.from(thrown)
    const attempts = attemptsOf(thrown)
    const error: GuestError = { code, message }
    trace?.failed(thrown, model)
    this.#options.emit({ type: 'query.failed', call, model, code, message })
    return { ok: false, error, attempts, key, model }
  }
}

interface Asking {
  readonly call: number
  readonly execution: number
  readonly controller: AbortController
  readonly onText?: ((text: string) => void) | undefined
  readonly trace: QueryTrace | undefined
  /** Of its batch. */
  readonly turnstile?: Turnstile
}

const noSlots: ReadonlySet<number> = new Set()

/** As the guest gets it, in its place in a window. Written out: spreads of spreads cost more than the rest of a slot. */
function wireSlot(index: number, settled: Settled): WireSlot {
  if (!settled.ok) return { index, ...failedSlot(settled) }
  const { text, usage, queueMs, llmMs, attempts } = settled.answer
  return { index, ok: true, text, usage, queueMs, llmMs, attempts }
}

/** As the tape keeps it. */
function keptSlot(index: number, settled: Settled): TapeSlot {
  if (settled.ok) return { index, answer: settled.number }
  const { error, attempts, key, model } = settled
  return { index, error, attempts, ...(key === undefined ? {} : { key, model }) }
}

function failedSlot({ error, attempts }: Extract<Settled, { ok: false }>) {
  return { ok: false, error, attempts } as const
}

/** What of an answer is a slot's. */
export function slotOf({ text, usage, queueMs, llmMs, attempts }: Answer): Pick<Answer, 'text' | 'usage' | 'queueMs' | 'llmMs' | 'attempts'> {
  return { text, usage, queueMs, llmMs, attempts }
}

/** A stream whose beginning the guest has: it is asked for again from the start, and goes on only if it begins alike. */
function continued(given: string, controller: AbortController, deliver: (text: string) => void): (text: string) => void {
  let rest = given
  return (text) => {
    if (rest === '') return deliver(text)
    const known = Math.min(rest.length, text.length)
    if (rest.slice(0, known) !== text.slice(0, known)) {
      controller.abort(new ReplmError('PROVIDER', 'The stream was cut off when its sandbox died, and the model began another reply when it was asked again; ask once more for a whole one'))
      return
    }
    rest = rest.slice(known)
    if (known < text.length) deliver(text.slice(known))
  }
}
