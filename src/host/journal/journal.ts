/**
 * What a session writes down as it happens, and reads again to be rebuilt: the interface of a journal. Any store that keeps these promises fits behind it.
 *
 * Every promise of a write is one of durability: when it resolves, the write survives the death of the process and a power cut.
 * A session has one owner at a time; each of its writes names the owner's epoch, and one of an owner that has been replaced is refused with IN_USE.
 */
import type { EncodingName, FinishReason } from '../../types.ts'

export interface Journal extends AsyncDisposable {
  /** Makes a session and owns it. Rejects with IN_USE when another session has that name, with STORE when it cannot be written. */
  create(session: NewSession): Promise<Claim>
  /** A session by id, or by name. */
  find(idOrName: string): Promise<SessionRecord | undefined>
  /** All sessions, the one used last first. */
  list(): Promise<readonly SessionRecord[]>
  /** Becomes the owner. Rejects with IN_USE, saying by whom, as long as another owner lives; with NOT_FOUND when there is no such session. What the owner before had in flight is counted as unknown cost. */
  claim(id: string, options?: ClaimOptions): Promise<Claim>
  /** Is the owner no longer; what was written before is durable when it resolves. What is in flight still is counted as unknown cost. */
  release(claim: Claim): Promise<void>
  /** Writes, in the order of the calls. Resolves when it is durable; undefined when it already is. Rejects with STORE, or with IN_USE when this owner has been replaced; every later write of the claim rejects likewise. A new name that another session has rejects with IN_USE as well: only that call, of which nothing is written. */
  write(claim: Claim, writes: readonly Write[]): Promise<void> | undefined
  /** Executions in their order. */
  executions(id: string): Promise<readonly ExecutionRecord[]>
  /** The tape in its order, some entries at a time; without those of executions that are `cut` or `left`. */
  tape(id: string): AsyncIterable<readonly TapeRecord[]>
  /** What has been bought under a cell and generation, without the texts. */
  bought(id: string, of: { readonly cell: string; readonly generation: number }): Promise<readonly BoughtKey[]>
  /** What each cell has bought in all generations. */
  boughtByCell(id: string): Promise<readonly CellSpending[]>
  /** Answers by their numbers, in the order asked for; numbers without an answer are left out. */
  answers(id: string, numbers: readonly number[]): Promise<readonly AnswerRecord[]>
  /** Keeps bytes (stdin, texts in memory) by their content, in one piece or block by block, of which none is held longer than it takes; gives their hash, SHA-256 in hex. Written in a file beside the store, for its owner only; held for a day, and from then on by the sessions whose config names the hash in a document. */
  keep(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<string>
  /** What was kept under this hash; rejects with STORE when it is gone or damaged. */
  kept(hash: string): Promise<Uint8Array>
  /** The file that it is in, to be read and not to be written; null where it is in none. Rejects as `kept` does. */
  keptFile(hash: string): Promise<string | null>
  /** Removes a session with all it holds: the sessions made from it, and what was kept for them alone. Rejects with NOT_FOUND, and with IN_USE while one of them has an owner that lives (this process too). */
  remove(id: string): Promise<void>
  /** Removes each line of sessions of which none has an owner and none was written to for so long; gives the ids of all that it removed. Drops contents that no session refers to any more as well. */
  prune(of: PruneOptions): Promise<readonly string[]>
  /** The session as lines of JSON, without their line ends: itself, its executions, its tape, its answers with their texts; each says by `type` which. Rejects with NOT_FOUND. */
  export(id: string): AsyncIterable<string>
  /** Bytes on disk, side files and kept contents included; 0 in memory. */
  size(): Promise<number>
  /** Of its tables; 0 in memory. */
  version(): Promise<number>
}

export interface ClaimOptions {
  /** Takes it from an owner that lives as well: its writes are refused from here on. For one who knows that the other is to let go. @default false */
  readonly replaces?: boolean
}

export interface PruneOptions {
  readonly unusedForMs: number
  /** Only lines whose first session has no name, was not cut off and is no job's: nobody will come back to them. @default false */
  readonly onlyUnnamed?: boolean
  /** So many lines at most, the longest unused first. @default all */
  readonly atMost?: number
  /** Ids of sessions that stay, whatever else holds. @default none */
  readonly except?: readonly string[]
}

export interface NewSession {
  /** UUIDv7. */
  readonly id: string
  readonly name: string | null
  /** The session it was made from, and the first of that line; itself for one that a person opened. */
  readonly parent: string | null
  readonly root: string
  readonly depth: number
  readonly config: SessionConfig
}

/** What is frozen in a session when it is made: JSON. */
export interface SessionConfig {
  /** `provider/model` of requests that name none; null where it was not known when the session was made. */
  readonly model: string | null
  readonly models: readonly string[]
  readonly args: Readonly<Record<string, unknown>>
  /** As `TZ` and `LANG` have them. */
  readonly timeZone: string
  readonly locale: string
  /** Of all randomness in the guest. */
  readonly seed: string
  /** Limits of its cells, with Infinity as null. */
  readonly limits: Readonly<Record<string, number | null>>
  /** What it may spend over all its runs, with Infinity as null. */
  readonly budget: Readonly<Record<string, number | null>>
  readonly documents: readonly DocumentRecord[]
  /** The first document was asked for by itself: alone, it is a string as `context`. */
  readonly isFirstPlain: boolean
  /** How many of them were there before the first cell; the others were loaded later, which is on the tape. */
  readonly initialDocuments: number
  /** It is a job's, under the job's id, and goes with it. Missing in one that is nobody's. */
  readonly job?: true
}

/** A document by what tells whether it is still the same. */
export interface DocumentRecord {
  readonly name: string
  /** Absolute path of a file; null for what is kept by content. */
  readonly path: string | null
  readonly bytes: number
  /** Milliseconds since 1970; null for what is kept by content. */
  readonly mtimeMs: number | null
  /** SHA-256 in hex, once known. */
  readonly hash: string | null
  /** What was declared of a file. @default nothing */
  readonly encoding?: EncodingName
}

export interface SessionRecord extends NewSession {
  readonly createdMs: number
  /** When it was last written to. */
  readonly usedMs: number
  /** From 1; raised by `fresh`: answers of an earlier generation are not taken any more. */
  readonly generation: number
  /** Executions so far, also those that a rebuild leaves out. */
  readonly executions: number
  readonly answers: number
  readonly spent: SpentRecord
  /** Of its answers and tape, in bytes, about. */
  readonly bytes: number
  /** Its last execution, whatever has become of it; null where there was none. */
  readonly last: { readonly name: string; readonly state: ExecutionState } | null
  /** Who owns it and lives; null when nobody does. */
  readonly owner: { readonly pid: number; readonly host: string } | null
}

/** What a session has spent over all its runs. */
export interface SpentRecord {
  readonly queries: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number
  /** Answers without a known price. */
  readonly unpriced: number
  /** Calls that were in flight when their owner died: counted at what had been reserved for them. */
  readonly unknownQueries: number
  readonly unknownTokens: number
  readonly unknownUsd: number
}

/** Ownership of a session, and where its numbers go on. */
export interface Claim {
  readonly session: SessionRecord
  readonly epoch: number
  /** The last of each that was written; 0 for none. */
  readonly last: { readonly entry: number; readonly execution: number; readonly answer: number; readonly intent: number }
}

/** `running`: neither ended nor cut, its owner died or is at it. `cut`: ended by force, and not replayed. `left`: no part of the session any more (a rerun began, or a replay left it out). */
export type ExecutionState = 'running' | 'ended' | 'cut' | 'left'

export interface ExecutionRecord {
  /** Running number in its session, from 1. */
  readonly execution: number
  readonly cell: string
  /** What its errors call it. */
  readonly name: string
  readonly generation: number
  readonly text: string
  readonly typescript: boolean
  readonly state: ExecutionState
  readonly startedMs: number
  readonly endedMs: number | null
  /** JSON of how it ended; null while it has not. */
  readonly outcome: string | null
  /** What its guest code ran, in milliseconds; null while it has not ended. */
  readonly cpuMs: number | null
  /** Texts of its console that have been shown. */
  readonly prints: number
}

/** One entry of the tape; `entry` is JSON that the store does not look into. */
export interface TapeRecord {
  readonly n: number
  readonly execution: number
  readonly entry: string
}

/** Where an answer is found again: the `occurrence`-th asking (from 0) of the request with this hash, by this cell, in this generation. */
export interface BoughtKey {
  /** The answer's running number in its session. */
  readonly answer: number
  readonly hash: string
  readonly occurrence: number
}

/** What the answers of a cell have cost. */
export interface CellSpending {
  readonly cell: string
  readonly answers: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** Null where the price of one is not known. */
  readonly usd: number | null
}

export interface AnswerRecord extends BoughtKey {
  readonly cell: string
  readonly generation: number
  /** `provider/model`. */
  readonly model: string
  readonly text: string
  readonly finishReason: FinishReason
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number | null
  readonly queueMs: number
  readonly llmMs: number
  /** 0 for one that nobody had to be asked for (shared or cached): it spent nothing. */
  readonly attempts: number
}

/** One thing to write down. */
export type Write =
  | { readonly type: 'execution.started'; readonly execution: number; readonly cell: string; readonly name: string; readonly generation: number; readonly text: string; readonly typescript: boolean; readonly startedMs: number }
  | { readonly type: 'execution.ended'; readonly execution: number; readonly state: 'ended' | 'cut' | 'left'; readonly outcome: string; readonly cpuMs: number; readonly endedMs: number }
  /** So many texts of its console have been shown. */
  | { readonly type: 'execution.printed'; readonly execution: number; readonly prints: number }
  /** None of the executions so far is part of the session any more. */
  | { readonly type: 'executions.left' }
  | { readonly type: 'entry'; readonly n: number; readonly execution: number; readonly entry: string }
  /** Entries after this one are no part of the tape any more. */
  | { readonly type: 'tape.cut'; readonly after: number }
  /** A call is about to be sent: from here on it may cost what is reserved for it. */
  | { readonly type: 'call.sent'; readonly intent: number; readonly execution: number; readonly hash: string; readonly occurrence: number; readonly attempt: number; readonly model: string; readonly tokens: number; readonly usd: number | null }
  /** A call failed for good, having used this much. */
  | { readonly type: 'call.failed'; readonly intent: number; readonly inputTokens: number; readonly outputTokens: number; readonly usd: number | null }
  /** An attempt was cut off: it may have cost this much, which nobody says. */
  | { readonly type: 'call.lost'; readonly tokens: number; readonly usd: number | null }
  /** An answer was bought; `intent` is its call's, null where none was sent. */
  | ({ readonly type: 'answer'; readonly intent: number | null } & AnswerRecord)
  | { readonly type: 'session.changed'; readonly config?: SessionConfig; readonly generation?: number; readonly name?: string | null }
