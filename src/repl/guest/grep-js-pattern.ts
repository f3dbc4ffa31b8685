/** A search in; a JavaScript pattern for it, and what that finds in a line, out. */
import type { WireGrepMatch } from '../../protocol.ts'
import { wrongPattern } from './grep-js-error.ts'
import type { Search } from './grep-options.ts'
import {
  ArrayPrototype, arrayPush, createList, IntrinsicRegExp, regExpExec, setPrototypeOf, stringCodeAt, stringIncludes, stringSlice,
} from './primordials.ts'

export type Submatch = WireGrepMatch['submatches'][number]

/** Most matches in a line that are told: as many as the host's engines tell. */
export const maxSubmatches = 250

/** The pattern as one that is run from place to place. */
export function compilePattern({ pattern, flags, ignoreCase, fixed, word, multiline, unicode }: Search): RegExp {
  const character = unicode ? String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]` : String.raw`\w`
  const kept = flags === undefined ? '' : `${stringIncludes(flags, 's') ? 's' : ''}${stringIncludes(flags, 'v') ? 'v' : stringIncludes(flags, 'u') ? 'u' : ''}`
  const given = `g${ignoreCase ? 'i' : ''}${multiline || (flags !== undefined && stringIncludes(flags, 'm')) ? 'm' : ''}${kept}`
  const isExact = stringIncludes(kept, 'u') || stringIncludes(kept, 'v')
  const exact = isExact || !unicode ? given : `${given}u`
  const source = fixed ? escaped(pattern) : isExact || !unicode ? pattern : withoutIdleEscapes(pattern)
  const compile = (part: string): RegExp => new IntrinsicRegExp(part, exact)
  try {
    compile(source)
    return word ? compile(`(?<!${character})(?:${source})(?!${character})`) : compile(source)
  } catch (thrown) {
    // A pattern that was made without `u` is as right as it was there.
    if (!isExact && unicode && !word && flags !== undefined) return new IntrinsicRegExp(source, given)
    throw wrongPattern(source, thrown, compile)
  }
}

/** Older patterns escape what needs none, as in `\"`: to the exact engine that is an error. */
function withoutIdleEscapes(pattern: string): string {
  let result = ''
  let isInClass = false
  for (let index = 0; index < pattern.length; index++) {
    const char = stringSlice(pattern, index, index + 1)
    const next = stringSlice(pattern, index + 1, index + 2)
    if (char === '\\') {
      index++
      if (next === '' || !stringIncludes('"\'`#@:; _<>=!%&~,', next) && !(next === '-' && !isInClass)) result += char
      result += next
      continue
    }
    if (char === '[') isInClass = true
    else if (char === ']') isInClass = false
    result += char
  }
  return result
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
  const share = createShare(text, maxColumns)
  pattern.lastIndex = 0
  for (let match = nextMatch(pattern, text); match !== null && found.length < maxSubmatches; match = nextMatch(pattern, text)) {
    const from = pairStart(text, match.index)
    const to = pairStart(text, match.index + match[0].length)
    arrayPush(found, { text: share(stringSlice(text, from, to)), start: from, end: to })
  }
  return setPrototypeOf(found, ArrayPrototype) as Submatch[]
}

/** The first characters of a text: never half of a pair. */
export function cutText(text: string, maxColumns: number): string {
  if (text.length <= maxColumns) return text
  return stringSlice(text, 0, (stringCodeAt(text, maxColumns - 1) & 0xfc00) === 0xd800 ? maxColumns - 1 : maxColumns)
}

/** Of a line that is cut, all matches together are told in no more characters than the line itself, as the host's engines tell them. */
export function createShare(line: string, maxColumns: number): (match: string) => string {
  let left = line.length > maxColumns ? maxColumns : line.length
  return (match) => {
    const told = cutText(match, left)
    left -= told.length
    return told
  }
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
