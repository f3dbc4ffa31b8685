/** What happens in a session in; records of it, with the times of each question apart, out. docs/telemetry.md lists the records. */
import { assertNever, type ErrorCode, ReplmError } from '../errors.ts'
import type { Answer, Query, SessionEvent } from '../types.ts'
import { attemptsOf } from './dispatch/attempts.ts'
import type { TraceRecord, TraceSink } from './traceFile.ts'

export interface TraceOptions {
  readonly sink: TraceSink
  /** Null for questions of the host's own. */
  readonly session: string | null
  /** Whether prompts, answers, messages and what is printed are written down. */
  readonly content: boolean
}

/** Which question it is, as its asker counts. */
export interface AskedQuery {
  readonly call: number
  /** Null for one that is in no batch. */
  readonly batch: number | null
  /** Its place in the batch, from 0. */
  readonly index: number | null
  /** When the host took its call up, as `performance.now()`. */
  readonly arrivedMs: number
}

/** What is written down of one session. Never throws. */
export class SessionTrace {
  readonly #options: TraceOptions

  constructor(options: TraceOptions) {
    this.#options = options
    if (options.session !== null) this.#write({ type: 'session.opened' })
  }

  /** An event of an execution. Questions have records of their own, see {@link SessionTrace.query}, from which the progress of a batch can be told. */
  event(execution: number, event: SessionEvent): void {
    const { content } = this.#options
    switch (event.type) {
      case 'query.sent':
      case 'query.answered':
      case 'query.failed':
      case 'batch.progressed':
        return
      case 'cell.started':
        return this.#write({ type: event.type, execution, cell: event.cell })
      case 'cell.completed':
        return this.#write({ type: event.type, execution, cell: event.cell, ok: event.ok, ...(event.code === undefined ? {} : { code: event.code }), durationMs: rounded(event.durationMs) })
      case 'console.printed':
        return this.#write({ type: event.type, execution, stream: event.stream, level: event.level, units: event.text.length, ...(content ? { text: event.text } : {}) }, content ? event.text.length : 0)
      case 'job.progressed':
        return this.#write({ type: event.type, execution, fraction: event.fraction, ...(content ? { step: event.step } : {}) })
      case 'session.rebuilt':
        return this.#write({ type: event.type, execution, cells: event.cells, answers: event.answers, ...(content ? { lost: event.lost } : { isWhole: event.lost === null }) })
      case 'session.diverged':
        return this.#write({ type: event.type, execution, cell: event.cell })
      default:
        assertNever(event)
    }
  }

  /** Follows one question; `execution` is the one that runs as it arrives, null where there is none. */
  query(execution: number | null, { arrivedMs, ...asked }: AskedQuery): QueryTrace {
    return new QueryTrace({ content: this.#options.content, arrivedMs, write: (type, rest, units) => this.#write({ type, execution, ...asked, ...rest }, units) })
  }

  close(): void {
    this.#write({ type: 'session.closed' })
  }

  #write({ type, ...rest }: TraceRecord & { readonly type: string }, units = 0): void {
    this.#options.sink.write({ type, atMs: rounded(performance.now()), session: this.#options.session, ...rest }, units)
  }
}

interface QueryTraceOptions {
  readonly content: boolean
  readonly arrivedMs: number
  readonly write: (type: string, rest: TraceRecord, units: number) => void
}

/** One question on its way; each method is called at most once, in this order. */
export class QueryTrace {
  readonly #options: QueryTraceOptions
  #model = ''
  #passedMs: number
  #dispatchedMs: number | undefined
  #settledMs = 0
  #outcome: { readonly type: 'query.answered' | 'query.failed'; readonly rest: TraceRecord; readonly units: number } | undefined

  constructor(options: QueryTraceOptions) {
    this.#options = options
    this.#passedMs = options.arrivedMs
  }

  /** Its batch let it in: there were not too many that wait to be sent, nor more under way than the batch allows. */
  passed(): void {
    this.#passedMs = performance.now()
  }

  dispatched({ provider, model, prompt, system }: Query): void {
    const { content, write } = this.#options
    this.#model = `${provider}/${model}`
    this.#dispatchedMs = performance.now()
    if (content) write('query.sent', { model: this.#model, prompt, ...(system === undefined ? {} : { system }) }, prompt.length + (system?.length ?? 0))
    else write('query.sent', { model: this.#model }, 0)
  }

  answered({ queueMs, llmMs, attempts, path, usage, finishReason, text }: Answer): void {
    const { content } = this.#options
    this.#settledMs = performance.now()
    const rest = { queueMs: rounded(queueMs), llmMs: rounded(llmMs), attempts, ...(path === undefined ? {} : { path }), usage, finishReason, ...(content ? { text } : {}) }
    this.#outcome = { type: 'query.answered', rest, units: content ? text.length : 0 }
  }

  /** `model` is what was asked for, where the question was refused before it was dispatched; `fallback` is for what is no ReplmError. */
  failed(thrown: unknown, model: string, fallback?: ErrorCode): void {
    const { code, message, usage } = ReplmError.from(thrown, fallback)
    this.#settledMs = performance.now()
    this.#model ||= model
    // A provider's words may quote the prompt.
    const words = this.#options.content ? { message } : {}
    const spent = usage === undefined ? {} : { usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } }
    this.#outcome = { type: 'query.failed', rest: { attempts: attemptsOf(thrown), code, ...words, ...spent }, units: this.#options.content ? message.length : 0 }
  }

  /** Its outcome was handed to the channel of its sandbox. */
  delivered(): void {
    if (this.#outcome === undefined) return
    const { type, rest, units } = this.#outcome
    const { arrivedMs, write } = this.#options
    const now = performance.now()
    const dispatchedMs = this.#dispatchedMs ?? this.#settledMs
    const times = {
      totalMs: rounded(now - arrivedMs),
      gateMs: rounded(this.#passedMs - arrivedMs),
      bridgeInMs: rounded(dispatchedMs - this.#passedMs),
      dispatchMs: rounded(this.#settledMs - dispatchedMs),
      bridgeOutMs: rounded(now - this.#settledMs),
    }
    write(type, { model: this.#model, ...times, ...rest }, units)
  }
}

/** Milliseconds to the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
