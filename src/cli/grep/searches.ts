/** Files and how they are searched in; one search of them, by threads or in a sandbox, out. */
import { ReplmError } from '../../errors.ts'
import type { ContextSource, FileMatch, FileSearchOptions } from '../../index.ts'
import { readingOptions } from '../stage.ts'
import { linesWithout } from './linesWithout.ts'
import type { GrepPattern } from './patterns.ts'
import type { GrepOptions } from './program.ts'
import { openProgramSearch } from './programSearch.ts'
import type { Searchable } from './searchable.ts'
import { createStreamSearch, type StreamSearch } from './streamSearch.ts'

/** What is searched, and what is found in it. */
export interface Searched extends AsyncDisposable, Pick<Searchable, 'names' | 'skipped' | 'isOne'> {
  /** Lines of all files, or of one. */
  readonly lines: (options?: Which) => AsyncIterable<FileMatch>
  /** Undefined for a file that cannot be searched; of a stream no further than to `max`. */
  readonly count: (doc: number, max: number) => Promise<number | undefined>
}

export interface OpenSearchedOptions {
  readonly options: GrepOptions
  readonly stdin: AsyncIterable<Uint8Array | string>
  /** Told of each file that cannot be searched, or no further: it keeps nobody from searching the others. */
  readonly onFailure: (failure: ReplmError) => void
  /** Told when all lines of a file that match up to this one have been given, and more of it is waited for. */
  readonly onPart: (doc: number, line: number) => Promise<void>
  /** Nothing more is wanted. */
  readonly signal: AbortSignal
}

/** Where `-` is to be found among the files. None has this name. */
const streamName = '\0'

export async function openSearched(pattern: GrepPattern, files: readonly string[], opening: OpenSearchedOptions): Promise<Searched> {
  const { options, stdin, onFailure } = opening
  const given = { stdin, onFailure, globs: options.glob ?? [], ...readingOptions(options) }
  const how = searchOptions(pattern, options)
  // A match over several lines, and what a sandbox searches, take the whole.
  const isStreamed = files.includes('-') && options.multiline !== true && options.engine !== 'js'
  const stream = isStreamed ? await openStream(pattern, how, opening) : undefined
  // Alone it is opened as a file is: what is wrong with its beginning is known then.
  const isReadable = stream === undefined || files.some((file) => file !== '-') || (await stream.begin().then(() => true, (thrown: unknown) => void onFailure(failureOf(thrown, ['-']))))
  const named = isReadable === true ? files : []
  const sources = isStreamed ? named.filter((file, at) => file !== '-' || named.indexOf('-') === at).map((file) => (file === '-' ? { name: streamName, text: '' } : file)) : named
  const search = options.engine === 'js' ? await openProgramSearch(named, given) : await openThreadSearch(pattern, sources, { ...given, engine: options.engine ?? 'auto' })
  const { skipped, isOne } = search
  const streamDoc = search.names.indexOf(streamName)
  const names = search.names.map((name) => (name === streamName ? '-' : name))
  const fileLines = (of: Which): AsyncGenerator<FileMatch, undefined> => linesPastFailures((which) => linesOf(search, pattern, { ...how, ...which }, options), of, { names, onFailure })
  async function* streamLines(max = Infinity): AsyncGenerator<FileMatch, undefined> {
    try {
      for await (const match of stream?.lines({ max, onPart: (line) => opening.onPart(streamDoc, line) }) ?? []) yield { ...match, doc: streamDoc }
    } catch (thrown) {
      onFailure(failureOf(thrown, ['-']))
    }
    return undefined
  }
  async function* allLines(): AsyncGenerator<FileMatch, undefined> {
    let isBefore = true
    for await (const match of fileLines({})) {
      if (isBefore && match.doc > streamDoc) {
        isBefore = false
        yield* streamLines()
      }
      yield match
    }
    if (isBefore) yield* streamLines()
    return undefined
  }
  return {
    names, skipped,
    isOne: isOne && files.length === 1,
    lines: (of = {}) => (streamDoc === -1 || (of.doc !== undefined && of.doc !== streamDoc) ? fileLines(of) : of.doc === undefined ? allLines() : streamLines(of.max)),
    count: async (doc, max) => {
      try {
        return await (doc === streamDoc ? stream?.count(max) : countOf(search, pattern, { ...how, doc }, options))
      } catch (thrown) {
        return void onFailure(failureOf(thrown, names))
      }
    },
    [Symbol.asyncDispose]: () => search[Symbol.asyncDispose](),
  }
}

function linesOf(search: Searchable, { text }: GrepPattern, how: FileSearchOptions & Which, { invertMatch }: GrepOptions): AsyncIterable<FileMatch> {
  return invertMatch === true ? linesWithout(search, text, how) : search.matches(text, how)
}

async function countOf(search: Searchable, { text }: GrepPattern, how: FileSearchOptions & { readonly doc: number }, { invertMatch }: GrepOptions): Promise<number> {
  if (invertMatch !== true) return search.count(text, how)
  // What matches over several lines is one.
  if (how.multiline === true) return lengthOf(linesWithout(search, text, how))
  return (await search.count('^', { engine: how.engine ?? 'auto', doc: how.doc })) - (await search.count(text, how))
}

async function openStream(pattern: GrepPattern, how: FileSearchOptions, { options, stdin, signal }: OpenSearchedOptions): Promise<StreamSearch> {
  const { before = 0, after = 0 } = how
  await checkPattern(pattern, how)
  return createStreamSearch(stdin, { before, after, countsUnits: options.json === true, encoding: options.encoding, signal, linesOf: (search) => linesOf(search, pattern, how, options), countOf: (search) => countOf(search, pattern, { ...how, doc: 0 }, options) })
}

type Which = { readonly doc?: number; readonly max?: number }

/** The lines that are found, and those of other files where one can be searched no further: from there on each by itself. */
async function* linesPastFailures(find: (which: Which) => AsyncIterable<FileMatch>, which: Which, { names, onFailure }: Pick<Searchable, 'names'> & Pick<OpenSearchedOptions, 'onFailure'>): AsyncGenerator<FileMatch, undefined> {
  let doc = which.doc ?? 0
  let line = 0
  try {
    for await (const match of find(which)) {
      yield match
      doc = match.doc
      line = match.line
    }
    return undefined
  } catch (thrown) {
    const failure = failureOf(thrown, names)
    if (which.doc !== undefined) return void onFailure(failure)
  }
  for (; doc < names.length; doc++) {
    try {
      for await (const match of find({ doc })) if (match.line > line) yield match
    } catch (thrown) {
      onFailure(failureOf(thrown, names))
    }
    line = 0
  }
  return undefined
}

/** What is wrong with a file alone, and so begins with its name; anything else is thrown on. */
function failureOf(thrown: unknown, names: readonly string[]): ReplmError {
  if (thrown instanceof ReplmError && (thrown.code === 'CHANGED' || thrown.code === 'CONFIG') && names.some((name) => thrown.message.startsWith(`${name} `) || thrown.message.startsWith(`${JSON.stringify(name)} `))) return thrown
  throw thrown
}

async function openThreadSearch(pattern: GrepPattern, files: readonly ContextSource[], { engine, ...given }: Parameters<typeof openProgramSearch>[1] & { readonly engine: 'auto' | 'rg' }): Promise<Searchable> {
  const { openFileSearch } = await import('../../index.ts')
  await checkParts(pattern, engine)
  return openFileSearch([...files], given)
}

/** Throws CONFIG for a pattern that cannot be read: nothing is waited for then. */
async function checkPattern(pattern: GrepPattern, how: FileSearchOptions): Promise<void> {
  const { openFileSearch } = await import('../../index.ts')
  await checkParts(pattern, how.engine ?? 'auto')
  await using nothing = await openFileSearch([])
  await nothing.matches(pattern.text, how).next()
}

/** The same for each that it is made of: it would be told of as a whole, with places in it. */
async function checkParts({ parts, options }: GrepPattern, engine: 'auto' | 'rg'): Promise<void> {
  const { openFileSearch } = await import('../../index.ts')
  await using nothing = await openFileSearch([])
  for (const part of parts) await nothing.matches(part, { ...options, engine }).next()
}

function searchOptions({ options }: GrepPattern, { beforeContext, afterContext, context = 0, maxColumns = Infinity, engine }: GrepOptions): FileSearchOptions {
  return { ...options, before: beforeContext ?? context, after: afterContext ?? context, maxColumns, ...(engine === 'rg' ? { engine } : {}) }
}

async function lengthOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of items) count += 1
  return count
}
