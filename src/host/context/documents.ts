/** What a person wants loaded in; documents that are read by range, and by their number only, out. */
import { ReplmError } from '../../errors.ts'
import type { WireChunk, WireGrep, WireGrepWindow, WireInvalidPattern } from '../../protocol.ts'
import type { EncodingName } from '../../types.ts'
import { chunkAt, type ChunkOptions } from './chunk.ts'
import { contextItems, type ContextOption, type KeptContext } from './contextOption.ts'
import { checkedDocRead } from './docRead.ts'
import { DocumentText } from './documentText.ts'
import type { TextBytes } from './grep/job.ts'
import type { ByteStream } from './heldStream.ts'
import { globFilter } from './ignoreRules.ts'
import { SegmentCache } from './segmentCache.ts'
import { findSources, type SkippedFile, type Source } from './sources.ts'

export type { ContextOption, KeptContext, KeptText } from './contextOption.ts'
export type { SkippedFile } from './sources.ts'

/** What is known of a document without reading it. */
export interface DocumentInfo {
  readonly name: string
  /** Its size where it comes from: a file's bytes, once unpacked; of a text or stdin the bytes of UTF-8. */
  readonly bytes: number
  readonly origin: Source['origin']
}

/** How what is named as context is found and read. */
export interface ReadingOptions {
  /** Whether directories are read without what .gitignore files name. A file, a glob, and a directory that is named itself, are what they are asked for. @default true */
  readonly ignoreFiles?: boolean
  /** How files are text that have no byte order mark, and that are given without an encoding of their own. @default 'utf-8' */
  readonly encoding?: EncodingName | undefined
}

export interface OpenDocumentsOptions extends ReadingOptions {
  /** What relative paths and globs are relative to. @default process.cwd() */
  readonly cwd?: string
  /** What `-` reads, to its end; with null `-` is a CONFIG error, as it is the second time. @default process.stdin */
  readonly stdin?: ByteStream | null
  /** Globs as .gitignore files have them: of what directories and globs give, only files that one of them matches, and none that one with `!` before it does. The last one that matches counts. @default all files */
  readonly globs?: readonly string[]
  /** Told of each source that is not there or cannot be loaded, while the others are. @default none may be missing: it rejects */
  readonly onFailure?: (error: ReplmError) => void
  /** Whether the first document, alone, makes `context` a string. @default whether it was asked for by itself */
  readonly isFirstPlain?: boolean
}

/**
 * Finds the documents, and reads nothing of them but the first 8 KiB of each file; stdin and pipes are read to their end, gzip files unpacked.
 * Rejects with TypeError or RangeError for a source that is none, NOT_FOUND for a path without a file, and CONFIG for one that is binary or
 * cannot be read. Of a directory or glob such files are left out and listed in {@link Documents.skipped}.
 */
export async function openDocuments(context: ContextOption | KeptContext, options: OpenDocumentsOptions = {}): Promise<Documents> {
  const { sources, skipped } = await findSources(contextItems(context), surroundings(options))
  return new Documents(sources, skipped, options)
}

function surroundings({ cwd, stdin, ignoreFiles = true, encoding, globs = [], onFailure }: OpenDocumentsOptions): Parameters<typeof findSources>[1] {
  return { cwd: cwd ?? process.cwd(), stdin: () => (stdin === undefined ? process.stdin : stdin), obeysIgnoreFiles: ignoreFiles, keeps: globFilter(globs), encoding, onFailure }
}

/**
 * The documents of one session. A document is named by its index, from 0; one that is not there is a RangeError.
 * Reads reject with CHANGED when the file is no longer what it was when the session was opened, and with DISPOSED after {@link close}.
 */
export class Documents implements AsyncDisposable {
  #list: readonly DocumentInfo[] = []
  #skipped: readonly SkippedFile[] = []
  #texts: readonly DocumentText[] = []
  readonly #cache = new SegmentCache()
  /** The first document is a text or a plain path. */
  #isFirstPlain = false
  readonly #reading: ReadingOptions
  #isClosed = false
  /** Ends searches. */
  readonly #closing = new AbortController()

  constructor(sources: readonly Source[], skipped: readonly SkippedFile[], { isFirstPlain, ignoreFiles = true, encoding }: OpenDocumentsOptions = {}) {
    this.#reading = { ignoreFiles, encoding }
    this.#take(sources, skipped, isFirstPlain)
  }

  get list(): readonly DocumentInfo[] {
    return this.#list
  }

  /** Files of directories and globs that were left out. */
  get skipped(): readonly SkippedFile[] {
    return this.#skipped
  }

  /** Whether the first document was asked for by itself: alone, it is a string as `context`. */
  get isFirstPlain(): boolean {
    return this.#isFirstPlain
  }

  /** Adds documents behind those there are, read as those are where nothing else is said. Rejects as {@link openDocuments} does, and then adds none. */
  async add(context: ContextOption, options: OpenDocumentsOptions = {}): Promise<void> {
    this.#checkOpen()
    const { sources, skipped } = await findSources(contextItems(context), surroundings({ ...this.#reading, ...options }))
    if (this.#isClosed) await Promise.all(sources.map(({ segments }) => segments.close()))
    this.#checkOpen()
    this.#take(sources, skipped)
  }

  #take(sources: readonly Source[], skipped: readonly SkippedFile[], isFirstPlain = sources[0]?.isPlain === true): void {
    const before = this.#list.length
    this.#list = [...this.#list, ...sources.map(({ name, bytes, origin }) => ({ name, bytes, origin }))]
    this.#skipped = [...this.#skipped, ...skipped]
    this.#texts = [...this.#texts, ...sources.map(({ segments, index }, offset) => new DocumentText(segments, { cache: this.#cache, key: String(before + offset), ...(index === undefined ? {} : { index }) }))]
    if (before === 0) this.#isFirstPlain = isFirstPlain
  }

  /** How `context` looks to the guest that knows the first `count` documents: one string iff one text or one plain path was loaded. */
  contextKind(limitBytes: number, count = this.#list.length): 'none' | 'string' | 'array' | 'tooLarge' {
    if (count === 0) return 'none'
    const bytes = this.#list.slice(0, count).reduce((sum, document) => sum + document.bytes, 0)
    return bytes > limitBytes ? 'tooLarge' : count === 1 && this.#isFirstPlain ? 'string' : 'array'
  }

  /** A read as the sandbox asks for it, in whatever shape. Rejects with TypeError or RangeError for a wrong one, with `signal.reason` once aborted. */
  async read(doc: number, read: unknown, options: { readonly signal?: AbortSignal } = {}): Promise<string | number | readonly string[] | WireChunk> {
    const checked = checkedDocRead(read)
    return unlessAborted(this.#checkedRead(doc, checked), options.signal)
  }

  /** As `String.slice`, in UTF-16 units, but a pair is never cut: an index between its halves moves before it. RangeError for more than `maxReadUnits`. */
  slice(doc: number, from: number, to: number): Promise<string> {
    return this.#of(doc, (text) => text.slice(from, to))
  }

  /** Lines from number `from` on, without terminators: `count` of them, fewer at the end of the text and once `maxReadUnits` are reached. */
  lines(doc: number, from: number, count: number): Promise<string[]> {
    return this.#of(doc, (text) => text.lines(from, count))
  }

  lineStart(doc: number, line: number): Promise<number> {
    return this.#of(doc, (text) => text.lineStart(line))
  }

  chunk(doc: number, options: ChunkOptions): Promise<WireChunk> {
    return this.#of(doc, (text) => chunkAt(text, options))
  }

  charCount(doc: number): Promise<number> {
    return this.#of(doc, (text) => text.charCount())
  }

  lineCount(doc: number): Promise<number> {
    return this.#of(doc, (text) => text.lineCount())
  }

  /** The whole document as UTF-8, without a byte order mark: how many bytes, and blocks of them, each of which can be decoded on its own. */
  readAll(doc: number): Promise<{ readonly bytes: number; readonly blocks: AsyncIterable<Buffer> }> {
    return this.#of(doc, (text) => text.utf8())
  }

  /**
   * The next window of a search, found by threads: matching lines in the order of documents and lines, the same whatever the number of threads.
   * Rejects with RangeError for a document that is not there, with CHANGED, with `signal.reason` once aborted, which ends the search.
   */
  async grep(search: WireGrep, { signal = this.#closing.signal }: { readonly signal?: AbortSignal } = {}): Promise<WireGrepWindow | WireInvalidPattern> {
    this.#checkOpen()
    const textOf = (doc: number): Promise<TextBytes> => this.#of(doc, (text) => text.textBytes(this.#list[doc]?.name ?? ''), ({ type }) => type === 'file')
    // At first use: most sessions search nothing, and all of them are to start fast.
    const [{ searchWindow }, { sharedThreads }] = await Promise.all([import('./grep/search.ts'), import('./grep/threads.ts')])
    this.#checkOpen()
    const window = await searchWindow(search, { count: this.#list.length, textOf, threads: sharedThreads(), owner: this, signal: AbortSignal.any([signal, this.#closing.signal]) })
    this.#checkOpen()
    return window
  }

  /** Lets go of everything. A read that is on its way rejects with DISPOSED. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closing.abort(closed())
    this.#cache.clear()
    await Promise.all(this.#texts.map((text) => text.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #checkedRead(doc: number, read: ReturnType<typeof checkedDocRead>): Promise<string | number | readonly string[] | WireChunk> {
    switch (read.what) {
      case 'slice':
        return this.slice(doc, read.from, read.to)
      case 'lines':
        return this.lines(doc, read.from, read.count)
      case 'lineStart':
        return this.lineStart(doc, read.line)
      case 'chunk':
        return this.chunk(doc, read)
      case 'charCount':
        return this.charCount(doc)
      case 'lineCount':
        return this.lineCount(doc)
    }
  }

  /** The result stands only if the file was still the same after it, unless whoever gets it looks at that. */
  async #of<T>(doc: number, read: (text: DocumentText) => Promise<T>, isLookedAt: (result: T) => boolean = () => false): Promise<T> {
    this.#checkOpen()
    const text = Number.isSafeInteger(doc) ? this.#texts[doc] : undefined
    if (text === undefined) throw new RangeError(`Expected \`doc\` to be the index of one of ${this.#texts.length} documents, got ${String(doc)}`)
    const result = await read(text)
    if (!isLookedAt(result)) await text.verify()
    this.#checkOpen()
    return result
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closed()
  }
}

function closed(): ReplmError {
  return new ReplmError('DISPOSED', 'The documents of this session are closed. Open a new session.')
}

/** What the promise gives, or a rejection with the signal's reason, whichever comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
