import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { countInThread } from '../../../src/host/context/countingThread.ts'
import { openDocuments } from '../../../src/host/context/documents.ts'
import { createEncoding } from '../../../src/host/context/encoding.ts'
import { measureBlock, type Segment } from '../../../src/host/context/measure.ts'
import { folderWith } from './folder.ts'

/** Long enough for a thread, with all that is hard to count. */
function longBytes(): Buffer {
  const block = Buffer.concat([Buffer.from('naïve 🎉 日本語\r\n'.repeat(40_000)), Buffer.from([0xf0, 0x9f, 0x8e, 0x0a, 0x80, 0x80, 0xe2]), Buffer.from('x'.repeat(100_001))])
  return Buffer.concat(Array.from({ length: 40 }, () => block))
}

/** Counted here, block by block. */
function segmentsOf(bytes: Buffer): Segment[] {
  const encoding = createEncoding('utf-8', 0)
  const segments: Segment[] = []
  for (let from = 0; from < bytes.length; from = segments.at(-1)?.end ?? bytes.length) {
    segments.push(...measureBlock(bytes.subarray(from, from + 1024 * 1024 + 8), { from, end: bytes.length }, encoding))
  }
  return segments
}

test('a thread counts a file by its path or its number as the host does, from any segment on', async () => {
  const bytes = longBytes()
  const path = join(folderWith({ 'long.txt': bytes }), 'long.txt')
  const expected = segmentsOf(bytes)
  const end = bytes.length
  expect(await countInThread({ file: { path }, encoding: 'utf-8', from: 0, to: end, end })).toEqual(expected)
  const middle = expected[100]?.end ?? 0
  const fd = openSync(path, 'r')
  expect(await countInThread({ file: { fd }, encoding: 'utf-8', from: middle, to: end, end })).toEqual(expected.slice(101))
  closeSync(fd)
})

test('what a thread cannot read, or finds shorter than it was, it leaves to the host', async () => {
  const path = join(folderWith({ 'a.txt': 'short' }), 'a.txt')
  expect(await countInThread({ file: { path: `${path}.gone` }, encoding: 'utf-8', from: 0, to: 10, end: 10 })).toBe(null)
  expect(await countInThread({ file: { path }, encoding: 'utf-8', from: 0, to: 1e6, end: 1e6 })).toBe(null)
})

test('a long file is counted as its whole text is, while the loop of the host goes on', async () => {
  const bytes = longBytes()
  const text = bytes.toString()
  const path = join(folderWith({ 'long.txt': bytes }), 'long.txt')
  await using opened = await openDocuments(path)
  let turns = 0
  const counting = opened.charCount(0)
  const timer = setInterval(() => turns++, 1)
  expect(await counting).toBe(text.length)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(3)
  expect(await opened.lineCount(0)).toBe(text.split('\n').length)
  const middle = text.indexOf('日本', text.length / 2)
  expect(await opened.slice(0, middle, middle + 20)).toBe(text.slice(middle, middle + 20))
  expect(await opened.lines(0, 1_600_000, 3)).toEqual(text.split('\n').slice(1_599_999, 1_600_002).map((line) => line.replace(/\r$/, '')))
})
