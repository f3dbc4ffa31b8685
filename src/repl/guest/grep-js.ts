/** A search for what only JavaScript's own patterns can say in; matching lines out. It runs here, in the program's isolate: a pattern without end meets the program's CPU limit. */
import { maxReadUnits, type WireGrepMatch } from '../../protocol.ts'
import { callHost } from './call-host.ts'
import { docOf } from './doc-names.ts'
import { readSlice } from './doc-reads.ts'
import { compilePattern, cutText, findAll, hasMatch } from './grep-js-pattern.ts'
import { findInText } from './grep-js-whole.ts'
import type { NextWindow, Search } from './grep-options.ts'
import {
  ArrayPrototype, arrayPush, arraySlice, createList, IntrinsicRangeError, setPrototypeOf, stringCodeAt, stringIndexOf, stringSlice,
} from './primordials.ts'

/** Largest document that a pattern over several lines is run on, in bytes: it has to be here as a whole. */
const maxWholeBytes = 64 * 1024 * 1024

/** Longest line, in UTF-16 units: several copies of it are under way at once, and all of them count against the program's memory. */
const maxLineUnits = 16 * 1024 * 1024

interface Line {
  readonly text: string
  readonly offset: number
  readonly number: number
}

/** Lines are told once the lines after them are known. */
interface Told {
  readonly match: { doc: number; line: number; column: number; offset: number; text: string; submatches: WireGrepMatch['submatches']; before?: string[]; after?: string[]; cut?: true }
  missing: number
}

export function createJsSearch(search: Search): NextWindow {
  const { docs, count, signal, before, after, maxColumns, multiline } = search
  const pattern = compilePattern(search)
  const total = docs === undefined ? count : docs.length
  let index = 0
  /** Where the next read begins, how much was read before it, what of a line that was, and how many lines are over. */
  let at = 0
  let units = 0
  let begun = ''
  let lines = 0
  let previous = createList<string>()
  let open = createList<Told>()

  /** Reads on; the lines that are whole now. Undefined after the last document. */
  async function nextLines(): Promise<{ readonly doc: number; readonly lines: readonly Line[]; readonly isLast: boolean } | undefined> {
    if (index >= total) return undefined
    const doc = docs === undefined ? index : (docs[index] as number) // below its length
    const { bytes, name } = docOf(doc)
    const read = (rest: string): Promise<unknown> => callHost('doc', `,"doc":${doc},"read":{${rest}}`)
    if (multiline) {
      if (bytes > maxWholeBytes) throw new IntrinsicRangeError(`${name} is larger than ${maxWholeBytes / 1024 / 1024} MB: \`multiline\` searches a document as a whole; search its chunks instead`)
      const whole = await readSlice(read, bytes, 0, 9_007_199_254_740_991)
      index += 1
      const one = createList<Line>()
      if (whole !== '') arrayPush(one, { text: whole, offset: 0, number: 1 })
      return { doc, lines: one, isLast: true }
    }
    const text = (await read(`"what":"slice","from":${at},"to":${at + maxReadUnits}`)) as string
    const found = createList<Line>()
    let offset = units - begun.length
    let from = 0
    for (let feed = stringIndexOf(text, '\n'); feed !== -1; feed = stringIndexOf(text, '\n', from)) {
      const line = begun + stringSlice(text, from, feed)
      begun = ''
      from = feed + 1
      arrayPush(found, { text: stringCodeAt(line, line.length - 1) === 0x0d ? stringSlice(line, 0, line.length - 1) : line, offset, number: ++lines })
      offset += line.length + 1
    }
    begun += stringSlice(text, from)
    if (begun.length > maxLineUnits) throw new IntrinsicRangeError(`Line ${lines + 1} of ${name} is longer than ${maxLineUnits} characters, which \`engine: 'js'\` does not search: leave \`engine\` out, or search the document's chunks`)
    at += maxReadUnits
    // A pair across the border belongs to the next read.
    units += text.length
    const isLast = text.length < maxReadUnits - 1
    if (isLast) {
      if (begun !== '') arrayPush(found, { text: begun, offset, number: ++lines })
      begun = ''
      at = units = lines = 0
      index += 1
    }
    return { doc, lines: found, isLast }
  }

  function check(): void {
    if (signal?.aborted === true) throw signal.reason
  }

  return async (max, isCounting) => {
    const matches = createList<WireGrepMatch>()
    check()
    const read = await nextLines()
    check()
    if (read === undefined) return { matches, rest: 0, isDone: true }
    let rest = 0
    const finish = (told: Told): void => void arrayPush(matches, handOut(told.match))
    for (let each = 0; each < read.lines.length; each++) {
      const line = read.lines[each] as Line // below its length
      const cut = cutText(line.text, maxColumns)
      if (after > 0) open = withAfter(open, cut, finish)
      const wanted = max - matches.length - open.length
      if (multiline) {
        rest += findInText(pattern, line.text, { doc: read.doc, max: wanted, isCounting, search, tell: (told) => arrayPush(matches, told) })
      } else if (wanted > 0) {
        const submatches = findAll(pattern, line.text, maxColumns)
        if (submatches.length > 0) {
          const first = submatches[0]?.start ?? 0
          const match: Told['match'] = { doc: read.doc, line: line.number, column: first + 1, offset: line.offset + first, text: cut, submatches }
          if (before > 0) match.before = setPrototypeOf(arraySlice(previous), ArrayPrototype) as string[]
          if (after > 0) match.after = createList<string>()
          if (cut.length < line.text.length) match.cut = true
          if (after > 0) arrayPush(open, { match, missing: after })
          else arrayPush(matches, handOut(match))
        }
      } else if (isCounting) {
        if (hasMatch(pattern, line.text)) rest += 1
      } else if (open.length === 0) break
      if (before > 0) {
        arrayPush(previous, cut)
        if (previous.length > before) previous = arraySlice(previous, 1)
        setPrototypeOf(previous, null)
      }
    }
    if (read.isLast) {
      for (let each = 0; each < open.length; each++) finish(open[each] as Told)
      open = createList()
      previous = createList()
    }
    return { matches, rest, isDone: index >= total || (matches.length >= max && !isCounting) }
  }
}

function withAfter(open: readonly Told[], text: string, finish: (told: Told) => void): Told[] {
  const left = createList<Told>()
  for (let index = 0; index < open.length; index++) {
    const told = open[index] as Told // below its length
    arrayPush(told.match.after as string[], text) // it was made with one
    told.missing -= 1
    if (told.missing === 0) finish(told)
    else arrayPush(left, told)
  }
  return left
}

function handOut(match: Told['match']): WireGrepMatch {
  if (match.after !== undefined) setPrototypeOf(match.after, ArrayPrototype)
  return match
}
