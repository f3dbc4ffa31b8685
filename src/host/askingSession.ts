/** Questions without a program in; their answers, each bought once and written down in a session of their own, out. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ReplmError } from '../errors.ts'
import type { WireRequest } from '../protocol.ts'
import type { Answer, Dispatch, Query } from '../types.ts'
import { onAbort } from './dispatch/onAbort.ts'
import { requestKey, wants } from './dispatch/requestKey.ts'
import { Turnstile } from './dispatch/turnstile.ts'
import type { Claim, Journal, SessionRecord } from './journal/journal.ts'
import { Purchases } from './purchases.ts'
import { type RequestKey, Tape } from './tape.ts'

export interface AskingSessionParts {
  readonly journal: Journal
  readonly claim: Claim
  readonly dispatch: Dispatch
  readonly endpoint: () => string
  readonly resolve: (request: WireRequest) => Query | Promise<Query>
}

/** How one question ended; durable as it is told. */
export type Asked = { readonly ok: true; readonly answer: Answer; readonly isReplayed: boolean } | { readonly ok: false; readonly error: unknown }

export interface AskAllOptions {
  readonly signal: AbortSignal
  /** Told of each as it ends, by its place. */
  readonly onAsked: (index: number, asked: Asked) => void
}

export interface AnsweredOptions extends Omit<AskingSessionParts, 'claim' | 'dispatch'> {
  readonly record: SessionRecord
  readonly input: { readonly requests: readonly WireRequest[]; readonly customIds: readonly string[] }
}

/** Requests looked at in one turn of the loop, and UTF-16 units of their prompts: a millisecond or two. */
const requestsAtOnce = 128
const unitsAtOnce = 512 * 1024

/** Answers that are read at once. */
const readAtOnce = 200

/** What has been answered of requests, in their order, whoever asks them at the moment. */
export async function* answeredOf({ journal, record, input, endpoint, resolve }: AnsweredOptions): AsyncGenerator<{ readonly customId: string; readonly ok: true } & Answer, void, undefined> {
  const { id, generation } = record
  const numbers = new Map((await journal.bought(id, { cell, generation })).map(({ answer, hash, occurrence }) => [`${hash}/${occurrence}`, answer]))
  const next = new Map<string, number>()
  const found: { readonly customId: string; readonly number: number }[] = []
  const pause = createPause()
  for (const [index, request] of input.requests.entries()) {
    await pause(request)
    let query: Query
    try {
      query = await resolve(request)
    } catch {
      continue // It could not be asked either.
    }
    const hash = requestKey(query, query.provider === 'compatible' ? endpoint() : '')
    const occurrence = next.get(hash) ?? 0
    next.set(hash, occurrence + 1)
    const number = numbers.get(`${hash}/${occurrence}`)
    if (number !== undefined) found.push({ customId: input.customIds[index] ?? '', number })
  }
  for (let from = 0; from < found.length; from += readAtOnce) {
    const page = found.slice(from, from + readAtOnce)
    const answers = await journal.answers(id, page.map(({ number }) => number))
    for (const [index, { text, finishReason, inputTokens, outputTokens, usd, queueMs, llmMs, attempts }] of answers.entries()) {
      yield { customId: page[index]?.customId ?? '', ok: true, text, finishReason, usage: { inputTokens, outputTokens, usd }, queueMs, llmMs, attempts }
    }
  }
}

/** A question with its key, or why it is none. */
type Prepared = { readonly query: Query; readonly key: RequestKey } | { readonly error: unknown }

/** All it asks is one cell's, of one execution: whoever takes it over finds what was bought by its key. */
const cell = 'main'
const execution = 1

/** No sandbox, no program: what it was asked has no order in which it came, so there is nothing to play again. */
export class AskingSession implements AsyncDisposable {
  readonly #parts: AskingSessionParts
  readonly #tape: Tape
  readonly #purchases: Purchases
  /** Aborts when nothing can be written any more, or it is closed. */
  readonly #end = new AbortController()

  private constructor(parts: AskingSessionParts) {
    const { journal, claim, dispatch, endpoint } = parts
    this.#parts = parts
    this.#tape = new Tape({ journal, claim, onFault: (error) => this.#end.abort(error) })
    this.#purchases = new Purchases({ session: claim.session.id, generation: claim.session.generation, journal, tape: this.#tape, dispatch, endpoint })
  }

  static async open(parts: AskingSessionParts): Promise<AskingSession> {
    const session = new AskingSession(parts)
    await session.#purchases.begin(execution, cell, { wasRunBefore: true })
    return session
  }

  /** Asks all of them. Settles when each has ended; rejects with the signal's reason, or with what keeps it from writing. */
  async askAll(requests: readonly WireRequest[], { signal: wanted, onAsked }: AskAllOptions): Promise<void> {
    const signal = AbortSignal.any([wanted, this.#end.signal])
    const turnstile = new Turnstile()
    const controller = new AbortController()
    const letGo = onAbort(signal, () => controller.abort(signal.reason))
    try {
      signal.throwIfAborted()
      const asking: Promise<void>[] = []
      const pause = createPause()
      for (const [index, request] of requests.entries()) {
        await pause(request)
        // In their order: the n-th of equal questions has the n-th answer.
        const prepared = await this.#prepare(request)
        // Those that may share an answer have to be under way together.
        while (turnstile.isFull && !signal.aborted && !wants(request, 'dedupe')) await turnstile.room(signal)
        if (signal.aborted) break
        asking.push(this.#ask(prepared, controller, turnstile).then((asked) => this.#tell(index, asked, onAsked)))
      }
      await Promise.all(asking)
      await this.#tape.pending
    } finally {
      letGo()
    }
    signal.throwIfAborted()
  }

  /** Lets go of all that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new ReplmError('DISPOSED', 'The session was closed'))
    await this.#parts.journal.release(this.#parts.claim).catch(() => undefined) // what could not be written was told where it was to be
  }

  async #prepare(request: WireRequest): Promise<Prepared> {
    try {
      const query = await this.#parts.resolve(request)
      return { query, key: this.#purchases.keyOf(query, execution) }
    } catch (error) {
      return { error }
    }
  }

  async #ask(prepared: Prepared, controller: AbortController, turnstile: Turnstile): Promise<Asked> {
    if ('error' in prepared) return { ok: false, error: prepared.error }
    let isInside = true
    turnstile.enter()
    const onSend = (): void => {
      if (isInside) turnstile.leave()
      isInside = false
    }
    try {
      const { answer, isReplayed } = await this.#purchases.buy(prepared.query, prepared.key, { execution, controller, owner: this, onSend })
      return { ok: true, answer, isReplayed }
    } catch (error) {
      return { ok: false, error }
    } finally {
      onSend()
    }
  }

  #tell(index: number, asked: Asked, onAsked: AskAllOptions['onAsked']): void | Promise<void> {
    const { pending } = this.#tape
    return pending === undefined ? onAsked(index, asked) : pending.then(() => onAsked(index, asked))
  }
}

/** Lets others have their turn before a request, where those before it have taken theirs. */
function createPause(): (request: WireRequest) => Promise<void> | undefined {
  let requests = 0
  let units = 0
  return ({ prompt }) => {
    requests += 1
    units += prompt.length
    if (requests < requestsAtOnce && units < unitsAtOnce) return undefined
    requests = units = 0
    return nextTurn()
  }
}
