import { describe, expect, test } from 'vitest'
import { layOut } from '../../../src/cli/repl/layout.ts'
import { columnsOf, wrapped } from '../../../src/cli/repl/columns.ts'
import { fitted, textWidth } from '../../../src/cli/repl/width.ts'

function rowsOf(text: string, columns: number, cursor = text.length) {
  const { rows, cursor: place } = layOut({ text, cursor, prompt: '> ', continuation: '… ', columns })
  return { rows: rows.map((row) => row.text), place: [place.row, place.column] }
}

describe('layOut', () => {
  test.each<[string, number, readonly string[], readonly [number, number]]>([
    ['', 10, ['> '], [0, 2]],
    ['abc', 10, ['> abc'], [0, 5]],
    ['abcdefgh', 10, ['> abcdefgh', ''], [1, 0]],
    ['abcdefghi', 10, ['> abcdefgh', 'i'], [1, 1]],
    ['a\nb', 10, ['> a', '… b'], [1, 3]],
    ['a\n', 10, ['> a', '… '], [1, 2]],
    ['abcdefgh\nb', 10, ['> abcdefgh', '… b'], [1, 3]],
    ['abcdefg日', 10, ['> abcdefg', '日'], [1, 2]],
    ['\x1b[2J', 20, ['> \\x1b[2J'], [0, 9]],
    ['\t', 10, ['>   '], [0, 4]],
  ])('%j in %i columns', (text, columns, rows, place) => {
    expect(rowsOf(text, columns)).toEqual({ rows, place })
  })

  test('the cursor stands where its character is drawn', () => {
    expect(rowsOf('abcdefghij', 10, 8).place).toEqual([1, 0])
    expect(rowsOf('日本x', 10, 1).place).toEqual([0, 4])
    expect(rowsOf('ab\ncd', 10, 3).place).toEqual([1, 2])
  })
})

test.each([
  ['abc', 3], ['日本', 4], ['é', 1], ['e\u0301', 1], ['😀', 2], ['ﾊ', 1], ['Ａ', 2], ['한국', 4], ['\u200b', 0], ['—', 1],
])('%j takes %i columns', (text, width) => expect(textWidth(text)).toBe(width))

test('a text that does not fit is cut at a character', () => {
  expect(fitted('abcdef', 4)).toBe('abc…')
  expect(fitted('日本語', 4)).toBe('日…')
  expect(fitted('abc', 3)).toBe('abc')
})

test('words stand in columns that fit', () => {
  expect(columnsOf(['a', 'bb', 'ccc', 'd', 'e'], 12)).toEqual(['a    bb', 'ccc  d', 'e'])
  expect(columnsOf(['x'.repeat(50), '\x1b[2J'], 20).every((line) => textWidth(line) < 20 && !line.includes('\x1b'))).toBe(true)
})

test('our own words break between words', () => {
  expect(wrapped('one two three\nfour', 9)).toBe('one two\nthree\nfour')
  expect(wrapped('abcdefghijkl', 5)).toBe('abcdefghijkl')
})
