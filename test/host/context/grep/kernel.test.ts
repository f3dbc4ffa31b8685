import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import wabt from 'wabt'
import { blockStart, Kernel } from '../../../../src/host/context/grep/kernel.ts'
import { kernelBytes } from '../../../../src/host/context/grep/kernelBytes.ts'
import { literalsOf } from '../../../../src/host/context/grep/literals.ts'
import { plain } from './allMatches.ts'
import { randomNumbers } from './corpus.ts'

test('the kernel that runs is the one whose text is there to be read', async () => {
  const path = fileURLToPath(new URL('../../../../src/host/context/grep/kernel.wat', import.meta.url))
  using module = disposable((await wabt()).parseWat('kernel.wat', readFileSync(path, 'utf8'), { simd: true }))
  expect(Buffer.from(kernelBytes).equals(module.value.toBinary({}).buffer)).toBe(true)
})

function disposable<T extends { destroy(): void }>(value: T): Disposable & { readonly value: T } {
  return { value, [Symbol.dispose]: () => value.destroy() }
}

/** Texts of every length about the sizes of its steps, of characters of every length. */
function textsOf(count: number): readonly string[] {
  const random = randomNumbers(3)
  const characters = ['a', 'b', '\n', 'é', '日', '🎉']
  return Array.from({ length: count }, (_, length) => Array.from({ length: length * 7 }, () => characters[random(characters.length)]).join(''))
}

test('line feeds and units are those of the text, whatever its length', () => {
  const kernel = new Kernel()
  for (const text of [...textsOf(80), `${'🎉'.repeat(5_000)}\n`.repeat(3)]) {
    const bytes = Buffer.from(text)
    kernel.reserve(blockStart + bytes.length)
    bytes.copy(kernel.bytes, blockStart)
    expect(kernel.lineFeeds(blockStart, blockStart + bytes.length)).toBe(text.split('\n').length - 1)
    expect(kernel.units(blockStart, blockStart + bytes.length)).toBe(text.length)
  }
})

test('a line begins behind the last line feed before a place, and ends at the next one, wherever that is', () => {
  const kernel = new Kernel()
  for (const text of ['', '\n', 'one line', `${'a'.repeat(15)}\n${'b'.repeat(16)}\n\n${'c'.repeat(33)}`, `\n${'d'.repeat(70)}\n`]) {
    const bytes = Buffer.from(text)
    kernel.reserve(blockStart + bytes.length)
    // What stands around a block is none of it.
    kernel.bytes.fill('\n', blockStart - 32)
    bytes.copy(kernel.bytes, blockStart)
    for (let at = 0; at <= bytes.length; at++) {
      const feed = text.indexOf('\n', at)
      expect(kernel.lineEnd(blockStart + at, blockStart + bytes.length) - blockStart).toBe(feed === -1 ? text.length : feed)
      expect(kernel.lineStart(blockStart + at, blockStart) - blockStart).toBe(at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1)
    }
  }
})

test('a text as JSON takes no more bytes than its own, its escapes and two quotes', () => {
  const kernel = new Kernel()
  for (const text of [...textsOf(20), '"', '\\'.repeat(40), '\u0001'.repeat(5_000), 'say "é" \t\u001f '.repeat(100), '\u007f\u2028']) {
    const bytes = Buffer.from(text)
    kernel.reserve(blockStart + bytes.length)
    bytes.copy(kernel.bytes, blockStart)
    const most = bytes.length + kernel.escapes(blockStart, blockStart + bytes.length) + 2
    expect(most).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(text)))
    expect(most).toBe(bytes.length + 2 + [...text].reduce((sum, char) => sum + (char < ' ' ? 5 : char === '"' || char === '\\' ? 1 : 0), 0))
  }
})

test('every place where a literal begins is a candidate, in the last bytes as well', () => {
  const kernel = new Kernel()
  const text = Buffer.from(`${'x'.repeat(61)}needle${'-'.repeat(30)}NEEDLE${'y'.repeat(15)}é${'z'.repeat(16)}needle`)
  kernel.reserve(blockStart + text.length)
  text.copy(kernel.bytes, blockStart)
  const end = blockStart + text.length
  const placesOf = (pattern: string, ignoreCase: boolean): number[] => {
    const literals = literalsOf({ ...plain, pattern, ignoreCase })
    if (literals !== undefined) kernel.setFilters(literals.filters)
    const places: number[] = []
    for (let at = kernel.candidate(blockStart, end); at < end; at = kernel.candidate(at + 1, end)) places.push(at - blockStart)
    return places
  }
  expect(placesOf('needle', false)).toEqual([61, 136])
  expect(placesOf('needle', true)).toEqual([61, 97, 136])
  expect(placesOf('needle|é', false)).toEqual([61, 118, 136])
  expect(placesOf('needle|yyyy|x', true)).toEqual(expect.arrayContaining([...Array.from({ length: 61 }, (_, at) => at), 61, 97, 103, 136]))
  const many = Array.from({ length: 7 }, (_, at) => `${String.fromCharCode(65 + at)}${at}#`).join('|')
  expect(placesOf(`${many}|needle`, false)).toEqual([61, 136])
})

test('a survey tells what the looks one by one tell, with one filter, with several and with none, whatever the length', () => {
  const kernel = new Kernel()
  for (const text of [...textsOf(60), 'a'.repeat(4_063), `${'b\n'.repeat(9_000)}é`, `${'b'.repeat(8_200)}\na🎉`, `${'b'.repeat(70)}a`]) {
    const bytes = Buffer.from(text)
    const end = blockStart + bytes.length
    kernel.reserve(end)
    // What stands behind a block is none of it.
    kernel.bytes.fill('a\n', blockStart)
    bytes.copy(kernel.bytes, blockStart)
    for (const pattern of ['a', 'ab', 'é', 'a|é', undefined]) {
      kernel.setFilters(pattern === undefined ? undefined : literalsOf({ ...plain, pattern })?.filters)
      expect(kernel.survey(blockStart, end)).toEqual({ isAscii: /^\p{ASCII}*$/u.test(text), lineFeeds: text.split('\n').length - 1, candidate: kernel.candidate(blockStart, end) })
    }
  }
})
