/** A query in; the literals that it looks for, where it looks for nothing else, out. */
import type { GrepQuery } from './job.ts'
import { type FilterByte, type Filters, maxFilterOffset, maxFilters } from './kernel.ts'

/** One of the texts that are looked for. */
export interface Literal {
  readonly bytes: Buffer
  /** 0x20 where a byte is a letter of any case. */
  readonly masks: Buffer
}

export interface Literals {
  /** In the order of the pattern: where several begin at a place, the first one counts. */
  readonly all: readonly Literal[]
  readonly filters: Filters
  /** Letters that also stand for one beyond ASCII, as K does for the Kelvin sign. */
  readonly hasWideLetters: boolean
}

/** Longest literal that is looked for here, in bytes: it is compared wherever its beginning may stand. */
const maxLiteralBytes = 4_096

/** Undefined for a pattern that takes an engine. */
export function literalsOf(query: GrepQuery): Literals | undefined {
  const { pattern, fixed, ignoreCase, multiline, unicode } = query
  const texts = fixed ? [pattern] : literalTexts(pattern)
  if (texts === undefined || texts.length > maxFilters || multiline) return undefined
  for (const text of texts) {
    const bytes = Buffer.byteLength(text)
    if (bytes === 0 || bytes > maxLiteralBytes || text.includes('\n')) return undefined
    // Cases beyond ASCII, and bytes that are no text, are the engine's.
    if ((ignoreCase || !unicode) && bytes > text.length) return undefined
  }
  return { ...literalsFrom(texts, ignoreCase), hasWideLetters: ignoreCase && unicode && texts.some((text) => /[ks]/i.test(text)) }
}

/** Texts as literals; in any case only where they are ASCII. */
export function literalsFrom(texts: readonly string[], ignoreCase: boolean): Literals {
  const all = texts.map((text): Literal => {
    const bytes = Buffer.from(text)
    const masks = Buffer.from(bytes.map((byte) => (ignoreCase && isLetter(byte) ? 0x20 : 0)))
    return { bytes: Buffer.from(bytes.map((byte, index) => byte | (masks[index] ?? 0))), masks }
  })
  return { all, filters: filtersOf(all), hasWideLetters: false }
}

/** Whether one of the literals' beginnings, at a place before `end`, is that of this one. */
export function isLiteralAt(text: Buffer, at: number, end: number, { bytes, masks }: Literal): boolean {
  if (at + bytes.length > end) return false
  for (let index = 0; index < bytes.length; index++) if (((text[at + index] ?? 0) | (masks[index] ?? 0)) !== bytes[index]) return false
  return true
}

/** Whether a text is one that most lines do not hold: of several characters, or of one that is rare. */
export function isRare(text: string): boolean {
  return text.length > 1 || (text !== '' && commonness(text.charCodeAt(0)) <= rareUpTo)
}

/** Of two texts the one that fewer places look like. */
export function rarerOf(one: string, other: string): string {
  const rank = (text: string): number => {
    const ranks = Array.from(Buffer.from(text), commonness).toSorted((a, b) => a - b)
    return (ranks[0] ?? 0) + (ranks[1] ?? oneByteRank)
  }
  return rank(other) < rank(one) ? other : one
}

/** The texts of a pattern that is nothing but texts, with `|` between them; undefined for any other. */
function literalTexts(pattern: string): readonly string[] | undefined {
  const texts: string[] = []
  let text = ''
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? ''
    if (char === '|') {
      texts.push(text)
      text = ''
    } else if (char === '\\') {
      // Only what stands for itself: `\.` and its like.
      const next = pattern[++at] ?? ''
      if (!/[!-/:-@[-`{-~]/.test(next) || next === '<' || next === '>') return undefined
      text += next
    } else if (/[.+*?()[\]{}^$]/.test(char)) return undefined
    else text += char
  }
  texts.push(text)
  return texts
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

/** The two places in literals whose bytes are the rarest in texts. */
function filtersOf(all: readonly Literal[]): Filters {
  const shortest = Math.min(maxFilterOffset, ...all.map(({ bytes }) => bytes.length))
  const ranked = Array.from({ length: shortest }, (_, offset) => ({ offset, rank: all.reduce((sum, { bytes }) => sum + commonness(bytes[offset] ?? 0), 0) }))
  const [first, second = first] = ranked.toSorted((a, b) => a.rank - b.rank || a.offset - b.offset).map(({ offset }) => offset)
  if (first === undefined || second === undefined) throw new TypeError('Expected literals of at least one byte') // literalsOf lets no other through
  const byteAt = ({ bytes, masks }: Literal, offset: number): FilterByte => ({ byte: bytes[offset] ?? 0, mask: masks[offset] ?? 0 })
  return { offsets: [first, second], pairs: all.map((literal) => [byteAt(literal, first), byteAt(literal, second)]) }
}

/** By how often they stand in prose and code, the rarest first; what is not here is rarer still. */
const byCommonness = '~^`|@$&%#!?+*\\<>[]{};QZXJKVYWUGBFHOPDNLMRCITSAE/\'"():=-_,.9876543210zqxjkvbpygfwmucldrhsnioate\t\r '

const ranks = new Map(Array.from(byCommonness, (char, index) => [char.charCodeAt(0), index + 1]))

/** Rarer than capital letters. */
const rareUpTo = byCommonness.indexOf('Q')

/** Of the byte that a text of a single one lacks. */
const oneByteRank = 60

function commonness(byte: number): number {
  // Bytes that begin or go on a character are common in the texts that have any.
  return ranks.get(byte) ?? (byte >= 0x80 ? 60 : 0)
}
