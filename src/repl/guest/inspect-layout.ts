/** The parts of a container as texts in; the container's text out, on one line or many, as node's `util.inspect` lays it out. */
import { arrayJoin, arrayPush, createList, floor, max, min, round, sqrt, stringCodeAt, stringCodePointAt, stringIncludes, stringNormalize, stringPadEnd, stringPadStart, stringRepeat, stringSlice } from './primordials.ts'
import { breakLength, compactLevels, type Inspection } from './inspection.ts'

export interface Container {
  readonly parts: string[]
  /** What stands before the opening brace: the text of a date, a function, an error; '' for none. */
  readonly base: string
  readonly open: string
  readonly close: string
  /** Level of the container's parts. */
  readonly level: number
  /** Set for arrays and their like: many parts are put in columns, to the right if the first items are all numbers. */
  readonly areNumbers: ((count: number) => boolean) | undefined
}

export function layOut(state: Inspection, container: Container): string {
  const { parts, base, open, close, level } = container
  let lines = parts
  if (container.areNumbers !== undefined && parts.length > 6) lines = inColumns(state, parts, container.areNumbers)
  const before = base === '' ? '' : `${base} `
  if (state.currentDepth - level < compactLevels && lines.length === parts.length) {
    // Ten columns are left for what stands around it, as node does.
    const start = lines.length + state.indentation + open.length + base.length + 10
    if (fitsLine(lines, start, base)) {
      const joined = arrayJoin(lines, ', ')
      if (!stringIncludes(joined, '\n')) return `${before}${open} ${joined} ${close}`
    }
  }
  const indent = `\n${stringRepeat(' ', state.indentation)}`
  return `${before}${open}${indent}  ${arrayJoin(lines, `,${indent}  `)}${indent}${close}`
}

function fitsLine(parts: readonly string[], start: number, base: string): boolean {
  let total = parts.length + start
  if (total + parts.length > breakLength) return false
  for (let index = 0; index < parts.length; index++) {
    total += (parts[index] as string).length
    if (total > breakLength) return false
  }
  return base === '' || !stringIncludes(base, '\n')
}

/** Puts short parts into columns of equal width, so that a list comes out about square. */
function inColumns(state: Inspection, parts: string[], areNumbers: (count: number) => boolean): string[] {
  // A last "... n more items" keeps a line of its own.
  const count = state.maxLength < parts.length ? parts.length - 1 : parts.length
  const gap = 2
  const widths = createList<number>()
  let total = 0
  let widest = 0
  for (let index = 0; index < count; index++) {
    const width = textWidth(parts[index] as string)
    arrayPush(widths, width)
    total += width + gap
    if (width > widest) widest = width
  }
  const cell = widest + gap
  if (cell * 3 + state.indentation >= breakLength || (total / cell <= 5 && widest > 6)) return parts
  const biased = max(cell - 3 - sqrt(cell - total / parts.length), 1)
  // A character is about 2.5 times as high as wide.
  const columns = min(round(sqrt(2.5 * biased * count) / biased), floor((breakLength - state.indentation) / cell), compactLevels * 4, 15)
  if (columns <= 1) return parts
  const columnWidths = createList<number>()
  for (let column = 0; column < columns; column++) {
    let width = 0
    for (let index = column; index < count; index += columns) if ((widths[index] as number) > width) width = widths[index] as number
    arrayPush(columnWidths, width + gap)
  }
  const numeric = areNumbers(parts.length)
  const pad = numeric ? stringPadStart : stringPadEnd
  const lines = createList<string>()
  for (let first = 0; first < count; first += columns) {
    const end = min(first + columns, count)
    let line = ''
    for (let index = first; index < end; index++) {
      const part = parts[index] as string
      const width = (columnWidths[index - first] as number) + part.length - (widths[index] as number)
      if (index < end - 1) line += pad(`${part}, `, width)
      else line += numeric ? stringPadStart(part, width - gap) : part
    }
    arrayPush(lines, line)
  }
  if (count < parts.length) arrayPush(lines, parts[count] as string)
  return lines
}

/** Columns a text takes in a terminal: full-width characters take two, combining ones none. */
export function textWidth(text: string): number {
  let width = 0
  for (let at = 0; at < text.length; at++) {
    const code = stringCodeAt(text, at)
    if (code >= 127) return width + wideWidth(stringNormalize(stringSlice(text, at), 'NFC'))
    if (code >= 32) width++
  }
  return width
}

function wideWidth(text: string): number {
  let width = 0
  for (let at = 0; at < text.length; at++) {
    const code = stringCodePointAt(text, at) as number
    if (code > 0xffff) at++
    if (isFullWidth(code)) width += 2
    else if (!isZeroWidth(code)) width++
  }
  return width
}

// The ranges follow Unicode's EastAsianWidth.txt and its emoji with default emoji presentation.
function isFullWidth(code: number): boolean {
  return (
    code >= 0x1100 &&
    (code <= 0x115f || code === 0x2329 || code === 0x232a || (code >= 0x2e80 && code <= 0x3247 && code !== 0x303f) || (code >= 0x3250 && code <= 0x4dbf) ||
      (code >= 0x4e00 && code <= 0xa4c6) || (code >= 0xa960 && code <= 0xa97c) || (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe10 && code <= 0xfe19) || (code >= 0xfe30 && code <= 0xfe6b) || (code >= 0xff01 && code <= 0xff60) || (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1b000 && code <= 0x1b001) || (code >= 0x1f200 && code <= 0x1f251) || (code >= 0x1f300 && code <= 0x1f64f) || (code >= 0x1f680 && code <= 0x1f6ff) ||
      (code >= 0x1f900 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3fffd))
  )
}

function isZeroWidth(code: number): boolean {
  return (
    code <= 0x1f || (code >= 0x7f && code <= 0x9f) || (code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200f) || (code >= 0x20d0 && code <= 0x20ff) ||
    (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xfe20 && code <= 0xfe2f) || (code >= 0xe0100 && code <= 0xe01ef)
  )
}
