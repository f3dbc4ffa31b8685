/** A place in a text in; the piece that begins there, cut where the text itself breaks, out. */
import { maxReadUnits, type WireChunk } from '../../protocol.ts'
import type { DocumentText } from './documentText.ts'

export interface ChunkOptions {
  /** Offset of its first unit. */
  readonly from: number
  /** Most UTF-16 units, from 1. A pair that is longer than that is given whole. */
  readonly chars: number
  /** Most units of this chunk that the next one repeats; less than `chars`. */
  readonly overlap: number
  /**
   * What a chunk ends at: any character; the last line that fits (with its terminator); the last paragraph that fits (with the blank line after
   * it), else the last line. Where a single line is too long it is cut between characters.
   * The overlap begins in the same way, at a paragraph, a line, or else at a character.
   */
  readonly on: 'char' | 'line' | 'paragraph'
}

/** Tells whether the line feed at `feed` ends a unit that chunks may end at. */
type IsBreak = (text: string, feed: number) => boolean

/** How much is looked through at a time, and how far back a blank line is followed, in units. */
const windowUnits = 32 * 1024
const marginUnits = 1024

/** The chunk at `from`, and where the next one begins. Every chunk reaches further than the one before it. */
export async function chunkAt(document: DocumentText, { from, chars, overlap, on }: ChunkOptions): Promise<WireChunk> {
  const begin = await document.down(await document.reach(from))
  const end = await endOf(document, begin, { chars, overlap, on })
  const isLast = (await document.reach(end + 1)) === end
  return {
    text: end - begin > maxReadUnits ? null : begin === end ? '' : await document.text(begin, end),
    from: begin,
    to: end,
    next: isLast ? null : overlap === 0 ? end : await overlapStart(document, end - overlap, { end, on }),
  }
}

async function endOf(document: DocumentText, begin: number, { chars, overlap, on }: Omit<ChunkOptions, 'from'>): Promise<number> {
  const wanted = begin + chars
  const reached = await document.reach(wanted + 1)
  if (reached <= wanted) return reached
  // What lies within the overlap may be what the chunk before has ended at: to end there again would be to stand still.
  for (const isBreak of breaksOf(on)) {
    const place = await lastBreak(document, { after: begin + overlap, upTo: wanted, isBreak })
    if (place !== undefined) return place
  }
  const end = await document.down(wanted)
  return end > begin + overlap ? end : wanted + 1
}

async function overlapStart(document: DocumentText, from: number, { end, on }: { readonly end: number; readonly on: ChunkOptions['on'] }): Promise<number> {
  for (const isBreak of breaksOf(on)) {
    const place = await firstBreak(document, { from, before: end, isBreak })
    if (place !== undefined) return place
  }
  return (await document.down(from)) === from ? from : from + 1
}

/** The kinds of break that are looked for, the best first. */
function breaksOf(on: ChunkOptions['on']): readonly IsBreak[] {
  return on === 'char' ? [] : on === 'line' ? [isLineEnd] : [isParagraphEnd, isLineEnd]
}

function isLineEnd(): boolean {
  return true
}

/** Whether the line that ends here is blank. */
function isParagraphEnd(text: string, feed: number): boolean {
  let at = feed - 1
  while (at >= 0 && isBlank(text.charCodeAt(at))) at--
  return text[at] === '\n'
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d
}

/** The last place after a break, `after < place <= upTo`. */
async function lastBreak(
  document: DocumentText,
  { after, upTo, isBreak }: { readonly after: number; readonly upTo: number; readonly isBreak: IsBreak },
): Promise<number | undefined> {
  for (let end = upTo; end > after; end -= windowUnits) {
    const start = Math.max(after, end - windowUnits)
    const base = Math.max(0, start - marginUnits)
    const text = await document.text(base, end)
    for (let feed = text.lastIndexOf('\n'); feed >= start - base; feed = feed === 0 ? -1 : text.lastIndexOf('\n', feed - 1)) {
      if (isBreak(text, feed)) return base + feed + 1
    }
  }
  return undefined
}

/** The first place after a break, `from <= place < before`. */
async function firstBreak(
  document: DocumentText,
  { from, before, isBreak }: { readonly from: number; readonly before: number; readonly isBreak: IsBreak },
): Promise<number | undefined> {
  for (let start = from; start < before; start += windowUnits) {
    const end = Math.min(before, start + windowUnits) - 1
    const base = Math.max(0, start - 1 - marginUnits)
    if (end <= base) continue
    const text = await document.text(base, end)
    for (let feed = text.indexOf('\n', start - 1 - base); feed !== -1; feed = text.indexOf('\n', feed + 1)) {
      if (isBreak(text, feed)) return base + feed + 1
    }
  }
  return undefined
}
