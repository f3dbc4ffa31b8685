/** Files of a person's own and a pattern in; matching lines, as far as they are wanted, out. Needs no session and no sandbox. */
import { inspect } from 'node:util'
import { ReplmError } from '../../errors.ts'
import { maxGrepColumns, maxGrepContext, maxPatternUnits, type WireGrep, type WireGrepMatch, type WireGrepPlace, type WireGrepWindow } from '../../protocol.ts'
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
  /** Lines before each that matches, up to 1,000. @default 0 */
  readonly before?: number
  readonly after?: number
  /** Most characters of a line that are told; Infinity for all. @default 65,536 */
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

  /** Lines that match, one after another; of one file where it is named by its number. Throws CONFIG for a pattern that cannot be read, TypeError or RangeError for options that are none. */
  async *matches(pattern: string, options: FileSearchOptions & { readonly doc?: number; readonly max?: number } = {}): AsyncGenerator<FileMatch, undefined> {
    const search = checkedSearch(pattern, options)
    const docs = options.doc === undefined ? this.names.length : [options.doc]
    const ended = new AbortController()
    let left = whole(options.max, 'max', { least: 0, most: Infinity }) ?? Number.MAX_SAFE_INTEGER
    const windowFrom = (from: WireGrepPlace | null): Promise<WireGrepWindow> => {
      const window = this.#window({ ...search, docs, max: left, count: false, from }, ended.signal)
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
    return (await this.#window({ ...checkedSearch(pattern, options), docs: [options.doc], max: 0, count: true, from: null })).rest
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#documents.close()
  }

  async #window(search: WireGrep, signal?: AbortSignal): Promise<WireGrepWindow> {
    const found = this.#documents.grep(search, signal === undefined ? {} : { signal })
    const window = await found.catch((thrown: unknown) => Promise.reject(isOfThread(thrown) ? new ReplmError('CONFIG', thrown.message, { cause: thrown }) : thrown))
    if ('invalid' in window) throw new ReplmError('CONFIG', window.invalid)
    return window
  }
}

/** What a thread says of a line, or a pattern, that is larger than it may hold: there is no program here whose mistake it would be. */
function isOfThread(thrown: unknown): thrown is ReplmError {
  return thrown instanceof ReplmError && thrown.code === 'CELL'
}

const names = ['ignoreCase', 'fixed', 'word', 'multiline', 'unicode', 'before', 'after', 'maxColumns', 'engine', 'doc', 'max']

/** Throws TypeError, or RangeError, for what is no search. */
function checkedSearch(pattern: string, options: FileSearchOptions): Omit<WireGrep, 'docs' | 'max' | 'count' | 'from'> {
  if (typeof pattern !== 'string') throw new TypeError(`Expected \`pattern\` to be a string, got ${inspect(pattern, { depth: 0 })}`)
  if (pattern.length > maxPatternUnits) throw new RangeError(`Expected \`pattern\` to be at most ${maxPatternUnits} characters, got ${pattern.length}`)
  if (!pattern.isWellFormed()) throw new ReplmError('CONFIG', 'Invalid pattern: it has half of a pair of surrogates, which no text holds')
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`Expected the options of a search to be among ${names.map((name) => `\`${name}\``).join(', ')}, got \`${unknown}\``)
  const { engine = 'auto' } = options
  if (engine !== 'auto' && engine !== 'rg') throw new (typeof engine === 'string' ? RangeError : TypeError)(`Expected \`engine\` to be 'auto' or 'rg', got ${inspect(engine, { depth: 0 })}; 'js' takes a session`)
  return {
    pattern, engine,
    ignoreCase: flag(options.ignoreCase, 'ignoreCase') ?? false,
    fixed: flag(options.fixed, 'fixed') ?? false,
    word: flag(options.word, 'word') ?? false,
    multiline: flag(options.multiline, 'multiline') ?? false,
    unicode: flag(options.unicode, 'unicode') ?? true,
    before: whole(options.before, 'before', { least: 0, most: maxGrepContext }) ?? 0,
    after: whole(options.after, 'after', { least: 0, most: maxGrepContext }) ?? 0,
    maxColumns: whole(options.maxColumns, 'maxColumns', { least: 1, most: Infinity }) ?? maxGrepColumns,
  }
}

function flag(value: boolean | undefined, name: string): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`Expected \`${name}\` to be a boolean, got ${inspect(value, { depth: 0 })}`)
  return value
}

/** Infinity where that is the most. */
function whole(value: number | undefined, name: string, { least, most }: { readonly least: number; readonly most: number }): number | undefined {
  if (value === undefined || (value === Infinity && most === Infinity)) return value
  const message = `Expected \`${name}\` to be a whole number from ${least} ${most === Infinity ? 'up' : `to ${most}`}, got ${inspect(value, { depth: 0 })}`
  if (typeof value !== 'number') throw new TypeError(message)
  if (!Number.isSafeInteger(value) || value < least || value > most) throw new RangeError(message)
  return value
}
