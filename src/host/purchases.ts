/** A guest's requests in; their answers, each bought once and written down, out: from the journal where it was bought before. */
import { ReplmError } from '../errors.ts'
import type { Answer, Dispatch, Query, Reserve } from '../types.ts'
import { onAbort } from './dispatch/onAbort.ts'
import { requestKey } from './dispatch/requestKey.ts'
import type { AnswerRecord, Journal } from './journal/journal.ts'
import { KeyNumbers } from './keyNumbers.ts'
import type { RequestKey, Tape } from './tape.ts'

export interface PurchasesOptions {
  readonly session: string
  readonly generation: number
  readonly journal: Journal
  readonly tape: Tape
  readonly dispatch: Dispatch
  /** Where `compatible/` asks: two servers may give one model's name to different models. */
  readonly endpoint: () => string
}

/** An answer that is the session's own. */
export interface Purchase {
  readonly answer: Answer
  /** Its running number in the session. */
  readonly number: number
  /** It had been bought before: nobody was asked. */
  readonly isReplayed: boolean
}

export interface PurchaseOptions {
  readonly execution: number
  readonly controller: AbortController
  readonly owner: object
  readonly onText?: ((text: string) => void) | undefined
  /** Called as it is sent. */
  readonly onSend?: () => void
  /** Called for each attempt that was cut off, with the most that it may have cost in US dollars; null where that is not known. */
  readonly onLost?: (usd: number | null) => void
}

/** What is known of one execution's requests. */
interface Asking {
  readonly cell: string
  /** How often each request was asked. */
  readonly asked: KeyNumbers
  /** Occurrences that the tape has an answer to. */
  readonly taken: ReadonlyMap<string, ReadonlySet<number>> | undefined
  /** Numbers of the answers bought before by its cell, by key; those that come while it is looked up, too. */
  readonly bought: KeyNumbers | undefined
}

/** A question under way. Its guest may die meanwhile: the next one's equal question takes it over. */
interface UnderWay {
  purchase: Promise<Purchase>
  readonly controller: AbortController
  /** Where it is asked in pieces: what has come of it, and who hears the rest. */
  readonly pieces: Pieces | undefined
}

interface AskOptions {
  readonly asking: Asking
  /** What it is found under by whoever takes it over. */
  readonly name: string
  readonly underWay: UnderWay
  readonly options: PurchaseOptions
}

interface Pieces {
  text: string
  onText: (text: string) => void
}

/** Until it is asked, in the same moment. */
const unasked = new Promise<never>(() => undefined)

const unknownReserve: Reserve = Object.freeze({ tokens: 0, usd: null })

export class Purchases {
  readonly #options: PurchasesOptions
  readonly #askings = new Map<number, Asking>()
  readonly #underWay = new Map<string, UnderWay>()
  /** The last execution of each cell that ran before: an answer to an earlier one may still come. */
  readonly #latest = new Map<string, Asking>()
  /** Answers to be read, by number, and who waits for them: those of one tick are read at once. */
  #reads: { readonly number: number; readonly resolve: (answer: AnswerRecord) => void; readonly reject: (error: unknown) => void }[] = []

  constructor(options: PurchasesOptions) {
    this.#options = options
  }

  /** Begins an execution, or goes on with one whose tape has answers to the `taken` occurrences already. */
  async begin(execution: number, cell: string, { wasRunBefore, taken }: { readonly wasRunBefore: boolean; readonly taken?: ReadonlyMap<string, ReadonlySet<number>> | undefined }): Promise<void> {
    const { journal, session, generation } = this.#options
    const asking: Asking = { cell, asked: new KeyNumbers(), taken, bought: wasRunBefore ? new KeyNumbers() : undefined }
    this.#latest.set(cell, asking)
    if (asking.bought !== undefined) for (const { answer, hash, occurrence } of await journal.bought(session, { cell, generation })) asking.bought.set(hash, occurrence, answer)
    this.#askings.set(execution, asking)
  }

  /** Whether an execution was begun. */
  knows(execution: number): boolean {
    return this.#askings.has(execution)
  }

  hashOf(query: Query): string {
    return requestKey(query, query.provider === 'compatible' ? this.#options.endpoint() : '')
  }

  /** The key of a request; to be asked for in the order in which the guest asks. */
  keyOf(query: Query, execution: number): RequestKey {
    const hash = this.hashOf(query)
    const { asked, taken } = this.#askingOf(execution)
    const known = taken?.get(hash)
    let occurrence = asked.count(hash)
    while (known?.has(occurrence) === true) occurrence = asked.count(hash)
    return [hash, occurrence]
  }

  /** Rejects as a {@link Dispatch} does. The answer is written down, but maybe not durable yet: see {@link Tape.pending}. */
  buy(query: Query, key: RequestKey, options: PurchaseOptions): Promise<Purchase> {
    const [hash, occurrence] = key
    const asking = this.#askingOf(options.execution)
    const { cell, bought } = asking
    const number = bought?.get(hash, occurrence)
    if (number !== undefined) return this.#again(number, options.onText)
    const name = `${cell}\0${hash}\0${occurrence}`
    const { controller, onText } = options
    const known = this.#underWay.get(name)
    if (known !== undefined) return joined(known, { signal: controller.signal, onText })
    const underWay: UnderWay = { purchase: unasked, controller, pieces: onText === undefined ? undefined : { text: '', onText } }
    this.#underWay.set(name, underWay)
    underWay.purchase = this.#ask(query, key, { asking, name, underWay, options })
    return underWay.purchase
  }

  async #ask(query: Query, [hash, occurrence]: RequestKey, { asking, name, underWay, options }: AskOptions): Promise<Purchase> {
    const { tape, dispatch, generation } = this.#options
    const { execution, controller, owner, onSend: tell, onLost: tellLost } = options
    const { cell } = asking
    const { pieces } = underWay
    const model = `${query.provider}/${query.model}`
    let intent: number | null = null
    const onSend = (attempt: number, reserve: Reserve = unknownReserve): void => {
      intent ??= tape.nextIntent()
      tell?.()
      // Not waited for: a crash before it is written leaves one call that may be made twice, and nothing else.
      tape.write({ type: 'call.sent', intent, execution, hash, occurrence, attempt, model, tokens: reserve.tokens, usd: reserve.usd })
    }
    const onLost = ({ tokens, usd }: Reserve = unknownReserve): void => {
      tape.write({ type: 'call.lost', tokens, usd })
      tellLost?.(usd)
    }
    try {
      const { signal } = controller
      const asked = { signal, owner, onSend, onLost }
      const answer = await dispatch(query, pieces === undefined ? asked : { ...asked, onText: (text) => pass(pieces, text) })
      const number = tape.nextAnswer()
      const { text, finishReason, usage, queueMs, llmMs, attempts } = answer
      const { inputTokens, outputTokens, usd } = usage
      tape.write({ type: 'answer', intent, answer: number, cell, generation, hash, occurrence, model, text, finishReason, inputTokens, outputTokens, usd, queueMs, llmMs, attempts })
      const latest = this.#latest.get(cell)
      // Whoever asked may have died, and whoever asks next has looked already.
      if (latest !== asking) latest?.bought?.set(hash, occurrence, number)
      return { answer, number, isReplayed: false }
    } catch (thrown) {
      const usage = thrown instanceof ReplmError ? thrown.usage : undefined
      if (intent !== null) tape.write({ type: 'call.failed', intent, inputTokens: usage?.inputTokens ?? 0, outputTokens: usage?.outputTokens ?? 0, usd: usage === undefined ? 0 : null })
      throw thrown
    } finally {
      if (this.#underWay.get(name) === underWay) this.#underWay.delete(name)
    }
  }

  async #again(number: number, onText: PurchaseOptions['onText']): Promise<Purchase> {
    const { text, finishReason, inputTokens, outputTokens, usd, queueMs, llmMs, attempts } = await this.#read(number)
    if (text !== '') onText?.(text)
    return { answer: { text, finishReason, usage: { inputTokens, outputTokens, usd }, queueMs, llmMs, attempts }, number, isReplayed: true }
  }

  #read(number: number): Promise<AnswerRecord> {
    return new Promise((resolve, reject) => {
      if (this.#reads.push({ number, resolve, reject }) === 1) setImmediate(() => void this.#readAll())
    })
  }

  async #readAll(): Promise<void> {
    const reads = this.#reads.splice(0)
    const { journal, session } = this.#options
    try {
      const answers = await journal.answers(session, reads.map(({ number }) => number))
      reads.forEach(({ resolve }, index) => resolve(answers[index] as AnswerRecord)) // as many as asked for, in their order
    } catch (error) {
      for (const { reject } of reads) reject(error)
    }
  }

  #askingOf(execution: number): Asking {
    const asking = this.#askings.get(execution)
    if (asking === undefined) throw new TypeError(`execution ${execution} was not begun`)
    return asking
  }
}

function pass(pieces: Pieces, text: string): void {
  pieces.text += text
  pieces.onText(text)
}

/** Who takes a question over takes over whether it is wanted, too; and gets it in pieces from its beginning. */
async function joined({ purchase, controller, pieces }: UnderWay, { signal, onText }: { readonly signal: AbortSignal; readonly onText: PurchaseOptions['onText'] }): Promise<Purchase> {
  signal.throwIfAborted()
  const letGo = onAbort(signal, () => controller.abort(signal.reason))
  try {
    if (pieces !== undefined) {
      pieces.onText = onText ?? (() => undefined)
      if (pieces.text !== '') onText?.(pieces.text)
    }
    const bought = await purchase
    if (pieces === undefined && bought.answer.text !== '') onText?.(bought.answer.text)
    return bought
  } finally {
    letGo()
  }
}
