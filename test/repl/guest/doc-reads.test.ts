import { expect, onTestFinished, test } from 'vitest'
import { openDocuments } from '../../../src/host/context/documents.ts'
import { maxReadUnits } from '../../../src/protocol.ts'
import { readLines, readSlice, type ReadDoc } from '../../../src/repl/guest/doc-reads.ts'

const everything = Number.MAX_SAFE_INTEGER

/** A document as the guest reaches it: reads as JSON, and how many there were. */
async function documentOf(text: string): Promise<{ readonly read: ReadDoc; readonly bytes: number; readonly reads: () => number }> {
  const documents = await openDocuments({ name: 'text', text })
  onTestFinished(() => documents.close())
  let reads = 0
  return {
    read: (rest) => {
      reads++
      return documents.read(0, JSON.parse(`{${rest}}`))
    },
    bytes: documents.list[0]?.bytes ?? 0,
    reads: () => reads,
  }
}

const large = `x${'🎉naïve\n'.repeat(Math.ceil(maxReadUnits / 3))}`

test.for([
  [0, everything],
  [1, 2 * maxReadUnits + 4],
  [-(maxReadUnits + 12_345), everything],
  [-(2 * maxReadUnits), -5],
  [11, -10],
  [0, maxReadUnits],
  [-everything, 3],
  [everything, everything],
  [-9, everything],
] as const)('the slice from %d to %d of a text that no answer holds is that of String.slice', async ([from, to]) => {
  const { read, bytes } = await documentOf(large)
  expect((await readSlice(read, bytes, from, to)) === large.slice(from, to)).toBe(true)
})

test('a slice that one answer holds takes one read', async () => {
  const small = await documentOf('small 🎉')
  expect(await readSlice(small.read, small.bytes, 0, everything)).toBe('small 🎉')
  expect(await readSlice(small.read, small.bytes, 2, -2)).toBe('all ')
  expect(small.reads()).toBe(2)
  const { read, bytes, reads } = await documentOf(large)
  await readSlice(read, bytes, 5, 500)
  await readSlice(read, bytes, -500, everything)
  expect(reads()).toBe(2)
})

test('lines come all, however many and however long they are', async () => {
  const lines = ['a', 'b'.repeat(2 * maxReadUnits + 7), '', ...Array.from({ length: 200_000 }, (_, index) => `line ${index}`), 'c'.repeat(maxReadUnits), 'last']
  const { read } = await documentOf(lines.join('\r\n'))
  const got = await readLines(read, 1, everything)
  expect(got.length).toBe(lines.length)
  expect(got.every((line, index) => line === lines[index])).toBe(true)
  expect(Object.getPrototypeOf(got)).toBe(Array.prototype)
  expect((await readLines(read, 2, 1))[0] === lines[1]).toBe(true)
  expect(await readLines(read, lines.length, 10)).toEqual(['last'])
  expect(await readLines(read, lines.length + 1, 10)).toEqual([])
  expect(await readLines(read, 3, 2)).toEqual(['', 'line 0'])
  expect(await readLines(read, 1, 0)).toEqual([])
})

test('the last line, too long for an answer, keeps a carriage return that ends nothing', async () => {
  const line = `${'y'.repeat(maxReadUnits + 5)}\r`
  const { read } = await documentOf(`a\n${line}`)
  expect((await readLines(read, 2, 9))[0] === line).toBe(true)
})

test('what a read rejects with, and no long line explains, goes on to the program', async () => {
  const failing: ReadDoc = (rest) => (rest.includes('lineStart') ? Promise.resolve(0) : Promise.reject(new Error('gone')))
  await expect(readLines(failing, 1, 5)).rejects.toThrow('gone')
})
