/** A whole text and a pattern that may match over several lines in; what it finds, with all the lines that it touches, out. */
import type { WireGrepMatch } from '../../protocol.ts'
import { createShare, cutText, maxSubmatches, nextMatch, pairStart, type Submatch } from './grep-js-pattern.ts'
import type { Search } from './grep-options.ts'
import { ArrayPrototype, arrayPush, createList, setPrototypeOf, stringCodeAt, stringIndexOf, stringSlice } from './primordials.ts'

export interface WholeText {
  readonly doc: number
  readonly max: number
  readonly isCounting: boolean
  readonly search: Search
  readonly tell: (match: WireGrepMatch) => void
}

/** Tells of matches in a whole text, each with all the lines that it touches; gives how many there are beyond. */
export function findInText(pattern: RegExp, text: string, { doc, max, isCounting, search: { before, after, maxColumns }, tell }: WholeText): number {
  let told = 0
  let rest = 0
  let line = 1
  let counted = 0
  pattern.lastIndex = 0
  for (let match = nextMatch(pattern, text); match !== null; match = nextMatch(pattern, text)) {
    let end = match.index + match[0].length
    // Behind the last line feed there is no line.
    if (match.index === text.length && stringCodeAt(text, text.length - 1) === 0x0a) break
    const start = lineStart(text, match.index)
    let lineEnd = lineEndOf(text, end > match.index && stringCodeAt(text, end - 1) === 0x0a ? end - 1 : end)
    const submatches = createList<Submatch>()
    const add = (given: number, givenEnd: number): void => {
      const from = pairStart(text, given)
      const to = pairStart(text, givenEnd)
      if (submatches.length < maxSubmatches) arrayPush(submatches, { text: '', start: from - start, end: to - start })
    }
    add(match.index, end)
    // Further matches that begin in these lines belong to them.
    for (;;) {
      const at = pattern.lastIndex
      const next = nextMatch(pattern, text)
      if (next === null || next.index > lineEnd) {
        pattern.lastIndex = next === null ? text.length + 1 : at
        break
      }
      end = next.index + next[0].length
      add(next.index, end)
      if (end > lineEnd + 1) lineEnd = lineEndOf(text, stringCodeAt(text, end - 1) === 0x0a ? end - 1 : end)
    }
    if (told >= max) {
      if (!isCounting) return rest
      rest += 1
      continue
    }
    for (let feed = stringIndexOf(text, '\n', counted); feed !== -1 && feed < start; feed = stringIndexOf(text, '\n', counted)) {
      line += 1
      counted = feed + 1
    }
    const whole = stringSlice(text, start, stringCodeAt(text, lineEnd - 1) === 0x0d && lineEnd > start && lineEnd < text.length ? lineEnd - 1 : lineEnd)
    const share = createShare(whole, maxColumns)
    for (let index = 0; index < submatches.length; index++) tellOf(submatches[index] as Submatch, whole, share)
    const cut = cutText(whole, maxColumns)
    const first = submatches[0]?.start ?? 0
    tell({
      doc, line, column: first + 1, offset: start + first, text: cut, submatches: setPrototypeOf(submatches, ArrayPrototype) as Submatch[],
      ...(before > 0 ? { before: around(text, start, { count: before, isBefore: true, maxColumns }) } : {}),
      ...(after > 0 ? { after: around(text, lineEnd + 1, { count: after, isBefore: false, maxColumns }) } : {}),
      ...(cut.length < whole.length ? { cut: true as const } : {}),
    })
    told += 1
  }
  return rest
}

/** The last line's terminator is no text, also where a match has taken it. */
function tellOf(submatch: { text: string; start: number; end: number }, whole: string, share: (match: string) => string): void {
  if (submatch.start > whole.length) submatch.start = whole.length
  if (submatch.end > whole.length) submatch.end = whole.length
  submatch.text = share(stringSlice(whole, submatch.start, submatch.end))
}

/** Lines before or after a place where one begins. */
function around(text: string, place: number, { count, isBefore, maxColumns }: { readonly count: number; readonly isBefore: boolean; readonly maxColumns: number }): string[] {
  const lines = createList<string>()
  let at = place
  if (isBefore) {
    // Found from the last one back, told from the first one on.
    for (let left = count; left > 0 && at > 0; left--) at = lineStart(text, at - 1)
  }
  const end = isBefore ? place : text.length
  while (at < end && lines.length < count) {
    const feed = lineEndOf(text, at)
    arrayPush(lines, cutText(stringSlice(text, at, feed > at && feed < text.length && stringCodeAt(text, feed - 1) === 0x0d ? feed - 1 : feed), maxColumns))
    at = feed + 1
  }
  return setPrototypeOf(lines, ArrayPrototype) as string[]
}

function lineStart(text: string, at: number): number {
  let start = at
  while (start > 0 && stringCodeAt(text, start - 1) !== 0x0a) start--
  return start
}

function lineEndOf(text: string, at: number): number {
  const feed = stringIndexOf(text, '\n', at)
  return feed === -1 ? text.length : feed
}
