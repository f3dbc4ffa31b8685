/** The place of a line in a document in; the lines around it out. */
import type { OpenText } from './openText.ts'

/** How much is read at a time. */
const stepBytes = 16 * 1024

export interface AroundOptions {
  readonly text: OpenText
  /** Most lines. */
  readonly count: number
  /** Most characters of each. */
  readonly maxColumns: number
}

/** The lines before the one that begins at `at`. */
export function linesBefore(at: number, { text, count, maxColumns }: AroundOptions): string[] {
  const lines: string[] = []
  let end = at
  while (lines.length < count && end > text.source.start) {
    const start = lineStart(text, end - 1)
    lines.push(lineText(text, { start, end: end - 1, maxColumns }))
    end = start
  }
  return lines.toReversed()
}

/** The lines from `at` on, where one begins. */
export function linesAfter(at: number, { text, count, maxColumns }: AroundOptions): string[] {
  const lines: string[] = []
  let start = at
  while (lines.length < count && start < text.source.size) {
    const end = lineEnd(text, start)
    lines.push(lineText(text, { start, end, maxColumns }))
    start = end + 1
  }
  return lines
}

/** A line's text without its terminator, or its first characters: never half of a pair. */
export function cutText(text: string, maxColumns: number): string {
  if (text.length <= maxColumns) return text
  const isHalf = (text.charCodeAt(maxColumns - 1) & 0xfc00) === 0xd800
  return text.slice(0, isHalf ? maxColumns - 1 : maxColumns)
}

/** Bytes that are sure to hold so many characters, where there are that many. */
export function bytesOf(maxColumns: number): number {
  return 3 * maxColumns + 4
}

function lineText(text: OpenText, { start, end, maxColumns }: { readonly start: number; readonly end: number; readonly maxColumns: number }): string {
  const length = Math.min(end - start, bytesOf(maxColumns))
  const bytes = Buffer.allocUnsafe(length)
  text.read(bytes, 0, length, start)
  const isWhole = length === end - start
  return cutText(bytes.toString('utf8', 0, isWhole && bytes[length - 1] === 0x0d && end < text.source.size ? length - 1 : length), maxColumns)
}

/** Where the line begins whose terminator stands at `end`. */
function lineStart(text: OpenText, end: number): number {
  const { start } = text.source
  const step = Buffer.allocUnsafe(stepBytes)
  for (let to = end; to > start; to -= stepBytes) {
    const from = Math.max(start, to - stepBytes)
    text.read(step, 0, to - from, from)
    const feed = step.subarray(0, to - from).lastIndexOf(0x0a)
    if (feed !== -1) return from + feed + 1
  }
  return start
}

/** Where the line's terminator stands, or the text's end. */
function lineEnd(text: OpenText, start: number): number {
  const step = Buffer.allocUnsafe(stepBytes)
  for (let from = start; from < text.source.size; from += stepBytes) {
    const read = text.read(step, 0, stepBytes, from)
    const feed = step.subarray(0, read).indexOf(0x0a)
    if (feed !== -1) return from + feed
  }
  return text.source.size
}
