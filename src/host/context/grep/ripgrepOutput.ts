/** What ripgrep prints in; the lines that it has found, as places in blocks, out. */
import type { LoadedBlock } from './blocks.ts'
import type { Feed } from './feed.ts'
import { type FoundRange, maxSubmatches } from './findings.ts'

/** Takes a line that was found; gives false once nothing more is wanted. */
export type TakeLine = (loaded: LoadedBlock, line: FoundRange) => boolean

/** Nothing more is wanted: thrown through the engine. With `isOfLine` nothing more of a line: the engine is to go on with the next one. */
export class Enough extends Error {
  readonly isOfLine: boolean
  constructor(isOfLine: boolean) {
    super('The engine has found enough')
    this.isOfLine = isOfLine
  }
}

/** To begin anew after a line takes as long as to hear of the matches in so many bytes. */
const restartBytes = 64 * 1024

export interface RipgrepOutput {
  write(bytes: Uint8Array): void
  /** All was written. */
  end(): void
}

/** Of `--only-matching --byte-offset`: `PLACE:MATCH\r\n`, each match by itself. The terminator is that of the text, and no match has a part of it. */
export function createMatchOutput(feed: Feed, take: TakeLine): RipgrepOutput {
  const records = createRecords((record) => {
    const colon = record.indexOf(0x3a)
    found(Number(record.toString('latin1', 0, colon)), record.length - colon - (record.at(-1) === 0x0d ? 2 : 1))
  })
  /** Places of the stream: where a block stands may be another's place by the time its line is told of. */
  let line: { readonly place: number; readonly start: number; readonly end: number; readonly ranges: number[] } | undefined

  const tell = (): void => {
    if (line === undefined) return
    const { place, start, end, ranges } = line
    line = undefined
    const { loaded, at } = feed.locate(place)
    const inKernel = (of: number): number => at + of - place
    if (!take(loaded, { start: inKernel(start), end: inKernel(end), ranges: ranges.map(inKernel) })) throw new Enough(false)
  }
  const found = (place: number, length: number): void => {
    if (line === undefined || place > line.end) {
      tell()
      const { loaded, at } = feed.locate(place)
      const { start, end } = lineAround(loaded, at)
      line = { place, start: place + start - at, end: place + end - at, ranges: [] }
    }
    if (line.ranges.length < 2 * maxSubmatches) line.ranges.push(place, place + length)
    else if (line.end - place > restartBytes) {
      tell()
      throw new Enough(true)
    }
  }
  return {
    write: records,
    end: tell,
  }
}

/** Of `--json`: matches over several lines, in a document that is one block. ripgrep tells of neighbouring ones together; here those are one that share a line. */
export function createJsonOutput(feed: Feed, take: TakeLine): RipgrepOutput {
  const write = createRecords((record) => {
    const { type, data } = JSON.parse(record.toString('utf8')) as { type: string; data: JsonMatch } // what ripgrep documents
    if (type !== 'match') return
    const { loaded, at } = feed.locate(data.absolute_offset)
    for (const lines of sharedLines(loaded, data.submatches.map(({ start, end }) => ({ start: at + start, end: at + end })))) if (!take(loaded, lines)) throw new Enough(false)
  })
  return { write, end: () => undefined }
}

interface JsonMatch {
  readonly absolute_offset: number
  readonly submatches: readonly Place[]
}

interface Place {
  readonly start: number
  readonly end: number
}

/** Matches in; all the lines that one of them touches, with the others that begin in these, out. */
function* sharedLines({ block, kernel, at: begin }: LoadedBlock, matches: readonly Place[]): Generator<FoundRange, undefined> {
  const blockEnd = begin + block.bytes
  /** A line feed that a match ends with ends its last line. */
  const lineEnd = ({ start, end }: Place): number => (end > start && kernel.bytes[end - 1] === 0x0a ? end - 1 : kernel.lineEnd(end, blockEnd))
  let lines: { readonly start: number; end: number; readonly ranges: number[] } | undefined
  for (const match of matches) {
    // Nothing, between the bytes of a character.
    if (match.start === match.end && ((kernel.bytes[match.start] ?? 0) & 0xc0) === 0x80 && match.start < blockEnd) continue
    if (lines === undefined || match.start > lines.end) {
      if (lines !== undefined) yield lines
      lines = { start: kernel.lineStart(match.start, begin), end: lineEnd(match), ranges: [] }
    } else if (match.end > lines.end + 1) lines.end = lineEnd(match)
    if (lines.ranges.length < 2 * maxSubmatches) lines.ranges.push(match.start, match.end)
  }
  if (lines !== undefined) yield lines
  return undefined
}

/** Calls with each line of what is written. */
function createRecords(each: (record: Buffer) => void): (bytes: Uint8Array) => void {
  let begun: Buffer[] = []
  return (bytes) => {
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    let from = 0
    for (let feed = given.indexOf(0x0a); feed !== -1; feed = given.indexOf(0x0a, from)) {
      const record = given.subarray(from, feed)
      from = feed + 1
      if (begun.length === 0) each(record)
      else {
        const whole = Buffer.concat([...begun, record])
        begun = []
        each(whole)
      }
    }
    // The engine's memory is its own: what is kept is copied.
    if (from < given.length) begun.push(Buffer.from(given.subarray(from)))
  }
}

function lineAround({ block, kernel, at: begin }: LoadedBlock, at: number): { readonly start: number; readonly end: number } {
  return { start: kernel.lineStart(at, begin), end: kernel.lineEnd(at, begin + block.bytes) }
}