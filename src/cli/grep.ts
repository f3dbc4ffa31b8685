/** A pattern and files in; the lines that match, in the manner of ripgrep, and its exit codes, out. */
import { exitCodes, ReplmError } from '../errors.ts'
import type { FileMatch, FileSearch, FileSearchOptions } from '../index.ts'
import { createGrepOutput } from './grepOutput.ts'
import { toReplmError } from './outcome.ts'
import { reportFailure } from './report.ts'
import { skippedLine } from './skipped.ts'
import { type CommonOptions, type ModelOptions, readingOptions, type Stage } from './stage.ts'

export interface GrepOptions extends CommonOptions, Pick<ModelOptions, 'ignore' | 'encoding' | 'quiet'> {
  readonly ignoreCase?: true
  readonly fixedStrings?: true
  readonly wordRegexp?: true
  readonly multiline?: true
  /** False for `--no-unicode`. */
  readonly unicode?: boolean
  readonly count?: true
  readonly filesWithMatches?: true
  readonly onlyMatching?: true
  readonly lineNumber?: boolean
  readonly withFilename?: true
  /** False for `--no-filename`. */
  readonly filename?: boolean
  readonly beforeContext?: number
  readonly afterContext?: number
  readonly context?: number
  readonly maxCount?: number
  readonly maxColumns?: number
  readonly engine?: 'auto' | 'js' | 'rg'
}

/** As ripgrep has them: something was found, nothing was, an error. */
const found = 0
const foundNothing = 1
const failed = 2

/** `replm grep`. */
export async function grepFiles(pattern: string, files: readonly string[], options: GrepOptions, { terminal, stdin }: Stage): Promise<number> {
  try {
    await using searched = options.engine === 'js' ? await byProgram(pattern, files, options) : await byThreads(pattern, files, { options, stdin })
    const { names, failures } = searched
    if (names.length === 0 && failures[0] !== undefined) throw failures[0]
    for (const failure of failures) reportFailure(failure, { terminal, json: false })
    const left = skippedLine(searched.skipped)
    if (left !== undefined && options.quiet !== true) terminal.tell(`${left}\n`)
    const hasNames = options.withFilename ?? (options.filename !== false && !searched.isOne)
    const { before, after } = linesAround(options)
    const output = createGrepOutput(terminal, {
      nameOf: (doc) => (hasNames || options.json === true ? (names[doc] ?? '') : undefined),
      hasLines: options.lineNumber ?? true, hasContext: before > 0 || after > 0, onlyMatching: options.onlyMatching === true, json: options.json === true,
    })
    let isGone = false
    terminal.onOutputGone(() => (isGone = true))
    let isAny = false
    for (const { doc, count, matches } of searched.parts) {
      if (isGone) break
      if (options.count === true || options.filesWithMatches === true) {
        const lines = await count()
        if (lines === 0) continue
        isAny = true
        await (options.filesWithMatches === true ? output.file(doc, names[doc] ?? '') : output.count(doc, lines))
        continue
      }
      for await (const match of matches()) {
        isAny = true
        await output.match(match)
        if (isGone) break
      }
    }
    await output.end()
    if (failures.length > 0) return failed
    return isAny ? found : foundNothing
  } catch (thrown) {
    const { code } = toReplmError(thrown)
    // 1 is what nothing found is.
    if (exitCodes[code] === exitCodes.INTERRUPTED || options.json === true) throw exitCodes[code] === foundNothing ? new ReplmError('CONFIG', toReplmError(thrown).message, { cause: thrown }) : thrown
    reportFailure(thrown, { terminal, json: false })
    return failed
  }
}

/** Some of what is searched, one after another; all of it as one, where nothing has to be known of each file. */
interface Part {
  readonly doc: number
  readonly count: () => Promise<number>
  readonly matches: () => AsyncIterable<FileMatch> | Iterable<FileMatch>
}

/** What is searched, and its parts with what is found in them. */
interface Searched extends AsyncDisposable {
  readonly names: readonly string[]
  readonly skipped: FileSearch['skipped']
  /** Of files that were named and cannot be searched: it keeps nobody from searching the others. */
  readonly failures: readonly ReplmError[]
  /** There is one file, and it was named. */
  readonly isOne: boolean
  readonly parts: Iterable<Part>
}

async function byThreads(pattern: string, files: readonly string[], { options, stdin }: { readonly options: GrepOptions; readonly stdin: Stage['stdin'] }): Promise<Searched> {
  const { openFileSearch } = await import('../index.ts')
  const failures: ReplmError[] = []
  const search = await openFileSearch([...files], { stdin, onFailure: (error) => failures.push(error), ...readingOptions(options) })
  const { names, skipped, isOne } = search
  return { names, skipped, failures, isOne: isOne && files.length === 1, parts: byFile(pattern, search, options), [Symbol.asyncDispose]: () => search[Symbol.asyncDispose]() }
}

function* byFile(pattern: string, search: FileSearch, options: GrepOptions): Generator<Part> {
  const given = searchOptions(options)
  const { count, filesWithMatches, maxCount } = options
  if (count !== true && filesWithMatches !== true && maxCount === undefined) {
    yield { doc: 0, count: () => Promise.resolve(0), matches: () => search.matches(pattern, given) }
    return
  }
  for (const doc of search.names.keys()) {
    yield {
      doc,
      count: async () => {
        const lines = filesWithMatches === true ? await lengthOf(search.matches(pattern, { ...given, doc, max: 1 })) : await search.count(pattern, { ...given, doc })
        return Math.min(lines, maxCount ?? Infinity)
      },
      matches: () => search.matches(pattern, { ...given, doc, max: maxCount ?? Number.MAX_SAFE_INTEGER }),
    }
  }
}

/** A pattern of JavaScript's own runs where one without end can be stopped: in a sandbox. */
async function byProgram(pattern: string, files: readonly string[], options: GrepOptions): Promise<Searched> {
  const { openReplm } = await import('../index.ts')
  await using replm = await openReplm({ store: ':memory:' })
  const given = JSON.stringify({ maxColumns: maxLineColumns, ...searchOptions(options), engine: 'js', max: maxProgramLines })
  await using session = await replm.openSession({ context: [...files], args: { pattern, options: given }, limits: { valueBytes: 1e9 }, ...readingOptions(options) })
  const { value } = await session.run('await grep(args.pattern, JSON.parse(args.options))')
  const matches = value as readonly FileMatch[] // what grep gives
  const names = session.documents.map(({ name }) => name)
  const parts = names.map((_, doc): Part => {
    const own = matches.filter((match) => match.doc === doc).slice(0, options.maxCount)
    return { doc, count: () => Promise.resolve(own.length), matches: () => own }
  })
  return { names, skipped: session.skipped, failures: [], isOne: files.length === 1 && names.length === 1 && names[0] === files[0], parts, [Symbol.asyncDispose]: () => Promise.resolve() }
}

/** Lines that a sandbox holds. */
const maxProgramLines = 1_000_000

/** Characters of a line that are printed, at most. */
const maxLineColumns = 65_536

function searchOptions(options: GrepOptions): FileSearchOptions {
  const { ignoreCase, fixedStrings, wordRegexp, multiline, unicode, maxColumns, engine } = options
  return {
    ...linesAround(options),
    ...(ignoreCase === undefined ? {} : { ignoreCase }),
    ...(fixedStrings === undefined ? {} : { fixed: fixedStrings }),
    ...(wordRegexp === undefined ? {} : { word: wordRegexp }),
    ...(multiline === undefined ? {} : { multiline }),
    ...(unicode === undefined ? {} : { unicode }),
    ...(maxColumns === undefined ? {} : { maxColumns }),
    ...(engine === 'rg' ? { engine } : {}),
  }
}

function linesAround({ beforeContext, afterContext, context = 0, count, filesWithMatches }: GrepOptions): { readonly before: number; readonly after: number } {
  return count === true || filesWithMatches === true ? { before: 0, after: 0 } : { before: beforeContext ?? context, after: afterContext ?? context }
}

async function lengthOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of items) count += 1
  return count
}
