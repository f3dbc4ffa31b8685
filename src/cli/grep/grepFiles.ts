/** A pattern and files in; the lines that match, in the manner of ripgrep, and its exit codes, out. */
import { fstatSync } from 'node:fs'
import { exitCodes, ReplmError } from '../../errors.ts'
import { UsageError } from '../arguments.ts'
import { toReplmError } from '../outcome.ts'
import { reportFailure } from '../report.ts'
import { skippedLine } from '../skipped.ts'
import type { Stage } from '../stage.ts'
import type { Terminal } from '../terminal.ts'
import { createGrepOutput, type GrepOutput, type GrepOutputOptions } from './output.ts'
import { grepPattern } from './patterns.ts'
import type { GrepOptions } from './program.ts'
import { openSearched, type Searched } from './searches.ts'
import { readWhenAsked } from './waitingStdin.ts'

/** As ripgrep has them: something was found, nothing was, an error. */
const found = 0
const foundNothing = 1
const failed = 2

/** `replm grep`: the pattern is the first word, where no flag has one. */
export async function grepFiles(words: readonly string[], options: GrepOptions, { terminal, stdin }: Stage): Promise<number> {
  try {
    const patterns = options.regexp ?? words.slice(0, 1)
    const files = options.regexp === undefined ? words.slice(1) : words
    if (patterns.length === 0) throw new UsageError('Expected a pattern, as in `replm grep PATTERN FILES…` or `replm grep -e PATTERN FILES…`')
    const pattern = grepPattern(patterns, options)
    if (options.maxCount === 0) return foundNothing
    const isAsked = files.length > 0
    const isPiped = !isAsked && isReadableStdin()
    const failures: ReplmError[] = []
    const report = (failure: ReplmError): void => {
      if (options.messages !== false) reportFailure(failure, { terminal, json: false })
    }
    let isOpen = false
    const onFailure = (failure: ReplmError): void => {
      failures.push(failure)
      if (isOpen) report(failure)
    }
    const gone = new AbortController()
    terminal.onOutputGone(() => gone.abort())
    let output: GrepOutput | undefined
    const onPart = async (doc: number, line: number): Promise<void> => output?.pause(doc, line)
    await using searched = await openSearched(pattern, isAsked ? files : [isPiped ? '-' : '.'], { options, stdin: isPiped ? readWhenAsked(stdin, terminal) : stdin, onFailure, onPart, signal: gone.signal })
    isOpen = true
    if (searched.names.length === 0 && failures[0] !== undefined && options.messages !== false) throw failures[0]
    for (const failure of failures) report(failure)
    const left = skippedLine(searched.skipped)
    if (left !== undefined && options.messages !== false && options.quiet !== true) terminal.tell(`${left}\n`)
    output = createGrepOutput(terminal, outputOptions(searched, options, terminal))
    const isAny = await print(searched, options, { output, isGone: () => gone.signal.aborted, failures })
    if (isAny && options.quiet === true) return found
    return failures.length > 0 ? failed : isAny ? found : foundNothing
  } catch (thrown) {
    const { code } = toReplmError(thrown)
    // 1 is what nothing found is.
    if (thrown instanceof UsageError || exitCodes[code] === exitCodes.INTERRUPTED || options.json === true) throw exitCodes[code] === foundNothing ? new ReplmError('CONFIG', toReplmError(thrown).message, { cause: thrown }) : thrown
    reportFailure(thrown, { terminal, json: false })
    return failed
  }
}

/** By ripgrep's own guess: a file, or a pipe, whoever writes to it. A terminal and /dev/null are none. */
function isReadableStdin(): boolean {
  try {
    const stats = fstatSync(0)
    return stats.isFile() || stats.isFIFO() || stats.isSocket()
  } catch {
    // It is closed.
    return false
  }
}

function outputOptions({ names, isOne }: Searched, options: GrepOptions, terminal: Terminal): GrepOutputOptions {
  const { withFilename, filename, lineNumber = true, heading, null: hasNul = false, color = 'auto', pretty = false, json = false, onlyMatching = false, beforeContext, afterContext, context = 0 } = options
  const hasNames = withFilename ?? (filename !== false && !isOne)
  return {
    // What ripgrep calls it.
    nameOf: (doc) => (names[doc] === '-' ? '<stdin>' : (names[doc] ?? '')),
    hasNames, hasNul, hasLines: pretty || lineNumber, hasHeading: heading ?? (pretty || terminal.isTerminal('stdout')), hasContext: (beforeContext ?? context) > 0 || (afterContext ?? context) > 0,
    colours: color === 'never' ? 'never' : pretty || color !== 'auto' ? 'always' : 'auto', onlyMatching, json,
  }
}

/** Gives whether there was anything. */
async function print(searched: Searched, options: GrepOptions, { output, isGone, failures }: { readonly output: GrepOutput; readonly isGone: () => boolean; readonly failures: readonly ReplmError[] }): Promise<boolean> {
  const { names, lines, count } = searched
  const { quiet = false, filesWithMatches = false, filesWithoutMatch = false, count: counts = false, includeZero = false, maxCount } = options
  let isAny = false
  /** Prints lines of all files, or of one; stops with the first where nothing of them is printed. */
  const printLines = async (of?: { readonly doc: number; readonly max: number }): Promise<void> => {
    for await (const match of lines(of)) {
      isAny = true
      if (quiet) return
      await output.match(match)
      if (isGone()) return
    }
  }
  const hasLines = async (doc: number): Promise<boolean> => {
    for await (const _ of lines({ doc, max: 1 })) return true
    return false
  }
  // What was said last counts for ripgrep; here names count for more than numbers, and those that match for more than those that do not.
  const isWithout = filesWithoutMatch && !filesWithMatches
  const isByFile = filesWithMatches || filesWithoutMatch || counts
  if (!isByFile && maxCount === undefined) await printLines()
  else {
    for (const doc of names.keys()) {
      if (isGone() || (quiet && isAny)) break
      if (!isByFile) await printLines({ doc, max: maxCount ?? Infinity })
      else if (filesWithMatches || filesWithoutMatch) {
        const before = failures.length
        if ((await hasLines(doc)) === isWithout || failures.length > before) continue
        isAny = true
        if (!quiet) await output.file(doc)
      } else {
        const all = await count(doc, maxCount ?? Infinity)
        if (all === undefined) continue
        const number = Math.min(all, maxCount ?? Infinity)
        isAny ||= number > 0
        if (!quiet && (number > 0 || includeZero)) await output.count(doc, number)
      }
    }
  }
  await output.end()
  return isAny
}
