/** What ripgrep says of a pattern that it cannot read in; a sentence with the place in the pattern, and with what to do, out. */
import { unmatched } from './parentheses.ts'
import { hasComments, placeInPattern } from './ripgrepWords.ts'

/** Begins the group that ripgrep puts around a pattern. */
const group = '(?:'

/** Characters of a pattern that are shown. */
const maxShown = 60

interface Asked {
  /** As the program wrote it. */
  readonly pattern: string
  /** As ripgrep got it. */
  readonly given: string
}

interface Fault {
  readonly reason: string
  /** Index in the pattern that was given; undefined where it is not known. */
  readonly place: number | undefined
}

/** Where it stands in the message, and where in the pattern. */
export function invalidPattern(said: string, asked: Asked): string {
  const lines = said.replace(/^rg: /, '').split('\n')
  const reason = lines.find((line) => line.startsWith('error: '))?.slice('error: '.length)
  if (reason === undefined) return plain(lines[0] ?? '', asked)
  const fault = withoutGroup({ reason, place: placeOf(lines, reason, asked.given) }, asked.given)
  const place = fault.place === undefined ? undefined : placeInPattern(asked.pattern, asked.given, fault.place)
  const advice = adviceFor(fault.reason, asked.pattern.slice(place ?? asked.pattern.length))
  return `Invalid pattern${where(place)}: ${fault.reason}${advice === undefined ? '' : `; ${advice}`} (${shown(asked.pattern, place ?? 0)})`
}

/** What it says without a place. */
function plain(reason: string, { pattern }: Asked): string {
  if (reason.includes(String.raw`the literal "\n" is not allowed`)) return `Invalid pattern${where(placeOfEnd(pattern, 'n'))}: a line feed never stands within a line; \`multiline: true\` searches over several lines`
  if (reason.includes(String.raw`the literal "\r" is not allowed`)) return `Invalid pattern${where(placeOfEnd(pattern, 'r'))}: a carriage return may be part of a line's end here; \`fixed: true\` or \`engine: 'js'\` look for one within a line`
  if (reason.includes('size limit')) return 'Invalid pattern: it is too large once it is compiled; use smaller counts of repetition, or several patterns'
  return `Invalid pattern: ${reason.replace(/^regex parse error: ?/, '')}`
}

function where(place: number | undefined): string {
  return place === undefined ? '' : ` at character ${place + 1}`
}

/** The part of the pattern around a place. */
function shown(pattern: string, place: number): string {
  const from = place < maxShown - 10 ? 0 : Math.max(0, Math.min(place - maxShown / 2, pattern.length - maxShown))
  return JSON.stringify(`${from > 0 ? '…' : ''}${pattern.slice(from, from + maxShown)}${from + maxShown < pattern.length ? '…' : ''}`)
}

/** Where a line's end is named: as it is, or by its escape. */
function placeOfEnd(pattern: string, letter: 'n' | 'r'): number | undefined {
  const char = letter === 'n' ? '\n' : '\r'
  for (const { 0: found, index } of pattern.matchAll(/\\[^]|[\n\r]/g)) if (found.endsWith(char) || found === `\\${letter}`) return index
  return undefined
}

/** Where the marks stand that name the culprit: the last ones, where others name what came first. A pattern of several lines has their numbers before it. */
function placeOf(lines: readonly string[], reason: string, given: string): number | undefined {
  // Older ones show the pattern without a group.
  const before = lines.some((line) => /^(?: {4}| *1: )\(\?:/.test(line) && line.includes(`${group}${given.split('\n')[0] ?? ''}`)) ? group.length : 0
  const spread = /^on line (\d+) \(column (\d+)\)/m.exec(lines.join('\n'))
  if (spread !== null) return placeIn(given, Number(spread[1]) - 1, Number(spread[2]) - 1, before)
  const at = lines.findIndex((line) => /^\s+\^/.test(line))
  const marks = lines[at] ?? ''
  const [margin, number] = /^(?: {4}| *(\d+): )/.exec(lines[at - 1] ?? '') ?? []
  if (margin === undefined) return undefined
  // Two of one character may stand side by side.
  const isOneCharacter = /^(?:duplicate flag|flag negation)/.test(reason)
  const mark = isOneCharacter ? marks.lastIndexOf('^') : marks.search(/\^+\s*$/)
  return placeIn(given, number === undefined ? 0 : Number(number) - 1, mark - margin.length, before)
}

/** The place of a column of a line, in characters, both from 0; so many stand before the pattern. */
function placeIn(given: string, line: number, column: number, before: number): number | undefined {
  const rows = given.split('\n')
  const own = column - (line === 0 ? before : 0)
  if (own < 0) return undefined
  return rows.slice(0, line).reduce((sum, row) => sum + row.length + 1, 0) + [...(rows[line] ?? '')].slice(0, own).join('').length
}

/** The fault as it is without the group around the pattern, which takes part in its parentheses and closes what the pattern leaves open. */
function withoutGroup({ reason, place }: Fault, given: string): Fault {
  const { open, close } = hasComments(given) ? { open: undefined, close: undefined } : unmatched(given)
  if (reason === 'unopened group') return { reason, place: close }
  if (reason === 'unclosed group') return /(?<!\\)(?:\\\\)*\\[pP]?$/.test(given) ? { reason: cutOff, place: given.lastIndexOf('\\') } : { reason, place: open }
  if (place === undefined) return { reason, place }
  if (place >= given.length || reason.startsWith(cutOff)) {
    const name = /\(\?P?<[^()]*$/.exec(given)
    if (name !== null) return { reason: 'unclosed capture group name', place: name.index }
    const escape = /\\[xuUpP][^\\]*$/.exec(given)
    return escape === null ? { reason, place: Math.min(place, given.length - 1) } : { reason: cutOff, place: escape.index }
  }
  // One letter names a property: here the parenthesis of the group.
  if (reason.startsWith('Unicode property') && place === given.length - 2 && /\\[pP]$/.test(given)) return { reason: cutOff, place }
  // `(?)` is told of as what a repetition lacks.
  if (reason.startsWith('repetition operator missing') && given[place] === '?' && given[place - 1] === '(') return { reason: 'incomplete group', place: place - 1 }
  return { reason, place }
}

const cutOff = 'incomplete escape sequence'

const otherEngine = "`engine: 'js'` has look-around and backreferences"
const numbers = 'characters by their number are `\\x41`, `\\u00e9` or `\\x{1F389}`'
const properties = 'there are `\\p{L}`, `\\p{Lowercase}`, `\\p{Greek}`, `\\p{Script=Han}` and their like'

/** What to do, by how the reason begins; `rest` is the pattern from its place on. */
const advices: readonly (readonly [reason: string, advice: (rest: string) => string])[] = [
  ['look-around', () => otherEngine],
  ['backreferences', () => otherEngine],
  ['unclosed group', () => 'close it with `)`, or write `\\(` for a parenthesis'],
  ['unopened group', () => 'open it with `(`, or write `\\)` for a parenthesis'],
  ['incomplete group', () => 'write `(?:…)` for a group, `(?<name>…)` for one with a name, `\\(` for a parenthesis'],
  ['unclosed character class', (rest) => (/^\[\^?\]/.test(rest) ? 'a `]` at its beginning stands for itself: close it with another one' : 'close it with `]`, or write `\\[` for a bracket')],
  ['repetition operator missing', (rest) => `put before it what is repeated, or write \`\\${rest[0] ?? '*'}\` for the character`],
  ['repetition quantifier', () => 'a count is `{3}`, `{3,}` or `{3,5}`; write `\\{` for a brace'],
  ['unclosed counted', () => 'a count is `{3}`, `{3,}` or `{3,5}`; write `\\{` for a brace'],
  ['invalid repetition count', () => 'put the smaller count first'],
  ['decimal literal', () => 'use a smaller count'],
  ['incomplete escape', (rest) => (/^\\[pP]/.test(rest) ? properties : /^\\[xuU]/.test(rest) ? numbers : 'write `\\\\` for a backslash')],
  ['invalid escape sequence found in', () => 'a class has characters, ranges and classes such as `\\d`; write `\\\\` for a backslash'],
  ['unrecognized escape', escapeAdvice],
  ['invalid hexadecimal', () => numbers],
  ['hexadecimal literal', () => numbers],
  ['invalid character class range', () => 'put the smaller character first, or write `\\-` for a hyphen'],
  ['invalid range boundary', () => 'a range goes from one character to another; write `\\-` for a hyphen'],
  ['Unicode property', () => properties],
  ['invalid Unicode character class', () => properties],
  ['Unicode not allowed', () => 'leave `unicode: false` out, or `(?-u)`'],
  ['unrecognized flag', flagAdvice],
  ['dangling flag', () => 'name what is switched off, as in `(?-i)`'],
  ['flag negation', () => 'name each flag once, as in `(?i-s)`'],
  ['duplicate flag', () => 'name each flag once, as in `(?i-s)`'],
  ['unclosed capture group name', () => 'a group with a name is `(?<name>…)`'],
  ['empty capture group name', () => 'a group with a name is `(?<name>…)`, one without is `(…)`'],
  ['invalid capture group', () => 'names have letters, digits and `_`, and begin with no digit'],
  ['duplicate capture', () => 'give each group a name of its own'],
  ['exceed', () => 'use fewer of them'],
]

function adviceFor(reason: string, rest: string): string | undefined {
  return advices.find(([begin]) => reason.startsWith(begin))?.[1](rest)
}

function escapeAdvice(rest: string): string {
  const letter = rest[1] ?? ''
  if (letter === 'k') return otherEngine
  if (letter === 'Z') return 'write `\\z` for the end'
  return `write \`${letter}\` for the character itself, or \`\\\\${letter}\` for a backslash before it`
}

function flagAdvice(rest: string): string {
  if (/^P[=>]/.test(rest)) return otherEngine
  return 'flags are `i`, `m`, `s`, `x`, `u`, `U` and `R`; a group that captures nothing is `(?:…)`, a comment takes `(?x)`'
}
