import { expect, test } from 'vitest'
import type { Value } from '../../../src/host/journal/pages.ts'
import { Rows } from '../../../src/host/journal/rows.ts'

function read(rows: Rows, row: number, count?: number): Value[] {
  const values: Value[] = []
  rows.read(row, values, count)
  return values
}

test('every value comes back as it was, wherever its row stands', () => {
  const values: Value[] = [
    null, 0, 1, 127, 128, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, -1, -0, 0.1, 5e-324, Number.MAX_VALUE, Infinity, -Infinity,
    '', 'a', '\0', '\ufeffx', 'é'.repeat(85), '漢'.repeat(85), '漢'.repeat(86), '😀'.repeat(43), 'x'.repeat(255), 'x'.repeat(256), 'x\ud83d', '\ude00'.repeat(300), 'long '.repeat(100_000),
  ]
  const rows = new Rows({ width: 2, repeated: [1] })
  for (const value of values) rows.append([value, value])
  for (const [row, value] of values.entries()) {
    const [one, other] = read(rows, row)
    if (!Object.is(one, value) || !Object.is(other, value)) expect([one, other]).toEqual([value, value])
  }
  expect(rows.length).toBe(values.length)
})

test('the first values of a row are read without the others', () => {
  const rows = new Rows({ width: 3 })
  rows.append(['a', 1, 'b'])
  rows.append(['c', 2, 'd'])
  expect(read(rows, 1, 2)).toEqual(['c', 2])
  expect(() => read(rows, 2)).toThrow(RangeError)
})

test('rows that were cut off are gone, and others take their places', () => {
  const rows = new Rows({ width: 1 })
  // Rows of a block, and rows that have one for themselves.
  const texts = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(index % 7 === 0 ? 100_000 : 2_000))
  for (const length of [49, 14, 8, 7, 1, 0]) {
    for (const text of texts.slice(rows.length)) rows.append([text])
    rows.truncate(length)
    expect(rows.length).toBe(length)
    rows.append(['other'])
    expect(Array.from({ length: length + 1 }, (_, row) => read(rows, row)[0])).toEqual([...texts.slice(0, length), 'other'])
    rows.truncate(length)
  }
})

test('texts that come again and again are kept once, also when there are very many different ones', () => {
  const rows = new Rows({ width: 1, repeated: [0] })
  const count = 70_000
  for (let index = 0; index < count; index++) rows.append([`model ${index}`])
  for (let index = 0; index < count; index++) rows.append([`model ${index}`])
  for (const row of [0, 65_535, 65_536, count - 1, count, count + 65_536, 2 * count - 1]) expect(read(rows, row)).toEqual([`model ${row % count}`])
  const before = process.memoryUsage().arrayBuffers
  const more = new Rows({ width: 1, repeated: [0] })
  for (let index = 0; index < 10_000; index++) more.append(['x'.repeat(256)])
  // Ten thousand times the text would be 2.5 MB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
})
