/** What a program in the sandbox sees, for editors and `tsc`. In a script of your own: `/// <reference types="replm/guest" />`. */

/** Options of one question. */
interface LlmOptions {
  /** `provider/model`; only what the session allows. @default the session's model */
  readonly model?: string
  readonly system?: string
  /** Upper bound of the reply, in tokens. @default the provider's own */
  readonly maxTokens?: number
  /** From 0 up. @default the provider's own */
  readonly temperature?: number
  readonly stop?: string | readonly string[]
  /** JSON Schema: the reply is parsed and validated, and the promise gives the value instead of the text. */
  readonly schema?: object
  /** Bounds one attempt, in milliseconds. Named here, a TIMEOUT is not asked again. @default 300_000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** True shares the answer of an equal question under way. @default only at an explicit `temperature: 0` */
  readonly dedupe?: boolean
  /** True takes the answer of an equal question asked before. @default only at an explicit `temperature: 0` */
  readonly cache?: boolean
}

/** Options of many questions; each prompt may bring its own, which win. */
interface LlmBatchOptions extends LlmOptions {
  /** True gives a slot per prompt instead of rejecting when some fail. @default false */
  readonly settle?: boolean
  /** Most of these prompts under way at once. @default the session's own bound */
  readonly concurrency?: number
}

type LlmPrompt = string | (Omit<LlmOptions, 'signal'> & { readonly prompt: string })

interface LlmUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  /** US dollars; null when the model has no known price. */
  readonly usd: number | null
}

/** What became of one prompt of a batch. `value` is there with a `schema`. Waits are in milliseconds. */
type LlmSlot<T = unknown> =
  | { readonly ok: true; readonly text: string; readonly value: T; readonly usage: LlmUsage; readonly queueMs: number; readonly llmMs: number; readonly attempts: number }
  | { readonly ok: false; readonly error: Error & { readonly code: string }; readonly usage?: LlmUsage; readonly attempts: number }

/** One question. */
declare function llmQuery(prompt: LlmPrompt, options?: LlmOptions & { readonly schema?: undefined }): Promise<string>
/** One question whose answer follows a JSON Schema. */
declare function llmQuery<T = unknown>(prompt: LlmPrompt, options: LlmOptions & { readonly schema: object }): Promise<T>

/** Many questions at once; a slot for each, in order, whatever became of it. */
declare function llmBatchQuery<T = unknown>(prompts: readonly LlmPrompt[], options: LlmBatchOptions & { readonly settle: true }): Promise<LlmSlot<T>[]>
/** Many questions at once, each answered by a value that follows a JSON Schema. */
declare function llmBatchQuery<T = unknown>(prompts: readonly LlmPrompt[], options: LlmBatchOptions & { readonly schema: object }): Promise<T[]>
/** Many questions at once; the answers in order. Rejects with {@link BatchError} when some fail for good. */
declare function llmBatchQuery(prompts: readonly LlmPrompt[], options?: LlmBatchOptions): Promise<string[]>
/** One question; the pieces of its reply, as the model writes it. Leaving the loop ends the call. */
declare function llmStream(prompt: LlmPrompt, options?: LlmOptions): AsyncIterableIterator<string>
/** Many questions; each slot as soon as it is there, failed ones too. */
declare function llmBatchStream<T = unknown>(prompts: readonly LlmPrompt[], options?: LlmBatchOptions): AsyncIterableIterator<{ readonly index: number } & LlmSlot<T>>

/** Some prompts of a batch failed; `slots` holds every answer that was bought. */
interface BatchError extends Error {
  readonly name: 'BatchError'
  readonly code: string
  readonly slots: readonly LlmSlot[]
}

/** How lines are searched. */
interface GrepOptions {
  readonly ignoreCase?: boolean
  /** The pattern is a text. */
  readonly fixed?: boolean
  readonly word?: boolean
  /** A match may go over several lines; `text` is then all that it touches. */
  readonly multiline?: boolean
  /** False: `\w`, `\d`, cases and `.` are those of ASCII. @default true */
  readonly unicode?: boolean
  /** Lines told around each that matches, up to 1,000. @default 0 */
  readonly before?: number
  readonly after?: number
  /** Lines that match, at most; 0 only counts. @default 1_000, for a stream none */
  readonly max?: number
  /** Characters of a line that are told, at most, up to 65,536. @default 4_000 */
  readonly maxColumns?: number
  /** 'js' has look-around and backreferences, and runs under the program's own limits; 'rg' is the machine's own ripgrep. @default 'auto' */
  readonly engine?: 'auto' | 'js' | 'rg'
  readonly signal?: AbortSignal
}

/** A line that matches. Lines and columns count from 1, offsets from 0, all in UTF-16 units. */
interface GrepMatch {
  /** The document's number: `docs[doc]`. */
  readonly doc: number
  readonly line: number
  /** Of the first match. */
  readonly column: number
  readonly offset: number
  /** Without its terminator. */
  readonly text: string
  /** Every match in the line, the first 250 of them, by their places in it. */
  readonly submatches: readonly { readonly text: string; readonly start: number; readonly end: number }[]
  readonly before?: readonly string[]
  readonly after?: readonly string[]
  /** `text` is only the beginning of the line. */
  readonly cut?: true
}

interface Grep<Options> {
  /** The lines that match, in order. `total` is how many there are, `truncated` whether the array holds fewer. Rejects with a SyntaxError for a pattern that cannot be read. */
  (pattern: string | RegExp, options?: Options): Promise<GrepMatch[] & { readonly total: number; readonly truncated: boolean }>
  /** The same lines, one by one, as they are asked for. */
  stream(pattern: string | RegExp, options?: Options): AsyncIterableIterator<GrepMatch>
}

/** Searches all documents, or those in `docs`: names, numbers or handles. Patterns are those of ripgrep. */
declare const grep: Grep<GrepOptions & { readonly docs?: string | number | Doc | readonly (string | number | Doc)[] }>

/** A text that the host holds, of any size. Offsets are UTF-16 units from 0, lines count from 1. */
interface Doc {
  readonly name: string
  /** Its size: a file's, for a packed one that of what it unpacks to; of a text that of its UTF-8. Known without reading it. */
  readonly bytes: number
  /** As `String.slice`, but a pair of surrogates is never cut: an offset between its halves counts as the one before. */
  slice(from?: number, to?: number): Promise<string>
  /** Lines without their terminators, fewer than `count` only where the text ends. */
  readLines(from: number, count: number): Promise<string[]>
  /** Pieces of at most `chars` characters, cut where `on` says; each begins `overlap` characters before the last one's end. */
  chunks(options?: { readonly chars?: number; readonly overlap?: number; readonly on?: 'char' | 'line' | 'paragraph' }): AsyncIterable<string>
  /** As `grep`, in this document alone. */
  readonly grep: Grep<GrepOptions>
  /** Its length in UTF-16 units. The first time it is counted, by a thread of the host. */
  chars(): Promise<number>
  /** How many lines it has; what follows the last line end is one only if it is not empty. */
  lines(): Promise<number>
}

/** Everything that was loaded. */
declare const docs: readonly Doc[]
/** The text, when one text or one plain path was loaded; else all texts. */
declare const context: string | readonly string[]
/** What `--arg name=value` gave. */
declare const args: Readonly<Record<string, string>>

/** The result. The first call wins and ends the program. */
declare function final(value: unknown): Promise<never>
/** Tells how far the program is, from 0 to 1. */
declare function progress(fraction: number, step?: string): Promise<void>
declare function sleep(ms: number): Promise<void>

/** What a person is asked. */
interface InputRequest<T> {
  /** At most 200 characters. */
  readonly title: string
  /** At most 10,000 characters. */
  readonly description?: string
  /** What they are to look at, and may edit: JSON values, at most 512 Ki characters. @default null */
  readonly data?: T
  /** What they may choose: at most 16 names. "edit" lets them change the data. @default approve, edit, cancel */
  readonly actions?: readonly string[]
}
/** Waits for a person, however long that takes. `data` is what was asked about, as they left it; "cancel" is an action like the others. */
declare function awaitInput<T = null>(request: InputRequest<T>): Promise<{ readonly action: string; readonly data: T }>

interface LlmAmounts {
  readonly usd: number
  readonly queries: number
  readonly tokens: number
}
/** What may be spent, what is, and what calls under way hold; without a limit an amount is Infinity. */
declare function budget(): Promise<{ readonly limit: LlmAmounts; readonly spent: Omit<LlmAmounts, 'usd'> & { /** Null once an answer had no known price. */ readonly usd: number | null }; readonly reserved: LlmAmounts; readonly remaining: LlmAmounts }>

declare const console: Readonly<Record<'log' | 'info' | 'warn' | 'error' | 'debug', (...values: unknown[]) => void>> & {
  table(rows: unknown, columns?: readonly string[]): void
  dir(value: unknown): void
}

declare function setTimeout(callback: (...values: any[]) => void, ms?: number, ...values: unknown[]): number
declare function clearTimeout(timer?: number): void
declare function setInterval(callback: (...values: any[]) => void, ms?: number, ...values: unknown[]): number
declare function clearInterval(timer?: number): void
declare function queueMicrotask(callback: () => void): void
declare function structuredClone<T>(value: T): T
declare function atob(text: string): string
declare function btoa(text: string): string
declare const performance: { now(): number }
declare const crypto: { randomUUID(): string; getRandomValues<T extends ArrayBufferView>(array: T): T }

interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare const AbortSignal: { timeout(ms: number): AbortSignal; any(signals: readonly AbortSignal[]): AbortSignal; abort(reason?: unknown): AbortSignal }
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare class TextEncoder {
  encode(text?: string): Uint8Array
}
declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean })
  decode(bytes?: ArrayBufferView | ArrayBuffer, options?: { readonly stream?: boolean }): string
}
declare class URLSearchParams {
  constructor(init?: string | Readonly<Record<string, string>> | readonly (readonly [string, string])[])
  get(name: string): string | null
  getAll(name: string): string[]
  has(name: string): boolean
  set(name: string, value: string): void
  append(name: string, value: string): void
  delete(name: string): void
  toString(): string
}
declare class URL {
  constructor(url: string, base?: string)
  href: string
  protocol: string
  host: string
  hostname: string
  port: string
  pathname: string
  search: string
  hash: string
  readonly origin: string
  readonly searchParams: URLSearchParams
  toString(): string
}
