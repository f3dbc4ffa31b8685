/**
 * Work to be done later in; where it stands, and who does it, out: the interface of a job engine. Any engine that keeps these promises fits behind it.
 *
 * Every promise of a change is one of durability: when it resolves, the change survives the death of the process and a power cut.
 * A job is worked on by one worker at a time. Each claim raises the job's epoch, and every write of a worker names its own: one that was replaced meanwhile is refused.
 */
import type { WireError } from '../../errors.ts'
import type { InputAnswer, InputRequest, Job, JobError, JobEvent, JobProgress, JobStatus, ListedJob, RequestCounts } from '../../types.ts'

export interface JobEngine extends AsyncDisposable {
  /** Accepts a job. With an `idempotencyKey` that was used before, gives that job: with JOB_STATE where its kind or input was another. */
  submit(kind: string, input: unknown, options?: SubmitOptions): Promise<Job>
  get(id: string): Promise<Job | undefined>
  /** What the job was submitted with. Rejects with NOT_FOUND. */
  input(id: string): Promise<unknown>
  /** The newest first. Rejects with RangeError for a cursor that is none. */
  list(options?: ListOptions): Promise<JobPage>
  /** Resolves when the job is over or waits for a person, and with the job as it is once the time is up. Rejects with NOT_FOUND, or with the signal's reason. */
  wait(id: string, options?: WaitOptions): Promise<Job>
  /** What happened after the event numbered `after`, and what happens from now on, until the job is over. Rejects with NOT_FOUND, or with the signal's reason. */
  events(id: string, options?: EventsOptions): AsyncIterable<JobEvent>
  /** Asks for its end: `cancelRequestedMs` is durable when it resolves. One that nobody works on is canceled at once; one that is over stays as it is. Rejects with NOT_FOUND. */
  cancel(id: string): Promise<Job>
  /** Answers what a job waits for, once: JOB_STATE when it does not wait, or for another `requestKey`, or for an action that it did not offer. */
  resumeWithInput(id: string, requestKey: string, answer: InputAnswer): Promise<Job>
  /** Does jobs of the kinds it has handlers for, until it is disposed; then what it has at work goes back to be claimed. */
  work(options: WorkOptions): JobWorker
  /** As disposing. Its workers end first. */
  close(): Promise<void>
}

export interface SubmitOptions {
  /** The same key gives the same job, for as long as it is kept. */
  readonly idempotencyKey?: string
  /** Higher goes first; equal ones by age. @default 0 */
  readonly priority?: number
  /** Milliseconds since 1970 before which nobody begins it: until then it is `pending`. @default at once */
  readonly notBeforeMs?: number
  /** Milliseconds since 1970 after which it fails with TIMEOUT, whatever it is at. @default none */
  readonly deadlineMs?: number
  /** How long it is kept once it is over, in milliseconds. @default 30 days */
  readonly ttlMs?: number
  /** Times it is begun at the most, where its worker died on the way. @default 5 */
  readonly maxAttempts?: number
  /** Only workers of this group take it, for as long as an engine lives that has submitted to the group or works for it; then everyone. @default none: for everyone */
  readonly group?: string
  /** Jobs of one session are done one after another, in the order in which they were submitted: until then they are `queued`. @default one of its own, once it has begun */
  readonly session?: string
}

export interface ListOptions {
  readonly status?: JobStatus | readonly JobStatus[]
  readonly kind?: string
  /** From 1 to 1000. @default 100 */
  readonly limit?: number
  /** As a page before it gave. */
  readonly cursor?: string
}

export interface JobPage {
  readonly jobs: readonly ListedJob[]
  /** Null after the last one. */
  readonly cursor: string | null
}

export interface WaitOptions {
  /** @default Infinity */
  readonly timeoutMs?: number
  /** Does not return for one that waits for a person. @default false */
  readonly untilOver?: boolean
  readonly signal?: AbortSignal
}

export interface EventsOptions {
  /** @default 0 */
  readonly after?: number
  /** False ends with what has happened so far. @default true */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

export interface WorkOptions {
  /** Jobs at work at the same time. @default 4 */
  readonly concurrency?: number
  readonly handlers: Readonly<Record<string, JobHandler>>
  /** Takes jobs of these groups only. @default those of no group, and of groups whose engines have gone */
  readonly groups?: readonly string[]
  /** Whether it keeps the process alive while it has nothing to do. @default true */
  readonly keepAlive?: boolean
  /** Whether a session that jobs were submitted for can be used here at the moment. Those of one that cannot are left to other workers, and it is asked again and again as long as there are such. @default all can */
  readonly canUse?: (session: string) => Promise<boolean>
}

export interface JobWorker extends AsyncDisposable {
  /** Jobs it has at work. */
  readonly running: number
}

/** Does one job. Throws what the job fails with; rejects with the signal's reason when it was told to stop, and that is no failure. */
export type JobHandler = (task: JobTask) => Promise<JobOutcome>

export type JobOutcome =
  | { readonly type: 'completed'; readonly result: unknown }
  /** Frees its place until a person has answered; then it is begun again, with the answer among {@link JobTask.answers}. */
  | { readonly type: 'awaitingInput'; readonly request: InputRequest }

/** A job at work, as its handler sees it. */
export interface JobTask {
  readonly id: string
  readonly kind: string
  readonly input: unknown
  /** Of this claim. */
  readonly epoch: number
  /** The session it was submitted for, or ran in before; null where there is none. */
  readonly session: string | null
  /** What people have answered so far, by the key of what was asked. */
  readonly answers: ReadonlyMap<string, InputAnswer>
  /** How many events of each type are in its log from the claims before this one: what a worker told just before it died may be missing. */
  readonly told: ReadonlyMap<string, number>
  /** Aborts when the job is canceled, past its deadline, or another worker's: the reason is a {@link JobStop}. */
  readonly signal: AbortSignal
  /** Is durable before the session runs anything. */
  setSession(id: string): Promise<void>
  /** Several in short order become one. */
  progress(progress: Partial<JobProgress>): void
  requestCounts(counts: RequestCounts): void
  /** An event of its own, after those before it. Its number is given when it is written. */
  tell(type: string, data: Readonly<Record<string, unknown>>): void
}

/** Why a job's signal aborts. */
export interface JobStop {
  readonly type: 'canceled' | 'expired' | 'replaced' | 'closing'
}

/** How a failure of a handler is kept. */
export type KeptError = JobError & Pick<WireError, 'code'>
