/** The nouns: what flows between the parts. Imports nothing. */

/** How queries leave the host: on its own loop, through worker threads, or whichever serves better. */
export type DispatchPath = 'async' | 'pool' | 'auto'

/** How the bytes of a file are text, where that is declared. `latin1` is ISO 8859-1: each byte is the character of its number. */
export type EncodingName = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1'

/** What one query cost. `usd` is null when the model has no known price ("unpriced", never 0). */
export interface QueryUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number | null
}

/** Why a model stopped, in one vocabulary for all providers. */
export type FinishReason = 'stop' | 'length' | 'refusal' | 'other'

/** One question with everything that changes its answer, defaults filled in. */
export interface Query {
  /** The part of `provider/model` before the first slash. */
  readonly provider: string
  /** The part after it. */
  readonly model: string
  readonly prompt: string
  readonly system?: string
  /** Upper bound of the reply, in tokens. */
  readonly maxTokens?: number
  readonly temperature?: number
  readonly stop?: readonly string[]
  /** A JSON Schema the guest wants the reply to follow: data, handed to the provider as it is and never compiled here. */
  readonly schema?: unknown
  /** Bounds one attempt from send to last byte, in milliseconds. */
  readonly timeoutMs: number
  /** True when the caller named `timeoutMs` itself: then a TIMEOUT is final and not asked again. */
  readonly timeoutIsFinal: boolean
  /** True shares the answer of an equal question under way, false does not. @default true at an explicit `temperature: 0`, else false */
  readonly dedupe?: boolean
  /** True takes the answer of an equal question asked before, false does not. @default true at an explicit `temperature: 0`, else false */
  readonly cache?: boolean
}

/** The answer to a {@link Query}, with what it took. */
export interface Answer {
  readonly text: string
  readonly usage: QueryUsage
  readonly finishReason: FinishReason
  /** Milliseconds between the query's arrival at dispatch and the send of the attempt that answered (waits, pauses and failed attempts included). */
  readonly queueMs: number
  /** Milliseconds from the send of the attempt that answered to its last byte. */
  readonly llmMs: number
  /** Attempts made, the one that answered included. From 1; 0 for an answer that another question had bought (shared or cached). */
  readonly attempts: number
  /** Where the attempt that answered was made: on the host's loop, or in a worker thread. Missing where none was made. */
  readonly path?: 'async' | 'pool'
}

/** What a budget holds for a question while it is under way; `usd` is null where its price was not asked for or is not known. */
export interface Reserve {
  readonly tokens: number
  readonly usd: number | null
}

/** What goes along with a {@link Query} down the query path. */
export interface DispatchOptions {
  readonly signal: AbortSignal
  /** Called as an attempt is sent, with its number from 1: from here on the question may cost. Never called for an answer that nobody was asked for. */
  readonly onSend?: (attempt: number, reserve?: Reserve) => void
  /**
   * Called when an attempt that was sent is ended from here, by an abort or a deadline, or breaks off after a piece of its reply was given: nobody says what it cost.
   * `reserve` is the most that it may have cost. What it throws ends the question.
   */
  readonly onLost?: (reserve?: Reserve) => void
  /** Wants the reply in pieces, as they come. Once a piece was given, a failed attempt is not repeated: what a program has read cannot be taken back. */
  readonly onText?: (text: string) => void
  /** Whose question this is: questions of different owners take turns when permits are scarce. @default one owner for all that name none */
  readonly owner?: object
}

/** The shape of every step of the query path; a layer is a function from Dispatch to Dispatch. Rejects with ReplmError, or with `signal.reason` unchanged. */
export type Dispatch = (query: Query, options: DispatchOptions) => Promise<Answer>

/** What a provider is asked: a {@link Query} without the host's own matters. */
export interface ProviderQuery {
  readonly model: string
  readonly prompt: string
  readonly system?: string
  readonly maxTokens?: number
  readonly temperature?: number
  readonly stop?: readonly string[]
  readonly schema?: unknown
}

/** What a provider answers to one attempt. */
export interface ProviderAnswer {
  readonly text: string
  readonly usage: {
    readonly inputTokens: number
    readonly outputTokens: number
    /** Only where the provider itself states the cost. */
    readonly usd?: number
  }
  /** @default 'stop' */
  readonly finishReason?: FinishReason
  /** What the server said of its limits; read by the pump only. */
  readonly rates?: RateReport
}

/** One allowance of a server: what is left of it, and when it is whole again. */
export interface RateWindow {
  readonly limit: number | null
  readonly remaining: number
  /** Milliseconds from the reply until it is whole again. */
  readonly resetMs: number
}

/** What a server said of its limits in the headers of a reply. */
export interface RateReport {
  readonly requests?: RateWindow
  readonly tokens?: RateWindow
}

/** What comes with one attempt. */
export interface ProviderQueryOptions {
  /** Aborts when nobody waits for the answer any more, and at the deadline: the connection has to end. */
  readonly signal: AbortSignal
  /** Which attempt at its question this is, from 1. @default not known */
  readonly attempt?: number
}

/** A model the provider can name. */
export interface ModelInfo {
  /** Without the provider's prefix. */
  readonly id: string
}

/**
 * One kind of model server. Makes one attempt per call: no retries, no rates, no deadline of its own (the signal carries it).
 * Throws ReplmError with `retryable` (and `retryAfterMs` where the server said so) set; anything else thrown counts as PROVIDER, not retryable.
 */
export interface Provider {
  readonly name: string
  readonly query: (query: ProviderQuery, options: ProviderQueryOptions) => Promise<ProviderAnswer>
  /** The same in pieces: yields text as it comes, and returns the whole answer. Without it a stream is one piece. */
  readonly stream?: (query: ProviderQuery, options: ProviderQueryOptions) => AsyncGenerator<string, ProviderAnswer, undefined>
  /** Loads what questions need (an SDK, an HTTP client), so that no question's time pays for it; without it the first one does. Rejects as `query` would. */
  readonly prepare?: () => Promise<void>
  /** The models it offers now; asks its server where there is one. */
  readonly models?: (options: { readonly signal: AbortSignal }) => Promise<readonly ModelInfo[]>
  /**
   * Cost of its queries: 'free' counts as 0 USD (simulated and local models), 'table' is looked up by model, 'self' is what `usage.usd` says.
   * @default 'self'
   */
  readonly pricing?: 'free' | 'table' | 'self'
  /** Ends its connections. */
  readonly close?: () => Promise<void>
}

/** Upper bounds of what may be spent. Each counts over all runs of what it is set on. */
export interface BudgetLimits {
  /** US dollars. @default Infinity */
  readonly usd: number
  /** Questions sent; a repeated attempt at the same question is not counted again. @default Infinity */
  readonly queries: number
  /** Input and output tokens together. @default Infinity */
  readonly tokens: number
}

/** What a budget has left: `budget()` in the guest. Reserved is held by calls in flight. `null` stands for "no limit". */
export interface BudgetState {
  readonly limit: BudgetAmounts
  /** `usd` is null once an answer had no known price ("unpriced", never 0). */
  readonly spent: { readonly usd: number | null; readonly queries: number; readonly tokens: number }
  readonly reserved: { readonly usd: number; readonly queries: number; readonly tokens: number }
  readonly remaining: BudgetAmounts
}

export interface BudgetAmounts {
  readonly usd: number | null
  readonly queries: number | null
  readonly tokens: number | null
}

/** What a cell, a run or a session spent. */
export interface Usage {
  /** Questions asked, whatever became of them: answered, shared, taken from the journal, or failed. */
  readonly queries: number
  /** Answers that were asked for and paid for in this run; one that was shared, or kept from before, was bought by another question. */
  readonly bought: number
  /** Answers taken from the journal. */
  readonly replayed: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** US dollars; null as soon as one answer came from an unpriced model. */
  readonly usd: number | null
  /** Reserve of calls whose cost nobody says: they were cut off by an abort, a deadline or a crash between send and answer. Not in `usd`. */
  readonly unknownUsd: number
}

/** Bounds on what one session's guest may use. */
export interface SessionLimits {
  /** Heap and external buffers of the guest, in MiB. @default 256 */
  readonly memoryMb: number
  /** Running time of guest code per cell, in milliseconds: time in which the guest executes, waits not counted. @default 30_000 */
  readonly cpuMs: number
  /** Wall time per cell, in milliseconds. @default Infinity */
  readonly wallMs: number
  /** What `console` may print per cell, in bytes of UTF-8. @default 1e6 */
  readonly outputBytes: number
  /** Size of a cell's value as it crosses, in bytes. @default 64e6 */
  readonly valueBytes: number
}

/** One line, or more, that the program printed. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr'
  readonly level: 'log' | 'info' | 'warn' | 'error' | 'debug'
  readonly text: string
}

/** What a cell gave. */
export interface CellResult {
  /** The value of `final(value)`, else of the last expression; undefined where it cannot cross (functions, symbols, proxies). */
  readonly value: unknown
  /** The value as the guest shows it, cut to a readable size. */
  readonly text: string
  readonly logs: readonly LogLine[]
  readonly usage: Usage
  readonly durationMs: number
  /** Calls still in flight when the cell ended. */
  readonly pending: number
  /** What `final`, `FINAL` or `FINAL_VAR` recorded; undefined when none was called. */
  readonly final: unknown
}

/** Names and values on a span or a measurement. */
export type TelemetryAttributes = Readonly<Record<string, string | number | boolean | string[]>>

/** What is used of an OpenTelemetry `Span`. */
export interface TelemetrySpan {
  setAttributes(attributes: TelemetryAttributes): unknown
  setStatus(status: { readonly code: number; readonly message?: string }): unknown
  isRecording(): boolean
  end(): void
}

/** What is used of an OpenTelemetry `Tracer`, so that its package is needed only by who uses it. */
export interface TelemetryTracer {
  startActiveSpan(name: string, options: { readonly kind?: number; readonly attributes?: TelemetryAttributes }, work: (span: TelemetrySpan) => unknown): unknown
}

/** What is used of an OpenTelemetry `Histogram`. */
export interface TelemetryHistogram {
  record(value: number, attributes?: TelemetryAttributes): void
}

/** What is used of an OpenTelemetry `Meter`. */
export interface TelemetryMeter {
  createHistogram(name: string, options?: { readonly description?: string; readonly unit?: string; readonly advice?: { readonly explicitBucketBoundaries?: number[] } }): TelemetryHistogram
}

/** What happens in a session, as it happens. */
export type SessionEvent =
  | { readonly type: 'cell.started'; readonly cell: string }
  | { readonly type: 'cell.completed'; readonly cell: string; readonly ok: boolean; readonly code?: string; readonly durationMs: number }
  | { readonly type: 'console.printed'; readonly stream: 'stdout' | 'stderr'; readonly level: LogLine['level']; readonly text: string }
  | { readonly type: 'query.sent'; readonly call: number; readonly model: string }
  /** `path` says where the attempt that answered was made; missing where none was: the answer was shared, or kept from before (`attempts` 0). */
  | { readonly type: 'query.answered'; readonly call: number; readonly model: string; readonly usage: QueryUsage; readonly queueMs: number; readonly llmMs: number; readonly attempts: number; readonly path?: 'async' | 'pool' }
  | { readonly type: 'query.failed'; readonly call: number; readonly model: string; readonly code: string; readonly message: string }
  | { readonly type: 'batch.progressed'; readonly call: number; readonly done: number; readonly failed: number; readonly total: number }
  | { readonly type: 'job.progressed'; readonly fraction: number; readonly step: string | null }
  /** The session's sandbox is another one, in which its cells were brought back; `lost` says which were not, null when all were. */
  | { readonly type: 'session.rebuilt'; readonly cells: number; readonly answers: number; readonly lost: string | null }
  /** A replayed cell asked something else than it did: from there on it ran again, with its answers found by their questions. */
  | { readonly type: 'session.diverged'; readonly cell: string; readonly request: string }

/** A session of a store. */
export interface SessionInfo {
  readonly id: string
  readonly name: string | null
  /** Milliseconds since 1970. */
  readonly createdMs: number
  readonly usedMs: number
  /** Cells it has run, also those that failed. */
  readonly cells: number
  readonly answers: number
  /** What it has spent over all its runs; `usd` is null where a price was not known. */
  readonly queries: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number | null
  /** Calls that were in flight when a process died; and what had been reserved in US dollars for those and for attempts that were cut off by an abort or a deadline. */
  readonly unknownQueries: number
  readonly unknownUsd: number
  /** On disk, about. */
  readonly bytes: number
  /** What its last cell is called; null before the first. */
  readonly lastCell: string | null
  /** Its last cell was cut off because its process died: it can go on. */
  readonly isCutOff: boolean
  /** The process that has it open; null when none has. */
  readonly owner: { readonly pid: number } | null
}

/** What is not as it was when a session was last used. */
export interface SessionChange {
  readonly of: 'documents' | 'args' | 'model'
  /** In words. */
  readonly text: string
}

/** A cell that a session has run. */
export interface CellRecord {
  /** Running number in the session, from 1. */
  readonly execution: number
  /** Its stable name: what it bought is found again under it. */
  readonly cell: string
  /** What its errors call it. */
  readonly name: string
  readonly text: string
  /** 'cut' was ended by force, 'left' is no part of the session any more; neither is brought back by a rebuild. */
  readonly state: 'running' | 'ended' | 'cut' | 'left'
  /** Null while it has not ended. */
  readonly ok: boolean | null
  /** Of its error. */
  readonly code: string | null
  readonly message: string | null
  /** Its value, as it was shown. */
  readonly shown: string | null
  /** Milliseconds since 1970. */
  readonly startedMs: number
  readonly endedMs: number | null
}

/** Where a job stands: accepted and held, waiting to be claimed, at work, waiting for a person, or over. */
export type JobStatus = 'pending' | 'queued' | 'running' | 'awaiting_input' | 'completed' | 'failed' | 'canceled'

/** How far a job has come. */
export interface JobProgress {
  /** From 0 to 1; null where it is not known. */
  readonly fraction: number | null
  /** What it is at, in its own words. */
  readonly step: string | null
  /** Parts done, and of how many; null where it does not count any. */
  readonly done: number | null
  readonly total: number | null
}

/** Where the questions of a job stand. */
export interface RequestCounts {
  readonly processing: number
  readonly succeeded: number
  readonly errored: number
  readonly canceled: number
}

/** What a job asks a person. */
export interface InputRequest {
  /** Names the asking: an answer to another one is refused. */
  readonly key: string
  readonly title: string
  readonly description: string | null
  /** JSON: what the person is to look at, and may edit. */
  readonly data: unknown
  /** What the person may choose. @default approve, edit, cancel */
  readonly actions: readonly string[]
}

/** What a person answered. */
export interface InputAnswer {
  readonly action: string
  /** JSON; what was asked about, where the person left it as it was. */
  readonly data: unknown
}

/** Why a job failed. */
export interface JobError {
  readonly code: string
  readonly message: string
  readonly line?: number | null
  readonly column?: number | null
  readonly stack?: string
}

/** What a job has in every status. */
export interface JobFields {
  /** UUIDv7. */
  readonly id: string
  /** What it does: 'script', 'cell', 'query' or 'batch', or a kind of the embedding program's own. */
  readonly kind: string
  readonly progress: JobProgress
  readonly requestCounts: RequestCounts
  /** Higher goes first. @default 0 */
  readonly priority: number
  /** Times it was begun, the first included; one that a dead worker left is begun again, one that was answered goes on. */
  readonly attempts: number
  /** The session it runs in; null before it has one. */
  readonly session: string | null
  /** Milliseconds since 1970, as all times of a job. */
  readonly createdMs: number
  readonly startedMs: number | null
  readonly endedMs: number | null
  /** When somebody asked for its end; it ends when what it has in flight has let go. */
  readonly cancelRequestedMs: number | null
}

/** A job as its callers see it: what it cannot have in its status is not there. */
export type Job = JobFields &
  (
    | { readonly status: 'pending' | 'queued' | 'running' | 'canceled' }
    | { readonly status: 'awaiting_input'; readonly inputRequest: InputRequest }
    | { readonly status: 'completed'; readonly result: unknown }
    | { readonly status: 'failed'; readonly error: JobError }
  )

/** A job in a list: what may be big is left out, the result of one that is completed and what a person is to look at. */
export type ListedJob = JobFields &
  (
    | { readonly status: 'pending' | 'queued' | 'running' | 'canceled' | 'completed' }
    | { readonly status: 'awaiting_input'; readonly inputRequest: Omit<InputRequest, 'data'> }
    | { readonly status: 'failed'; readonly error: JobError }
  )

/** Something that happened to a job; `seq` counts from 1 in each job, without gaps. Statuses never go backward in it. */
export interface JobEvent {
  readonly seq: number
  readonly atMs: number
  /**
   * `noun.pastParticiple`: `job.held` (until its time has come), `job.queued`, `job.started`, `job.interrupted` (its worker is gone, it is begun again), `job.progressed`, `job.inputRequested`, `job.inputReceived`, `job.cancelRequested`,
   * `job.completed`, `job.failed`, `job.canceled`, `events.dropped` (it told more than is kept), and what its handler tells (`console.printed`, `cell.completed`, …).
   */
  readonly type: string
  /** JSON. With `status` where the event changed it. */
  readonly data: Readonly<Record<string, unknown>>
}
