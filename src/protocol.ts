/**
 * What host and sandbox say to each other, in frames on one pipe (`frames.ts`).
 *
 * Host to sandbox: JSON, lines of JSON (entries), or raw bytes. Sandbox to host: JSON only, never over {@link maxFrameBytes}.
 * Everything that enters the guest is an **entry** with a running number; entries are delivered one at a time and in order.
 */

/** Largest payload the host accepts, in bytes. A longer announced length ends the sandbox before a byte is buffered. */
export const maxFrameBytes = 4 * 1024 * 1024

/** Prompts in flight between guest and host; what is beyond waits in the guest's memory. */
export const maxPromptsInFlight = 4_096

/** Bytes of requests in flight between guest and host, counted as UTF-16 units of their JSON. */
export const maxRequestUnitsInFlight = 16 * 1024 * 1024

/** Other calls in flight (timers, reads of documents): beyond it they wait in the guest's memory, too. */
export const maxOtherCallsInFlight = 4_096

/** Most prompts in one window of a batch: few enough that guest and host work at the same time, each on another window. */
export const maxWindowPrompts = 128

/** Largest JSON of one window or message, in UTF-16 units: a third of a frame, as one unit takes at most three bytes of UTF-8. */
export const maxMessageUnits = Math.floor(maxFrameBytes / 3) - 4_096

/**
 * Most text in the answer to one read of a document, in UTF-16 units (a line's terminator counts as one): JSON takes at most six bytes for
 * a unit, so that every answer fits a frame. The guest reads what is longer in steps; {@link WireDocRead} says how.
 */
export const maxReadUnits = 512 * 1024

/** Longest pattern of a search, in UTF-16 units; most characters of a line that are told; most lines told before and after one that matches. */
export const maxPatternUnits = 64 * 1024
export const maxGrepColumns = 64 * 1024
export const maxGrepContext = 1_000

/** Largest `schema`, in UTF-16 units of its JSON, and its greatest depth. */
export const maxSchemaUnits = 64 * 1024
export const maxSchemaDepth = 32

/** Time that code left behind by a cell has for each of its turns once the cell's own is used up, in milliseconds. */
export const backgroundTurnMs = 50

/** Longest name of a model, and of a step of `progress`, in UTF-16 units: they go into events, of which a host keeps thousands. */
export const maxModelUnits = 1_000
export const maxStepUnits = 1_000

/** Questions to persons in flight: each may hold {@link maxInputDataUnits} on the host for as long as nobody answers. */
export const maxInputsInFlight = 16

/** What a person may be asked: its texts in UTF-16 units, its data as JSON, and what they may choose. */
export const maxInputTitleUnits = 200
export const maxInputTextUnits = 10_000
export const maxInputDataUnits = 512 * 1024
export const maxInputDataDepth = 500
export const maxInputActions = 16
export const maxInputActionUnits = 60

/** Most numbers in one message about the clock: three for each run. */
export const maxClockNumbers = 3 * 1_024

/** Host → sandbox, as JSON. */
export type HostMessage =
  | {
      readonly type: 'open'
      readonly memoryMb: number
      readonly cpuMs: number
      readonly outputBytes: number
      readonly valueBytes: number
      /** Frozen in the session: seeds every execution's randomness. */
      readonly seed: string
      readonly args: unknown
      /** Keep what the last cell gave as `_`, and what the last failed one threw as `_error`. */
      readonly underscore?: boolean
      readonly docs: readonly { readonly name: string; readonly bytes: number }[]
      /** How `context` looks to the guest; 'tooLarge' makes its reading an error that names `docs`. */
      readonly context: 'none' | 'string' | 'array' | 'tooLarge'
    }
  /** Announces one text of `context`, whose bytes follow in frames of type `bytes`; the entry is over when they have come. */
  | { readonly type: 'context'; readonly n: number; readonly index: number; readonly bytes: number; readonly last: boolean }
  | {
      readonly type: 'cell'
      /** The number of this entry. */
      readonly n: number
      /** Number of the execution, from 1: names the cell's messages. */
      readonly execution: number
      /** Stable name of the cell: seeds its randomness. */
      readonly cell: string
      /** The file name that its errors show. */
      readonly file: string
      readonly text: string
      /** Parse as TypeScript at once instead of only when it is not JavaScript. */
      readonly typescript: boolean
      /** CPU time it has, in milliseconds, where that is not the session's: a replay takes no longer than the cell first took. */
      readonly cpuMs?: number
    }
  /** More documents, behind those there are; `context` is loaded anew when a cell names it next. */
  | { readonly type: 'docs'; readonly n: number; readonly docs: readonly { readonly name: string; readonly bytes: number }[]; readonly context: 'none' | 'string' | 'array' | 'tooLarge' }
  /** A look at the session between two cells: no part of the program, and nothing of it is run. */
  | { readonly type: 'inspect'; readonly n: number; readonly ask: WireInspection }
  /** The cell is over for the host (interrupted, stalled, out of time): what it still holds is dropped. */
  | { readonly type: 'end'; readonly n: number; readonly execution: number }

/** An entry that the guest parses: an answer to a call, or a soft interrupt. */
export type Entry =
  | { readonly n: number; readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly n: number; readonly id: number; readonly ok: false; readonly error: GuestError }
  /** A piece of a reply that was asked for in pieces. */
  | { readonly n: number; readonly id: number; readonly text: string }
  /** Some slots of a window of a batch, by their index in it; `done` with the last. */
  | { readonly n: number; readonly id: number; readonly slots: readonly WireSlot[]; readonly done: boolean }
  /** Rejects everything in flight of the running cell, and what it asks from then on. */
  | { readonly n: number; readonly interrupt: GuestError }
  /** What the clock is to say again, as runs of three numbers: see `clock` below. Null: from here on it is the real one. */
  | { readonly n: number; readonly clock: readonly number[] | null }

/** An error of the host as the guest meets it. */
export interface GuestError {
  readonly code: string
  readonly message: string
}

/** The slot of one prompt of a window. */
export type WireSlot =
  | {
      readonly index: number
      readonly ok: true
      readonly text: string
      readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly usd: number | null }
      readonly queueMs: number
      readonly llmMs: number
      readonly attempts: number
    }
  | {
      readonly index: number
      readonly ok: false
      readonly error: GuestError
      readonly usage?: { readonly inputTokens: number; readonly outputTokens: number; readonly usd: number | null }
      readonly attempts: number
    }

/** Sandbox → host, as JSON: all that the guest said in one turn or more, and how far the sandbox has come. */
export interface SandboxTurn {
  /** Number of the last entry whose turn is over: the sandbox is idle once it equals the last one sent. */
  readonly n: number
  /** Running time of the guest in this execution so far, in milliseconds. */
  readonly cpuMs: number
  readonly messages: readonly GuestMessage[]
}

/** What the guest (or the sandbox about it) says. `id` counts the guest's calls from 1, each used once. */
export type GuestMessage =
  /** It has started; and again: it is open. */
  | { readonly type: 'ready' }
  /** What the clock was read to be since it was told last: kind (0: milliseconds since 1970, 1: since some start), value, and how often in a row; then the next three. Before all that may depend on it. */
  | { readonly type: 'clock'; readonly runs: readonly number[] }
  /** One question of an execution; with `stream` its reply also comes in pieces. */
  | { readonly type: 'query'; readonly id: number; readonly execution: number; readonly stream?: boolean; readonly request: WireRequest }
  /** One window of a batch; `batch` and `total` name the whole, for progress; `concurrency` is the batch's own bound; with `stream` each slot is sent as soon as it is there. */
  | { readonly type: 'batch'; readonly id: number; readonly execution: number; readonly batch: number; readonly total: number; readonly concurrency?: number; readonly stream?: boolean; readonly requests: readonly WireRequest[] }
  | { readonly type: 'sleep'; readonly id: number; readonly ms: number }
  | { readonly type: 'budget'; readonly id: number }
  | { readonly type: 'doc'; readonly id: number; readonly doc: number; readonly read: WireDocRead }
  /** One window of a search: answered by a {@link WireGrepWindow}, or by {@link WireInvalidPattern}. */
  | { readonly type: 'grep'; readonly id: number; readonly search: WireGrep }
  /** A person is asked; `data` is JSON, opaque. Answered by `{action, data}`. */
  | { readonly type: 'input'; readonly id: number; readonly title: string; readonly description: string | null; readonly data: unknown; readonly actions: readonly string[] }
  /** The guest no longer waits for the call: it is aborted down to its socket, and is not answered. */
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'progress'; readonly fraction: number; readonly step: string | null }
  /** One text of the console; `more` when the next `print` goes on with it, as a text may be longer than a message. */
  | { readonly type: 'print'; readonly stream: 'stdout' | 'stderr'; readonly level: 'log' | 'info' | 'warn' | 'error' | 'debug'; readonly text: string; readonly more?: true }
  /** The cell printed more than it may. */
  | { readonly type: 'overflow'; readonly message: string }
  /** A piece of the JSON of the value announced next, in order. The `first` forgets pieces of a value that was never announced. */
  | { readonly type: 'piece'; readonly text: string; readonly first?: true }
  /** `final` and its aliases; `ends` is true for `final` itself. The value is in the pieces before it. */
  | { readonly type: 'final'; readonly execution: number; readonly ends: boolean; readonly text: string }
  /** The cell has a value, in the pieces before it. */
  | { readonly type: 'done'; readonly execution: number; readonly text: string }
  | { readonly type: 'failed'; readonly execution: number; readonly error: CellFailure }
  /** The answer to the `inspect` of that number. */
  | { readonly type: 'inspected'; readonly n: number; readonly answer: WireInspected }
  /** The sandbox cannot go on; it waits to be killed. */
  | { readonly type: 'fatal'; readonly code: 'MEMORY' | 'CPU' | 'OUTPUT' | 'CRASHED'; readonly message: string }

/** What the host may want to know of a session between two cells. */
export type WireInspection =
  /** Names that may stand at the end of a text. */
  | { readonly what: 'complete'; readonly text: string }
  | { readonly what: 'variables' }
  /** Whether a text is a cell, or the beginning of one. */
  | { readonly what: 'syntax'; readonly text: string }
  /** The texts of cells as parts of one script. */
  | { readonly what: 'script'; readonly cells: readonly string[] }

export type WireInspected =
  /** `from` is where the name begins that these may replace, as an offset in the text. */
  | { readonly what: 'complete'; readonly from: number; readonly names: readonly string[] }
  | { readonly what: 'variables'; readonly variables: readonly WireVariable[] }
  | { readonly what: 'syntax'; readonly state: 'complete' | 'incomplete' | 'wrong' }
  | { readonly what: 'script'; readonly cells: readonly string[] }

/** Where the cursor stands: `docs[0].sli` is the root `docs`, the keys [0] and the prefix `sli`. */
export interface CompletionPath {
  /** A name; or a literal of a kind of value, whose members are meant; null for names that stand alone. */
  readonly root: { readonly name: string } | { readonly literal: string } | null
  readonly keys: readonly string[]
  readonly prefix: string
}

/** A variable that cells have made. */
export interface WireVariable {
  readonly name: string
  /** What `typeof` says, or the name of the object's class. */
  readonly kind: string
  /** Its value as it is shown, in a line or a few. */
  readonly text: string
}

/** Why a cell failed, in the cell's own terms. */
export interface CellFailure {
  readonly code: string
  /** Name of what was thrown ("TypeError"), or null for what is no error. */
  readonly name: string | null
  readonly message: string
  /** From 1; null where it is not known. */
  readonly line: number | null
  readonly column: number | null
  /** Frames of the cells only. */
  readonly stack: string
  /** For SYNTAX: the text may be the beginning of a valid cell. */
  readonly incomplete?: boolean
}

/** A question as the guest asks it: `model` may be missing, then the session's applies. */
export interface WireRequest {
  readonly prompt: string
  readonly model?: string
  readonly system?: string
  readonly maxTokens?: number
  readonly temperature?: number
  readonly stop?: readonly string[]
  /** JSON Schema, opaque: at most {@link maxSchemaUnits} and {@link maxSchemaDepth}. */
  readonly schema?: unknown
  readonly timeoutMs?: number
  readonly dedupe?: boolean
  readonly cache?: boolean
}

/** What to read of a document. Offsets count UTF-16 units from 0, lines from 1; all are safe integers (the end is any large one, not Infinity, which JSON has not). */
export type WireDocRead =
  /**
   * As `String.slice`, negative indexes included; gives a string. An index between the halves of a pair moves down to before the pair, at
   * both ends, so that slices of adjacent ranges join without loss. A range that holds more than {@link maxReadUnits} is a RangeError: ask in
   * adjacent ranges of that size (resolve negative indexes by `charCount` first).
   */
  | { readonly what: 'slice'; readonly from: number; readonly to: number }
  /**
   * Gives string[], without terminators (\n, \r\n): fewer than `count` when the text ends, or when more would go over {@link maxReadUnits} (then
   * ask on). A first line that alone is over it is a RangeError: slice it from its `lineStart` to that of the next.
   */
  | { readonly what: 'lines'; readonly from: number; readonly count: number }
  /** Gives a {@link WireChunk}. */
  | { readonly what: 'chunk'; readonly from: number; readonly chars: number; readonly on: 'char' | 'line' | 'paragraph'; readonly overlap: number }
  /** Gives the offset of the line's first unit; past the last line, `charCount`. */
  | { readonly what: 'lineStart'; readonly line: number }
  | { readonly what: 'charCount' }
  | { readonly what: 'lineCount' }

/** The answer to a `chunk` read; `text` is null when it is over {@link maxReadUnits} (slice it from `from` to `to`), `next` is null after the last. */
export interface WireChunk {
  readonly text: string | null
  readonly from: number
  readonly to: number
  readonly next: number | null
}

/** A search, from a place on. The pattern is data on the host: only a linear-time engine in a thread reads it. */
export interface WireGrep {
  /** At most {@link maxPatternUnits}. */
  readonly pattern: string
  readonly ignoreCase: boolean
  /** It is a text, not a pattern. */
  readonly fixed: boolean
  readonly word: boolean
  readonly multiline: boolean
  readonly unicode: boolean
  /** At most {@link maxGrepContext}. */
  readonly before: number
  readonly after: number
  /** From 1 to {@link maxGrepColumns}; a search of the host's own may have all, with Infinity. */
  readonly maxColumns: number
  readonly engine: 'auto' | 'rg'
  /** The first so many documents, or those of these numbers, in this order. */
  readonly docs: number | readonly number[]
  /** Most matching lines that are still wanted; 0 only counts. */
  readonly max: number
  /** Whether those beyond `max` are counted. */
  readonly count: boolean
  /** Null at the beginning; else the `next` of the window before. */
  readonly from: WireGrepPlace | null
}

/** The beginning of a line: `index` counts the documents of the search, `byte` is the place in the source, `line` and `unit` are what comes before it. */
export interface WireGrepPlace {
  readonly index: number
  readonly byte: number
  readonly line: number
  readonly unit: number
}

/** Matching lines, in the order of documents and lines: as many as fit. */
export interface WireGrepWindow {
  readonly matches: readonly WireGrepMatch[]
  /** Where to go on; null when `max` was reached, or all was searched. */
  readonly next: WireGrepPlace | null
  /** Matching lines beyond `max`, where they were to be counted. */
  readonly rest: number
}

/** One matching line: see `GrepMatch` in examples/guest.d.ts. */
export interface WireGrepMatch {
  readonly doc: number
  readonly line: number
  readonly column: number
  readonly offset: number
  readonly text: string
  readonly submatches: readonly { readonly text: string; readonly start: number; readonly end: number }[]
  readonly before?: readonly string[]
  readonly after?: readonly string[]
  /** `text` is not the whole line. */
  readonly cut?: true
}

/** The pattern is none that the engine can read. */
export interface WireInvalidPattern {
  readonly invalid: string
}
