/** Attempts in; their answers from one worker thread, out. The only importer of Piscina for questions. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { fromWire, ReplmError, type WireError } from '../../../errors.ts'
import type { ProviderAnswer, ProviderQuery } from '../../../types.ts'
import type { AskOptions } from '../../providers/askProvider.ts'

/** Host → thread. One message carries all that came up in a tick. */
export interface LaneMessage {
  readonly asks: readonly LaneAsk[]
  /** Attempts that nobody waits for any more. */
  readonly aborts: readonly number[]
}

/** One attempt; without a query it only prepares the provider. */
export interface LaneAsk {
  readonly id: number
  readonly provider: string
  readonly query?: ProviderQuery
  readonly attempt?: number
  /** Whether the reply is wanted in pieces. */
  readonly stream?: true
}

/** Thread → host. One message carries all that came up in a turn of the thread's loop, in its order. */
export type LaneReplies = readonly LaneReply[]

/** Pieces of a reply, as they come; then one answer or error for each attempt, also for one that was aborted. */
export type LaneReply =
  | { readonly id: number; readonly pieces: LanePieces }
  | { readonly id: number; readonly answer: LaneAnswer | null }
  | { readonly id: number; readonly error: WireError }

/** The pieces of one turn in one text, and where each of them ends: ten times as fast as an object for each, and less for the host to collect. */
interface LanePieces {
  readonly text: string
  readonly ends: readonly number[]
}

/** A text that has crossed in pieces is left out. */
type LaneAnswer = Omit<ProviderAnswer, 'text'> & Partial<Pick<ProviderAnswer, 'text'>>

/** What the thread starts with. */
export interface LaneTask {
  readonly port: MessagePort
  /** What providers read their keys from. */
  readonly env: Readonly<Record<string, string | undefined>>
}

interface Waiting {
  readonly resolve: (answer: ProviderAnswer | null) => void
  readonly reject: (error: ReplmError) => void
  readonly onText: AskOptions['onText']
  /** All pieces so far. */
  text: string
}

/** The thread's entry, from source and from dist alike. */
const entry = new URL(`../../../workers/query${import.meta.url.slice(-3)}`, import.meta.url)

/** New objects of a thread, in MiB: of one that keeps nothing, more is only held. V8 itself takes 48. */
const youngMb = 12

/** One thread and the port to it. It does not keep the process alive while nothing is in flight. */
export class Lane {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  #asks: LaneAsk[] = []
  #aborts: number[] = []
  #lastId = 0
  #scheduled = false
  #dead: ReplmError | undefined
  #pool: Piscina | undefined
  #ended: Promise<void> | undefined

  constructor(env: LaneTask['env']) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.on('message', (replies: LaneReplies) => {
      for (const reply of replies) this.#settle(reply)
    })
    // The port closes with its thread, whatever ended that.
    port1.on('close', () => this.#die('its thread ended'))
    port1.unref()
    // A copy: `process.env` itself cannot cross.
    void this.#start({ port: port2, env: { ...env } })
  }

  get inFlight(): number {
    return this.#waiting.size
  }

  get dead(): boolean {
    return this.#dead !== undefined
  }

  ask(ask: Omit<LaneAsk, 'id' | 'stream'>, { signal, onText }: { readonly signal?: AbortSignal; readonly onText?: AskOptions['onText'] } = {}): Promise<ProviderAnswer | null> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead)
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#port.ref()
      this.#waiting.set(id, { resolve, reject, onText, text: '' })
      this.#asks.push(onText === undefined ? { ...ask, id } : { ...ask, id, stream: true })
      this.#schedule()
      // Settled by the thread's reply as well: then the connection is closed.
      signal?.addEventListener('abort', () => this.#abort(id), { once: true })
    })
  }

  async close(): Promise<void> {
    this.#die('it was closed')
    await this.#ended
  }

  async #start(task: LaneTask): Promise<void> {
    try {
      const { Piscina } = await import('piscina')
      if (this.#dead !== undefined) return
      const pool = new Piscina({
        filename: entry.href,
        // One thread, made for the task below and kept when that is over; a dead one is not replaced here, but by the next lane.
        minThreads: 0,
        maxThreads: 1,
        idleTimeout: Infinity,
        // A thread that sleeps on Atomics.wait between tasks would neither read the port nor its sockets.
        atomics: 'disabled',
        recordTiming: false,
        resourceLimits: { maxYoungGenerationSizeMb: youngMb },
      })
      this.#pool = pool
      // Errors outside of a task arrive here; without a listener they would end the host.
      pool.on('error', (error: Error) => this.#die(error.message))
      // Piscina takes the type of this list from another overload of postMessage.
      await pool.run(task, { transferList: [task.port] as object })
    } catch (thrown) {
      this.#die(thrown instanceof Error ? thrown.message : String(thrown))
    }
  }

  /** All that is asked or aborted until the microtasks have drained goes in one message. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      const message: LaneMessage = { asks: this.#asks, aborts: this.#aborts }
      this.#asks = []
      this.#aborts = []
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
      if (this.#dead === undefined) this.#port.postMessage(message)
    })
  }

  #abort(id: number): void {
    if (!this.#waiting.has(id)) return
    this.#aborts.push(id)
    this.#schedule()
  }

  #settle(reply: LaneReply): void {
    if ('pieces' in reply) return this.#tell(reply.id, reply.pieces)
    const waiting = this.#take(reply.id)
    if (waiting === undefined) return
    if ('error' in reply) waiting.reject(fromWire(reply.error))
    else waiting.resolve(reply.answer === null ? null : { text: waiting.text, ...reply.answer })
  }

  #tell(id: number, { text, ends }: LanePieces): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    waiting.text += text
    let start = 0
    for (const end of ends) {
      waiting.onText?.(text.slice(start, end))
      start = end
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#port.unref()
    return waiting
  }

  #die(why: string): void {
    if (this.#dead !== undefined) return
    this.#dead = new ReplmError('PROVIDER', `The thread that asked the provider is gone: ${why}. Asking again starts another one`, { retryable: true })
    for (const { reject } of this.#waiting.values()) reject(this.#dead)
    this.#waiting.clear()
    this.#port.close()
    this.#ended = this.#pool?.destroy()
  }
}
