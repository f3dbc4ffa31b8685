/** A query in; the words of ripgrep's command line for it out. */
import type { GrepQuery } from './job.ts'

/** `tell` most lines and every match in them; `count` only counts lines. */
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
    ...(task.type === 'count' ? ['--count'] : [...(multiline ? ['--json'] : ['--only-matching', '--byte-offset']), `--max-count=${task.lines}`]),
    '-e', ripgrepPattern(query), '--', '-',
  ]
}

/** The pattern as ripgrep gets it: a word of a command line holds no NUL, and an error names its place only within one line. */
export function ripgrepPattern({ pattern, fixed, multiline }: GrepQuery): string {
  if (fixed) return spelt(pattern.replace(/[\\.+*?()|[\]{}^$#&\-~]/g, String.raw`\$&`))
  // In the verbose mode a line feed ends a comment.
  const oneLine = /\(\?[a-zA-Z]*x/.test(pattern) ? pattern.replaceAll('\0', String.raw`\x00`) : spelt(pattern)
  // Every line is searched for itself: there a line's beginning is what a text's would be.
  return multiline ? oneLine : oneLine.replace(/\\[^]/g, (escape) => (escape === String.raw`\A` ? '^' : escape === String.raw`\z` ? '$' : escape))
}

function spelt(pattern: string): string {
  // A backslash before one of them has it stand for itself.
  return pattern.replace(/\\?([\0\n\r])/g, (_, char: string) => (char === '\0' ? String.raw`\x00` : char === '\n' ? String.raw`\n` : String.raw`\r`))
}
