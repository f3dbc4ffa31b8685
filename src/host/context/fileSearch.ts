/** Files of a person's own and a pattern in; matching lines, as far as they are wanted, out. Needs no session and no sandbox. */
import { ReplmError } from '../../errors.ts'
import { maxGrepColumns, type WireGrep, type WireGrepMatch, type WireGrepPlace, type WireGrepWindow } from '../../protocol.ts'
import { type ContextOption, type Documents, openDocuments, type OpenDocumentsOptions, type SkippedFile } from './documents.ts'

/** How lines are searched; as the options of `grep` in a program. */
export interface FileSearchOptions {
  readonly ignoreCase?: boolean
  /** The pattern is a text. */
  readonly fixed?: boolean
  readonly word?: boolean
  readonly multiline?: boolean
  /** @default true */
  readonly unicode?: boolean
  readonly before?: number
  readonly after?: number
  /** Most characters of a line that are told. @default 65,536, the most there are */
  readonly maxColumns?: number
  /** @default 'auto' */
  readonly engine?: 'auto' | 'rg'
}

/** A matching line. Lines and columns count from 1, offsets from 0, both in UTF-16 units. */
export type FileMatch = WireGrepMatch

/** Finds the files, and reads nothing of them yet. Rejects as opening a session with them does. */
export async function openFileSearch(context: ContextOption, options: OpenDocumentsOptions = {}): Promise<FileSearch> {
  return new FileSearch(await openDocuments(context, options))
}

export class FileSearch implements AsyncDisposable {
  readonly #documents: Documents

  constructor(documents: Documents) {
    this.#documents = documents
  }

  /** Names of the files, in the order in which they are searched. */
  get names(): readonly string[] {
    return this.#documents.list.map(({ name }) => name)
  }

  /** Whether there is one file, and it was asked for by itself. */
  get isOne(): boolean {
    return this.#documents.list.length === 1 && this.#documents.isFirstPlain
  }

  get skipped(): readonly SkippedFile[] {
    return this.#documents.skipped
  }

  /** Lines that match, one after another; of one file where it is named by its number. Throws CONFIG for a pattern that cannot be read. */
  async *matches(pattern: string, options: FileSearchOptions & { readonly doc?: number; readonly max?: number } = {}): AsyncGenerator<FileMatch, undefined> {
    const ended = new AbortController()
    let left = options.max ?? Number.MAX_SAFE_INTEGER
    const windowFrom = (from: WireGrepPlace | null): Promise<WireGrepWindow> => {
      const window = this.#window(searchOf(pattern, options, { docs: options.doc === undefined ? this.names.length : [options.doc], max: left, count: false, from }), ended.signal)
      // Waited for in its turn, or not at all.
      window.catch(() => undefined)
      return window
    }
    let upcoming = left > 0 ? windowFrom(null) : undefined
    try {
      while (upcoming !== undefined) {
        const { matches, next }: WireGrepWindow = await upcoming
        left -= matches.length
        // Searched while these are looked at.
        upcoming = next !== null && left > 0 ? windowFrom(next) : undefined
        for (const match of matches) yield match
      }
    } finally {
      ended.abort()
    }
    return undefined
  }

  /** Number of lines that match in a file. */
  async count(pattern: string, options: FileSearchOptions & { readonly doc: number }): Promise<number> {
    return (await this.#window(searchOf(pattern, options, { docs: [options.doc], max: 0, count: true, from: null }))).rest
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#documents.close()
  }

  async #window(search: WireGrep, signal?: AbortSignal): Promise<WireGrepWindow> {
    const window = await this.#documents.grep(search, signal === undefined ? {} : { signal })
    if ('invalid' in window) throw new ReplmError('CONFIG', window.invalid)
    return window
  }
}

function searchOf(pattern: string, options: FileSearchOptions, rest: Pick<WireGrep, 'docs' | 'max' | 'count' | 'from'>): WireGrep {
  const { ignoreCase = false, fixed = false, word = false, multiline = false, unicode = true, before = 0, after = 0, maxColumns = maxGrepColumns, engine = 'auto' } = options
  return { pattern, ignoreCase, fixed, word, multiline, unicode, before, after, maxColumns, engine, ...rest }
}
