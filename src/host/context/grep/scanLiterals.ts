/** Blocks and literals in; the lines that hold one of them out. Bytes are compared, no pattern is run. */
import type { Blocks, LoadedBlock } from './blocks.ts'
import type { Findings } from './findings.ts'
import type { GrepQuery } from './job.ts'
import type { Kernel } from './kernel.ts'
import { isLiteralAt, type Literals } from './literals.ts'

export interface LiteralScan {
  readonly blocks: Blocks
  readonly kernel: Kernel
  readonly literals: Literals
  readonly query: GrepQuery
  readonly findings: Findings
}

/** Gives false for a text that holds letters which the literals stand for and bytes cannot tell: an engine has to be asked. */
export function scanLiterals({ blocks, kernel, literals, query, findings }: LiteralScan): boolean {
  kernel.setFilters(literals.filters)
  for (let loaded = blocks.next(); loaded !== undefined; loaded = blocks.next()) {
    if (literals.hasWideLetters && !loaded.block.isAscii && hasWideLetters(loaded)) return false
    if (!scanBlock(loaded, { blocks, kernel, literals, query, findings })) break
  }
  return true
}

/** Gives false once nothing more is wanted. */
function scanBlock({ block, kernel, at: begin }: LoadedBlock, { blocks, literals, query, findings }: LiteralScan): boolean {
  const { bytes } = kernel
  const end = begin + block.bytes
  const find = finder({ bytes, begin, end, literals, query })
  let lineEnd = -1
  for (let at = begin + block.candidate; at < end; at = kernel.candidate(at, end)) {
    const length = find(at)
    if (length === 0) {
      at += 1
      continue
    }
    if (at > lineEnd) lineEnd = kernel.lineEnd(at, end)
    if (reachesTerminator(bytes, at + length, lineEnd, end)) {
      at += 1
      continue
    }
    if (findings.isCounting) {
      findings.rest += 1
      at = lineEnd + 1
      continue
    }
    const ranges = [at, at + length]
    // The rest of the line, without another look for where it begins and ends.
    for (let next = kernel.candidate(at + length, lineEnd); next < lineEnd; ) {
      const more = find(next)
      if (more > 0 && !reachesTerminator(bytes, next + more, lineEnd, end)) {
        ranges.push(next, next + more)
        next += more
      } else next += 1
      next = kernel.candidate(next, lineEnd)
    }
    const goesOn = findings.add({ block, kernel, at: begin }, { start: kernel.lineStart(at, begin), end: lineEnd, ranges }, blocks)
    if (!goesOn && !findings.isCounting) return false
    at = lineEnd + 1
  }
  return true
}

/** A carriage return before a line feed is no text. */
function reachesTerminator(bytes: Buffer, matchEnd: number, lineEnd: number, end: number): boolean {
  return matchEnd > lineEnd || (matchEnd === lineEnd && lineEnd < end && bytes[matchEnd - 1] === 0x0d)
}

interface FinderOptions {
  readonly bytes: Buffer
  readonly begin: number
  readonly end: number
  readonly literals: Literals
  readonly query: GrepQuery
}

/** Tells how long the literal is that begins at a place; 0 where none does. */
function finder({ bytes, begin, end, literals: { all }, query: { word, unicode } }: FinderOptions): (at: number) => number {
  const isWord = unicode ? isWordCharacter : isAsciiWordCharacter
  return (at) => {
    for (const literal of all) {
      if (!isLiteralAt(bytes, at, end, literal)) continue
      const to = at + literal.bytes.length
      if (word && (isWord(characterBefore(bytes, at, begin)) || isWord(characterAt(bytes, to, end)))) continue
      return literal.bytes.length
    }
    return 0
  }
}

function characterBefore(bytes: Buffer, at: number, begin: number): string {
  let from = at - 1
  while (from > begin && ((bytes[from] ?? 0) & 0xc0) === 0x80) from--
  return from < begin ? '' : bytes.toString('utf8', from, at)
}

function characterAt(bytes: Buffer, at: number, end: number): string {
  const byte = bytes[at] ?? 0
  return at >= end ? '' : bytes.toString('utf8', at, Math.min(end, at + (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4)))
}

/** What `\w` is for ripgrep: UTS #18, annex C. */
function isWordCharacter(character: string): boolean {
  return /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u.test(character)
}

function isAsciiWordCharacter(character: string): boolean {
  return /\w/.test(character)
}

/** The long s and the Kelvin sign, which are an s and a k in any case. */
const longS = Buffer.from('\u017f')
const kelvin = Buffer.from('\u212a')

function hasWideLetters({ block, kernel, at }: LoadedBlock): boolean {
  const bytes = kernel.bytes.subarray(at, at + block.bytes)
  return bytes.includes(longS) || bytes.includes(kelvin)
}
