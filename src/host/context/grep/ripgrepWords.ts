/** A query in; the words of ripgrep's command line for it out. */
import type { GrepQuery } from './job.ts'
import { unmatched } from './parentheses.ts'

/** `tell` most lines and every match in them, or all of those that go over several; `count` only counts lines. */
export type RipgrepTask = { readonly type: 'tell'; readonly lines: number } | { readonly type: 'count' }

/** Bounds what a pattern may be compiled to. */
const sizeLimit = '16M'

/**
 * No configuration file, no colours, all bytes text; the text from standard input, as UTF-8 that nobody is to guess about. `\r\n` ends a line as `\n` does.
 * What is found is told at once, while what was read last is still at hand:
 * the place of each match in what was read, a colon, and the match; for patterns over several lines JSON.
 */
export function ripgrepWords(query: GrepQuery, task: RipgrepTask): string[] {
  const { ignoreCase, word, multiline, unicode } = query
  return [
    '--no-config', '--color=never', '--text', '--encoding=none', '--crlf', '--no-heading', '--no-filename', '--no-line-number', '--line-buffered', `--regex-size-limit=${sizeLimit}`,
    ignoreCase ? '--ignore-case' : '--case-sensitive',
    ...(word ? ['--word-regexp'] : []),
    ...(multiline ? ['--multiline'] : []),
    ...(unicode ? [] : ['--no-unicode']),
    // With a bound of its own it takes neighbouring matches together up to that, or crashes.
    ...(multiline ? ['--json'] : task.type === 'count' ? ['--count'] : ['--only-matching', '--byte-offset', `--max-count=${task.lines}`]),
    '-e', ripgrepPattern(query), '--', '-',
  ]
}

/** The pattern as ripgrep gets it: a word of a command line holds no NUL, and an error names its place only within one line. */
export function ripgrepPattern({ pattern, fixed, multiline }: GrepQuery): string {
  if (fixed) return pattern.replace(/[\\.+*?()|[\]{}^$#&\-~\0\n\r]/g, (char) => spellings[char] ?? `\\${char}`)
  const isVerbose = hasComments(pattern)
  const given = pattern.replace(/\\[^]|[\0\n\r]/g, (found) => {
    // Every line is searched for itself: there a line's beginning is what a text's would be.
    if (!multiline && found === String.raw`\A`) return '^'
    if (!multiline && found === String.raw`\z`) return '$'
    const char = found.at(-1) ?? ''
    // In the verbose mode a line feed ends a comment. A backslash before one of them has it stand for itself.
    return isVerbose && found.length === 1 && char !== '\0' ? found : (spellings[char] ?? found)
  })
  // Its last comment would go on over the end of the group that ripgrep puts around it.
  if (isVerbose) return isVerboseThroughout(pattern) ? `${given}\n` : given
  // One that closes that group would do so unnoticed where a later one opens it again.
  return unmatched(given).close === undefined ? given : `${given})`
}

/** What one line of a command cannot hold, or an error would show over several. */
const spellings: Readonly<Record<string, string>> = Object.freeze({ '\0': String.raw`\x00`, '\n': String.raw`\n`, '\r': String.raw`\r` })

/** Whether it may be in the verbose mode, at least in part: there `#` begins what is no pattern. */
export function hasComments(pattern: string): boolean {
  return /\(\?[a-zA-Z]*x/.test(pattern)
}

function isVerboseThroughout(pattern: string): boolean {
  return /^\(\?[a-zA-Z]*x[a-zA-Z]*\)/.test(pattern) && !/\(\?[a-zA-Z]*-[a-zA-Z]*x/.test(pattern)
}

/** Where in the query's pattern stands what ripgrep got at a place. */
export function placeInPattern(pattern: string, given: string, place: number): number {
  let at = 0
  for (let from = 0; from < place && at < pattern.length; ) {
    const length = pattern[at] === '\\' && at + 1 < pattern.length ? 2 : 1
    const isSpelt = /[\0\n\r]/.test(pattern[at + length - 1] ?? '') && given[from] === '\\'
    const isLineEdge = length === 2 && given[from] !== '\\'
    from += isSpelt ? (spellings[pattern[at + length - 1] ?? '']?.length ?? length) : isLineEdge ? 1 : length
    // A place within an escape is its own.
    if (from > place) return length === 2 && !isSpelt ? at + 1 : at
    at += length
  }
  return at
}
