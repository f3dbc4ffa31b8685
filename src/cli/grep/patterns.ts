/** What is to be found, as a person has said it, in; one pattern and how lines are searched for it out. */
import type { FileSearchOptions } from '../../index.ts'
import { UsageError } from '../arguments.ts'
import type { GrepOptions } from './program.ts'

/** One pattern for all that is to be found. */
export interface GrepPattern {
  readonly text: string
  /** Patterns that it is made of, where it is not the person's own: an error is to name theirs. */
  readonly parts: readonly string[]
  readonly options: Pick<FileSearchOptions, 'ignoreCase' | 'fixed' | 'word' | 'multiline' | 'unicode'>
}

export function grepPattern(patterns: readonly string[], options: GrepOptions): GrepPattern {
  const { fixedStrings = false, wordRegexp = false, lineRegexp = false, multiline = false, unicode = true, engine } = options
  const isOne = patterns.length === 1 && !lineRegexp
  // Groups are numbered through all of it.
  const numbered = engine === 'js' && !fixedStrings ? patterns.slice(1).find((pattern) => /\\[1-9]/.test(pattern)) : undefined
  if (numbered !== undefined) throw new UsageError(`Expected only the first \`-e\` to have numbered backreferences with \`--engine js\`, got ${JSON.stringify(numbered)}: give its group a name, as in (?<name>…)\\k<name>`)
  const any = patterns.map((pattern) => (fixedStrings ? literal(pattern) : alternative(pattern))).join('|')
  return {
    text: isOne ? (patterns[0] ?? '') : lineRegexp ? `^(?:${any})$` : any,
    parts: isOne || fixedStrings ? [] : patterns,
    options: { ignoreCase: isCaseIgnored(patterns, options), fixed: fixedStrings && isOne, word: wordRegexp && !lineRegexp, multiline, unicode },
  }
}

/** The text as a pattern that every engine reads alike. */
function literal(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)
}

/** The pattern as one of several. A group keeps its flags from the others, and a line feed its last comment. */
function alternative(pattern: string): string {
  if (!pattern.includes('(?')) return pattern
  return /\(\?[a-zA-Z]*x/.test(pattern) ? `(?:${pattern}\n)` : `(?:${pattern})`
}

function isCaseIgnored(patterns: readonly string[], { ignoreCase, caseSensitive, smartCase, fixedStrings }: GrepOptions): boolean {
  if (caseSensitive === true) return false
  return ignoreCase === true || (smartCase === true && !patterns.some((pattern) => hasCapital(pattern, fixedStrings === true)))
}

/** What has a meaning of its own, as `\W`, `\p{L}` and names do, is no letter. */
function hasCapital(pattern: string, isFixed: boolean): boolean {
  return /\p{Lu}/u.test(isFixed ? pattern : pattern.replace(/\\(?:[pPxu]\{[^}]*\}?|[pP].|x[\da-fA-F]{2}|u[\da-fA-F]{4}|.)|\(\?P?<\w*>?|\(\?[a-zA-Z-]+/gsu, ''))
}
