import { expect, test } from 'vitest'
import { FoundLinesWriter, readFoundLines } from '../../../../src/host/context/grep/foundLines.ts'
import type { WireGrepMatch } from '../../../../src/protocol.ts'

/** A writer that has written a line of each kind: ASCII, beyond it, cut, with lines around it. */
function writeAll(writer: FoundLinesWriter): void {
  const place = { jsonBytes: 200, before: undefined, after: undefined }
  const bytes = Buffer.from('..plain foo..')
  writer.add({ ...place, piece: 0, byteAfter: 20, linesAfter: 3, unitsAfter: 20, lines: 2, units: 10, ranges: [6, 9] }, { bytes, start: 2, end: 11, isAscii: true })
  const wide = Buffer.from('é 🎉 foo foo')
  writer.add({ ...place, piece: 1, byteAfter: 5e9, linesAfter: 1, unitsAfter: 11, lines: 0, units: 0, ranges: [5, 8, 9, 12], before: [], after: ['ü', ''] }, { bytes: wide, start: 0, end: wide.length, isAscii: false })
  writer.add({ ...place, piece: 1, byteAfter: 6e9, linesAfter: 2, unitsAfter: 900, lines: 1, units: 11, ranges: [400, 403], before: ['one', 'two'] }, { text: 'the beginnin', matches: ['foo'] })
}

const told: readonly WireGrepMatch[] = [
  { doc: 7, line: 3, column: 7, offset: 16, text: 'plain foo', submatches: [{ text: 'foo', start: 6, end: 9 }] },
  { doc: 8, line: 101, column: 6, offset: 1_005, text: 'é 🎉 foo foo', submatches: [{ text: 'foo', start: 5, end: 8 }, { text: 'foo', start: 9, end: 12 }], before: [], after: ['ü', ''] },
  { doc: 8, line: 102, column: 401, offset: 1_411, text: 'the beginnin', submatches: [{ text: 'foo', start: 400, end: 403 }], before: ['one', 'two'], cut: true },
]

const places = { docOf: (piece: number) => 7 + piece, baseOf: (piece: number) => (piece === 0 ? { line: 0, unit: 0 } : { line: 100, unit: 1_000 }) }

test('what is read is what was written, on from what comes before its piece, as often as a writer is used', () => {
  const writer = new FoundLinesWriter()
  for (let round = 0; round < 300; round++) {
    if (round % 100 === 0) writer.clear()
    writeAll(writer)
  }
  const matches: WireGrepMatch[] = []
  const last = readFoundLines(writer.finish(), { ...places, take: (match, jsonBytes) => jsonBytes === 200 && matches.push(match) > 0 })
  expect(matches).toHaveLength(300)
  for (let at = 0; at < 300; at += 3) expect(matches.slice(at, at + 3)).toEqual(told)
  expect(last).toEqual({ piece: 1, byteAfter: 6e9, linesAfter: 2, unitsAfter: 900 })
})

test('reading ends with the line after which no other is wanted, and tells where that ends', () => {
  const writer = new FoundLinesWriter()
  writeAll(writer)
  const matches: WireGrepMatch[] = []
  const last = readFoundLines(writer.finish(), { ...places, take: (match) => matches.push(match) < 2 })
  expect(matches).toEqual(told.slice(0, 2))
  expect(last).toEqual({ piece: 1, byteAfter: 5e9, linesAfter: 1, unitsAfter: 11 })
})

test('of nothing nothing is read', () => {
  expect(readFoundLines(new FoundLinesWriter().finish(), { ...places, take: () => true })).toBe(undefined)
})
