import { expect, onTestFinished, test } from 'vitest'
import { openDocuments, type Documents } from '../../../src/host/context/documents.ts'
import { maxReadUnits, type WireChunk } from '../../../src/protocol.ts'

type On = 'char' | 'line' | 'paragraph'

async function documentOf(text: string): Promise<Documents> {
  const opened = await openDocuments({ name: 'text', text })
  onTestFinished(() => opened.close())
  return opened
}

async function chunks(text: string, options: { readonly chars: number; readonly overlap?: number; readonly on: On }): Promise<WireChunk[]> {
  const opened = await documentOf(text)
  const all: WireChunk[] = []
  for (let from: number | null = 0; from !== null;) {
    const chunk: WireChunk = await opened.chunk(0, { from, overlap: 0, ...options })
    all.push(chunk)
    from = chunk.next
    expect(all.length).toBeLessThan(10_000)
  }
  return all
}

const pieces = async (text: string, options: { readonly chars: number; readonly overlap?: number; readonly on: On }): Promise<(string | null)[]> =>
  (await chunks(text, options)).map(({ text }) => text)

test('chunks of characters have the length that was asked for', async () => {
  expect(await pieces('abcdefgh', { chars: 3, on: 'char' })).toEqual(['abc', 'def', 'gh'])
  expect(await pieces('abcdef', { chars: 3, on: 'char' })).toEqual(['abc', 'def'])
  expect(await pieces('abcdefgh', { chars: 4, overlap: 2, on: 'char' })).toEqual(['abcd', 'cdef', 'efgh'])
  expect(await pieces('abc', { chars: 1e15, on: 'char' })).toEqual(['abc'])
})

test('a pair is never cut, not even by chunks of one character', async () => {
  expect(await pieces('a🎉b', { chars: 2, on: 'char' })).toEqual(['a', '🎉', 'b'])
  expect(await pieces('🎉🎉', { chars: 1, on: 'char' })).toEqual(['🎉', '🎉'])
  expect(await pieces('🎉🎉🎉', { chars: 3, overlap: 1, on: 'char' })).toEqual(['🎉', '🎉', '🎉'])
})

test('chunks of lines end where a line ends, and cut only a line that is too long', async () => {
  expect(await pieces('one\ntwo\nthree\nfour\n', { chars: 9, on: 'line' })).toEqual(['one\ntwo\n', 'three\n', 'four\n'])
  expect(await pieces('one\r\ntwo\r\n', { chars: 6, on: 'line' })).toEqual(['one\r\n', 'two\r\n'])
  expect(await pieces('a\nabcdefghij\nb', { chars: 4, on: 'line' })).toEqual(['a\n', 'abcd', 'efgh', 'ij\nb'])
})

test('the overlap of lines is whole lines where they fit into it', async () => {
  expect(await pieces('one\ntwo\nsix\nten\n', { chars: 8, overlap: 4, on: 'line' })).toEqual(['one\ntwo\n', 'two\nsix\n', 'six\nten\n'])
  expect(await pieces('one\ntwo\nsix\nten\n', { chars: 8, overlap: 5, on: 'line' })).toEqual(['one\ntwo\n', 'two\nsix\n', 'six\nten\n'])
})

test('chunks of paragraphs end after a blank line, else after a line, else anywhere', async () => {
  expect(await pieces('aaa\naaa\n\nbbb\n\nccc\n', { chars: 16, on: 'paragraph' })).toEqual(['aaa\naaa\n\nbbb\n\n', 'ccc\n'])
  expect(await pieces('aaa\n \t\r\nbbb\nccc\n', { chars: 10, on: 'paragraph' })).toEqual(['aaa\n \t\r\n', 'bbb\nccc\n'])
  expect(await pieces('aaaa\nbbbb\ncccc\n', { chars: 11, on: 'paragraph' })).toEqual(['aaaa\nbbbb\n', 'cccc\n'])
  expect(await pieces('aaaabbbb', { chars: 4, on: 'paragraph' })).toEqual(['aaaa', 'bbbb'])
})

test('a chunk past the end is empty and the last', async () => {
  const opened = await documentOf('abc')
  expect(await opened.chunk(0, { from: 99, chars: 5, overlap: 0, on: 'line' })).toEqual({ text: '', from: 3, to: 3, next: null })
  expect(await chunks('', { chars: 5, on: 'char' })).toEqual([{ text: '', from: 0, to: 0, next: null }])
})

test('a chunk that is too long for an answer comes without its text, which slices give', async () => {
  const text = 'line of text\n'.repeat(100_000)
  const opened = await documentOf(text)
  const chunk = await opened.chunk(0, { from: 0, chars: 1_000_000, overlap: 0, on: 'line' })
  expect(chunk).toEqual({ text: null, from: 0, to: 999_999, next: 999_999 })
  const parts = [await opened.slice(0, 0, maxReadUnits), await opened.slice(0, maxReadUnits, chunk.to)]
  expect(parts.join('') === text.slice(0, chunk.to)).toBe(true)
})

test('whatever the text and the options: chunks cover it, keep to their length, reach further each time, and overlap by no more than asked', async () => {
  let state = 42
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  const kinds = ['a', 'b', ' ', '\n', '\n', '\r\n', '\n\n', '🎉', 'wörd ', 'x'.repeat(40)]
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: random(200) }, () => kinds[random(kinds.length)]).join('')
    const chars = 1 + random(60)
    const overlap = random(3) === 0 ? 0 : random(chars)
    const on = (['char', 'line', 'paragraph'] as const)[random(3)] ?? 'char'
    let to = 0
    for (const chunk of await chunks(text, { chars, overlap, on })) {
      expect(chunk.text).toBe(text.slice(chunk.from, chunk.to))
      expect(chunk.text?.isWellFormed()).toBe(true)
      // Only a pair may make a chunk longer.
      expect(chunk.to - chunk.from).toBeLessThanOrEqual(chars + 1)
      expect(chunk.from).toBeLessThanOrEqual(to)
      expect(to - chunk.from).toBeLessThanOrEqual(overlap)
      expect(chunk.to > to || text === '').toBe(true)
      to = chunk.to
    }
    expect(to).toBe(text.length)
  }
})

test('breaks are found however far back they lie, and blank lines across the places where the search stops', async () => {
  const first = `${'a'.repeat(100)}\n   \n`
  const text = `${first}${'b'.repeat(200_000)}\n${'c'.repeat(50_000)}`
  const opened = await documentOf(text)
  expect((await opened.chunk(0, { from: 0, chars: 150_000, overlap: 0, on: 'paragraph' })).to).toBe(first.length)
  expect((await opened.chunk(0, { from: 0, chars: 150_000, overlap: 0, on: 'line' })).to).toBe(first.length)
  const late = await opened.chunk(0, { from: 0, chars: 240_000, overlap: 100_000, on: 'line' })
  expect(late.to).toBe(first.length + 200_001)
  expect(late.next).toBe(late.to - 100_000)
})
