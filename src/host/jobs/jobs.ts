/** What is to be done in the background in; its job, at once, and later its result, out: `replm.jobs`. */
import type { ReplmError } from '../../errors.ts'
import type { NamedText } from '../../options/contextSource.ts'
import type { QueryOptions } from '../../options/queryOptions.ts'
import type { SessionOptions } from '../../options/sessionOptions.ts'
import type { Answer, BudgetLimits, Job, JobEvent, LogLine, Usage } from '../../types.ts'
import type { EventsOptions, JobPage, JobWorker, ListOptions, SubmitOptions, WaitOptions } from './engine.ts'

/** The background jobs of a store, also those of other processes. */
export interface Jobs {
  /**
   * Accepts work and gives its job at once. Unless told otherwise this process does it as well, as soon as there is a place; whatever it has not done when it ends, another process may go on with.
   * Rejects with NOT_FOUND for a script or documents that are not there, with CONFIG for a model that does not exist, and with TypeError or RangeError.
   */
  submit(work: JobWork, options?: JobOptions): Promise<Job>
  /** Rejects with NOT_FOUND. */
  get(id: string): Promise<Job>
  /** The newest first. */
  list(options?: ListOptions): Promise<JobPage>
  /** Resolves when it is over or waits for a person; with the job as it is once the time is up. */
  wait(id: string, options?: WaitOptions): Promise<Job>
  events(id: string, options?: EventsOptions): AsyncIterable<JobEvent>
  /** Ends it. Done again, it changes nothing. */
  cancel(id: string): Promise<Job>
  /** Answers what it asks, once. Rejects with JOB_STATE when it does not ask, or for an action that it did not offer. */
  input(id: string, answer: JobInput): Promise<Job>
  /** What the questions of a batch have been answered so far, in their order; of one that is completed, all of them. Rejects with NOT_FOUND, and with JOB_STATE for a job that is no batch. */
  results(id: string): AsyncIterable<BatchLine>
  /** Does jobs of this store here, whoever submitted them, until it is disposed. */
  work(options?: JobWorkOptions): JobWorker
}

/** What a job does: a script, a cell, one question, or many. */
export type JobWork = ScriptWork | CellWork | SessionCellWork | QueryWork | BatchWork

/** In a session of its own. */
type SessionWork = Pick<SessionOptions, 'context' | 'ignoreFiles' | 'encoding' | 'args' | 'limits' | 'budget'> & {
  /** `provider/model` that answers where a question names none. @default that of `openReplm` */
  readonly model?: string
  /** What it may name besides. @default that of `openReplm` */
  readonly models?: readonly string[]
}

export type ScriptWork = SessionWork & {
  /** Its file, whose text is taken when it is submitted; or its text. A name that ends in .ts, .mts or .cts is TypeScript's. */
  readonly script: string | NamedText
}

export type CellWork = SessionWork & {
  readonly cell: string
  /** Parse it as TypeScript at once. @default false */
  readonly typescript?: boolean
}

/** In a session that lives on: after the cells that were submitted before it, on what they have made; it is `queued` until then. Two processes do not share a session: while another one has it open the cell is that one's to run, and waits for it to do so or to let go. */
export interface SessionCellWork {
  /** Its id. */
  readonly session: string
  readonly cell: string
  /** Parse it as TypeScript at once. @default false */
  readonly typescript?: boolean
}

export type QueryWork = Omit<QueryOptions, 'signal'> & { readonly prompt: string }

export interface BatchRequest extends Omit<QueryOptions, 'signal'> {
  /** Names its line in the result; each once. */
  readonly customId: string
  readonly prompt: string
}

export interface BatchWork {
  readonly batch: readonly BatchRequest[]
  /** `provider/model` of those that name none. @default that of `openReplm` */
  readonly model?: string
  /** What they may cost together. @default no limit */
  readonly budget?: Partial<BudgetLimits>
}

/** The result of a script or a cell: `completed` and its `result`. */
export interface CellJobResult {
  /** What it gave, as JSON can hold it. */
  readonly value: unknown
  /** The same as it is shown. */
  readonly text: string
  readonly logs: readonly LogLine[]
  /** Of all its attempts together. */
  readonly usage: Usage
}

/** The result of one question: its answer, whose text is the value. */
export interface QueryJobResult extends Answer {
  readonly value: string
}

/** The result of a batch: a line for each question, in their order, whatever became of it. */
export interface BatchJobResult {
  readonly value: readonly BatchLine[]
  readonly usage: Usage
}

export type BatchLine =
  | ({ readonly customId: string; readonly ok: true } & Answer)
  | { readonly customId: string; readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

export interface JobOptions extends Omit<SubmitOptions, 'group'> {
  /** Do it in this process too. @default true */
  readonly work?: boolean
}

export interface JobInput {
  readonly action: string
  /** JSON. @default what was asked about, as it was */
  readonly data?: unknown
  /** The `key` of what it asks; with it, an answer to what was asked before is refused. @default whatever it asks now */
  readonly key?: string
}

export interface JobWorkOptions {
  /** Scripts and cells at work at the same time, each with a sandbox of its own; questions and batches take no place. @default 4 */
  readonly concurrency?: number
  /** Run cells of sessions here as well, also of sessions that others have made. @default false */
  readonly sessions?: boolean
  /** Told of what it does. `job.stopped`: it was canceled, is past its deadline, or goes on elsewhere. Must not throw. @default nobody is told */
  readonly onJob?: (news: JobNews) => void
}

export type JobNews =
  | { readonly type: 'job.started' | 'job.completed' | 'job.inputRequested' | 'job.stopped'; readonly id: string; readonly kind: string }
  | { readonly type: 'job.failed'; readonly id: string; readonly kind: string; readonly error: ReplmError }
