/** Files and how they are searched in; one search of them, by threads or in a sandbox, out. */
import { ReplmError } from '../../errors.ts'
import type { FileMatch, FileSearchOptions } from '../../index.ts'
import { readingOptions } from '../stage.ts'
import { linesWithout } from './linesWithout.ts'
import type { GrepPattern } from './patterns.ts'
import type { GrepOptions } from './program.ts'
import { openProgramSearch } from './programSearch.ts'
import type { Searchable } from './searchable.ts'

/** What is searched, and what is found in it. */
export interface Searched extends AsyncDisposable, Pick<Searchable, 'names' | 'skipped' | 'isOne'> {
  /** Lines of all files, or of one. */
  readonly lines: (options?: { readonly doc?: number; readonly max?: number }) => AsyncIterable<FileMatch>
  /** Undefined for a file that cannot be searched. */
  readonly count: (doc: number) => Promise<number | undefined>
}

export interface OpenSearchedOptions {
  readonly options: GrepOptions
  readonly stdin: AsyncIterable<Uint8Array | string>
  /** Told of each file that cannot be searched, or no further: it keeps nobody from searching the others. */
  readonly onFailure: (failure: ReplmError) => void
}

export async function openSearched(pattern: GrepPattern, files: readonly string[], { options, stdin, onFailure }: OpenSearchedOptions): Promise<Searched> {
  const given = { stdin, onFailure, globs: options.glob ?? [], ...readingOptions(options) }
  const search = options.engine === 'js' ? await openProgramSearch(files, given) : await openThreadSearch(pattern, files, { ...given, engine: options.engine ?? 'auto' })
  const how = searchOptions(pattern, options)
  const { text } = pattern
  const isInverted = options.invertMatch === true
  const { names, skipped, isOne } = search
  return {
    names, skipped,
    isOne: isOne && files.length === 1,
    lines: (of = {}) => linesPastFailures((which) => (isInverted ? linesWithout(search, text, { ...how, ...which }) : search.matches(text, { ...how, ...which })), of, { names, onFailure }),
    count: async (doc) => {
      try {
        if (!isInverted) return await search.count(text, { ...how, doc })
        // What matches over several lines is one.
        if (how.multiline === true) return await lengthOf(linesWithout(search, text, { ...how, doc }))
        return (await search.count('^', { engine: how.engine ?? 'auto', doc })) - (await search.count(text, { ...how, doc }))
      } catch (thrown) {
        return void onFailure(failureOf(thrown, names))
      }
    },
    [Symbol.asyncDispose]: () => search[Symbol.asyncDispose](),
  }
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
  if (thrown instanceof ReplmError && (thrown.code === 'CHANGED' || thrown.code === 'CONFIG') && names.some((name) => thrown.message.startsWith(`${name} `))) return thrown
  throw thrown
}

async function openThreadSearch({ parts, options }: GrepPattern, files: readonly string[], { engine, ...given }: Parameters<typeof openProgramSearch>[1] & { readonly engine: 'auto' | 'rg' }): Promise<Searchable> {
  const { openFileSearch } = await import('../../index.ts')
  await using nothing = await openFileSearch([])
  // The pattern made of them would be told of, with places in it.
  for (const part of parts) await nothing.matches(part, { ...options, engine }).next()
  return openFileSearch([...files], given)
}

function searchOptions({ options }: GrepPattern, { beforeContext, afterContext, context = 0, maxColumns = Infinity, engine }: GrepOptions): FileSearchOptions {
  return { ...options, before: beforeContext ?? context, after: afterContext ?? context, maxColumns, ...(engine === 'rg' ? { engine } : {}) }
}

async function lengthOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of items) count += 1
  return count
}
