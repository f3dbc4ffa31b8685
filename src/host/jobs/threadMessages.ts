/** What the host and the jobs' thread say to each other. Types only. */
import type { WireError } from '../../errors.ts'
import type { JobError, JobEvent, JobProgress, JobStatus, RequestCounts } from '../../types.ts'
import type { JobRecord } from './jobRecord.ts'

export interface JobStoreOptions {
  readonly file: string
  /** How long to wait for another process that writes, in milliseconds. */
  readonly busyMs: number
  /** How long an engine is believed to live after its last sign of life, in milliseconds. */
  readonly leaseMs: number
  /** How often it is looked whether another process has changed something, in milliseconds. */
  readonly pollMs: number
  /** Of the engine: two in one process are two. */
  readonly instance: string
}

/** Names one claim: every write of a worker carries it. */
export interface Held {
  readonly key: number
  readonly epoch: number
}

/** A job that was claimed, its JSON not parsed yet. */
export interface Claimed extends Held {
  readonly id: string
  readonly kind: string
  readonly input: string | null
  readonly session: string | null
  readonly answers: readonly { readonly key: string; readonly action: string; readonly data: string }[]
  readonly progress: JobProgress
  readonly requestCounts: RequestCounts
  /** What its handlers have told so far, and by type. */
  readonly told: { readonly events: number; readonly bytes: number; readonly byType: readonly (readonly [type: string, count: number])[] }
}

export interface ToldEvent {
  readonly type: string
  /** JSON. */
  readonly data: string
}

/** `state` is what a running job has become, as far as it was not yet written. */
export interface Told {
  readonly progress?: JobProgress
  readonly requestCounts?: RequestCounts
  readonly events: ToldEvent[]
}

export type Ending =
  | { readonly type: 'completed'; readonly result: string | null }
  | { readonly type: 'failed'; readonly error: JobError }
  | { readonly type: 'awaitingInput'; readonly key: string; readonly head: string; readonly data: string }
  /** Goes back to be claimed: its worker ends. */
  | { readonly type: 'released' }
  /** Its handler has let go, as it was asked to. */
  | { readonly type: 'canceled' }
  | { readonly type: 'expired' }

/** What a worker of the host's takes. */
export interface Demand {
  readonly worker: number
  readonly kinds: readonly string[]
  /** null: those of no group that anybody holds. */
  readonly groups: readonly string[] | null
}

export interface ClaimAsk extends Demand {
  readonly limit: number
  readonly sessions: readonly string[] | null
}

/** Changes, by their kind, and what comes back: those of one group are one transaction. */
export interface Changes {
  readonly submit: {
    readonly ask: {
      readonly id: string
      readonly kind: string
      readonly input: string | null
      readonly idempotencyKey: string | null
      readonly priority: number
      readonly notBeforeMs: number | null
      readonly deadlineMs: number | null
      readonly ttlMs: number
      readonly maxAttempts: number
      readonly group: string | null
      readonly session: string | null
    }
    readonly reply: JobRecord
  }
  readonly cancel: { readonly ask: { readonly id: string }; readonly reply: JobRecord }
  readonly answer: { readonly ask: { readonly id: string; readonly requestKey: string; readonly action: string; readonly data: string | null }; readonly reply: JobRecord }
  readonly hold: { readonly ask: { readonly groups: readonly string[] }; readonly reply: void }
  /** Of jobs that nobody has begun, those of these sessions and of none; null: whatever their session. `others` are sessions of more of them. */
  readonly claim: { readonly ask: ClaimAsk; readonly reply: { readonly jobs: readonly Claimed[]; readonly others: readonly string[] } }
  readonly session: { readonly ask: Held & { readonly session: string }; readonly reply: void }
  /** Says in how many milliseconds the progress may be told that was not: null where there is none. */
  readonly tell: { readonly ask: Held & Told; readonly reply: number | null }
  readonly end: { readonly ask: Held & { readonly told: Told; readonly ending: Ending }; readonly reply: void }
}

export type ChangeKind = keyof Changes

export type Change = { [K in ChangeKind]: { readonly kind: K; readonly ask: Changes[K]['ask'] } }[ChangeKind]

export type Changed = { readonly reply: Changes[ChangeKind]['reply'] } | { readonly error: WireError }

/** Questions, by their kind, and what comes back. */
export interface Asks {
  readonly get: { readonly ask: { readonly id: string }; readonly reply: JobRecord | undefined }
  readonly peek: { readonly ask: { readonly id: string }; readonly reply: JobStatus | undefined }
  readonly input: { readonly ask: { readonly id: string }; readonly reply: string | null }
  readonly list: {
    readonly ask: { readonly statuses: readonly JobStatus[] | null; readonly kind: string | null; readonly limit: number; readonly before: number | null }
    readonly reply: { readonly jobs: readonly JobRecord[]; readonly next: number | null }
  }
  /** A page of them; `isOver` says that there are none after it. */
  readonly events: { readonly ask: { readonly id: string; readonly after: number }; readonly reply: { readonly events: readonly (Omit<JobEvent, 'data'> & { readonly data: string })[]; readonly hasMore: boolean; readonly isOver: boolean } }
  /** The last one. */
  readonly close: { readonly ask: object; readonly reply: void }
}

export type AskKind = keyof Asks

/** Numbered by the host, and done in their order; what has the number 0 is not answered. */
export type ToThread =
  | { readonly number: number; readonly changes: readonly Change[] }
  | { [K in AskKind]: { readonly number: number; readonly kind: K; readonly ask: Asks[K]['ask'] } }[AskKind]
  | { readonly number: 0; readonly watch: string; readonly isWatched: boolean }
  | { readonly number: 0; readonly leave: number }

export type FromThread =
  | { readonly number: number; readonly results: readonly Changed[] }
  | { readonly number: number; readonly reply: Asks[AskKind]['reply'] }
  | { readonly number: number; readonly error: WireError }
  | ({ readonly number: 0 } & Notice)

/** What the host is told unasked. */
export interface Notice {
  /** Jobs watched that are not as they were. */
  readonly changed: readonly string[]
  /** Workers that wanted more than there was, and for which there is more now. */
  readonly claimable: readonly number[]
  readonly stops: readonly Stop[]
}

/** A job at work here that is to end. */
export interface Stop extends Held {
  readonly type: 'canceled' | 'expired' | 'replaced'
}
