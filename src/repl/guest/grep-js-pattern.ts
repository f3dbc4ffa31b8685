/** A search in; a JavaScript pattern for it, and what that finds in a line, out. */
import type { WireGrepMatch } from '../../protocol.ts'
import type { Search } from './grep-options.ts'
import {
  ArrayPrototype, arrayPush, createList, IntrinsicRegExp, IntrinsicSyntaxError, isError, regExpExec, setPrototypeOf, stringCodeAt, stringIncludes, stringReplaceAll, stringSlice,
} from './primordials.ts'

export type Submatch = WireGrepMatch['submatches'][number]

/** Most matches in a line that are told: as many as the host's engines tell. */
export const maxSubmatches = 250

/** The pattern as one that is run from place to place. */
export function compilePattern({ pattern, flags, ignoreCase, fixed, word, multiline, unicode }: Search): RegExp {
  const source = fixed ? escaped(pattern) : pattern
  const character = unicode ? String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]` : String.raw`\w`
  const whole = word ? `(?<!${character})(?:${source})(?!${character})` : source
  const kept = flags === undefined ? '' : `${stringIncludes(flags, 's') ? 's' : ''}${stringIncludes(flags, 'v') ? 'v' : stringIncludes(flags, 'u') ? 'u' : ''}`
  const given = `g${ignoreCase ? 'i' : ''}${multiline || (flags !== undefined && stringIncludes(flags, 'm')) ? 'm' : ''}${kept}`
  const isExact = stringIncludes(kept, 'u') || stringIncludes(kept, 'v')
  try {
    return new IntrinsicRegExp(whole, isExact || !unicode ? given : `${given}u`)
  } catch (thrown) {
    if (!isExact && unicode && !word) {
      try {
        // Older patterns escape what needs no escape.
        return new IntrinsicRegExp(whole, given)
      } catch {
        // The first error says it.
      }
    }
    throw new IntrinsicSyntaxError(isError(thrown) ? stringReplaceAll(thrown.message, 'Invalid regular expression', 'Invalid pattern') : 'Invalid pattern')
  }
}

function escaped(text: string): string {
  let result = ''
  for (let index = 0; index < text.length; index++) {
    const char = stringSlice(text, index, index + 1)
    result += stringIncludes('\\^$.*+?()[]{}|/', char) ? `\\${char}` : char
  }
  return result
}

/** The next match from the pattern's `lastIndex` on. Nothing, between the halves of a character, is none. */
export function nextMatch(pattern: RegExp, text: string): RegExpExecArray | null {
  for (;;) {
    const match = regExpExec(pattern, text)
    if (match === null || match[0] !== '') return match
    stepOver(pattern, text, match.index)
    if (pairStart(text, match.index) === match.index) return match
  }
}

export function hasMatch(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0
  return nextMatch(pattern, text) !== null
}

/** All matches in a line. */
export function findAll(pattern: RegExp, text: string, maxColumns: number): Submatch[] {
  const found = createList<Submatch>()
  pattern.lastIndex = 0
  for (let match = nextMatch(pattern, text); match !== null && found.length < maxSubmatches; match = nextMatch(pattern, text)) {
    const from = pairStart(text, match.index)
    const to = pairStart(text, match.index + match[0].length)
    arrayPush(found, { text: cutText(stringSlice(text, from, to), maxColumns), start: from, end: to })
  }
  return setPrototypeOf(found, ArrayPrototype) as Submatch[]
}

/** The first characters of a text: never half of a pair. */
export function cutText(text: string, maxColumns: number): string {
  if (text.length <= maxColumns) return text
  return stringSlice(text, 0, (stringCodeAt(text, maxColumns - 1) & 0xfc00) === 0xd800 ? maxColumns - 1 : maxColumns)
}

/** The place itself, or the one before it where it stands between the halves of a pair: without `unicode` a pattern sees halves, and what is told has none. */
export function pairStart(text: string, at: number): number {
  return at > 0 && isPair(text, at - 1) ? at - 1 : at
}

/** Steps behind an empty match, by a whole character. */
function stepOver(pattern: RegExp, text: string, at: number): void {
  pattern.lastIndex = at + (isPair(text, at) ? 2 : 1)
}

function isPair(text: string, at: number): boolean {
  return (stringCodeAt(text, at) & 0xfc00) === 0xd800 && (stringCodeAt(text, at + 1) & 0xfc00) === 0xdc00
}
