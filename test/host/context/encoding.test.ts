import { expect, test } from 'vitest'
import { createEncoding, detectEncoding } from '../../../src/host/context/encoding.ts'

/** The same everywhere: xorshift. */
function randomBytes(length: number, pool: readonly number[], seed: number): Buffer {
  let state = seed
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return pool[(state >>> 0) % pool.length] ?? 0
    }),
  )
}

const utf8Pool = [0x41, 0x0a, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xc3, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff]
const utf16Pool = [0x41, 0x0a, 0x00, 0x00, 0xd8, 0xd8, 0xdc, 0xdc, 0xdb, 0xdf]

test.for([
  ['utf-8', utf8Pool],
  ['utf-16le', utf16Pool],
  ['utf-16be', utf16Pool],
] as const)('in %s units are counted as TextDecoder would decode them, whatever the bytes', ([name, pool]) => {
  const encoding = createEncoding(name, 0)
  for (let round = 1; round < 2_000; round++) {
    const bytes = randomBytes(round % 24, pool, round)
    const text = new TextDecoder(name, { ignoreBOM: true }).decode(bytes)
    expect([encoding.decode(bytes), encoding.units(bytes), encoding.lineFeeds(bytes)]).toEqual([text, text.length, text.split('\n').length - 1])
  }
})

test.for(['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const)('in %s the character that holds a unit is found, from the first to the end', (name) => {
  const encoding = createEncoding(name, 0)
  const characters = name === 'latin1' ? ['a', 'é', '\n'] : ['a', 'é', '日', '🎉', '\u0301', '\n']
  // Longer than what is counted at a time, whose ends lie within characters.
  const parts = Array.from({ length: 4_000 }, (_, at) => characters[(at * at + (at >> 4)) % characters.length] ?? '')
  const encode = (text: string): Buffer => (name === 'utf-16be' ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, name === 'utf-16le' ? 'utf16le' : name === 'latin1' ? 'latin1' : 'utf8'))
  const bytes = encode(parts.join(''))
  let byte = 0
  let unit = 0
  for (const part of parts) {
    for (let of = 0; of < part.length; of++) expect(encoding.seek(bytes, unit + of)).toEqual({ byte, unit })
    byte += encode(part).length
    unit += part.length
  }
  expect(encoding.seek(bytes, unit)).toEqual({ byte, unit })
  expect(encoding.seek(bytes, unit + 9)).toEqual({ byte, unit })
})

test('what is no valid text is not sought in', () => {
  expect(createEncoding('utf-8', 0).seek(Buffer.from([0x41, 0xff, 0x41]), 1)).toBe(undefined)
  expect(createEncoding('utf-16le', 0).seek(Buffer.from([0x41, 0, 0x41]), 1)).toBe(undefined)
})

test('Latin-1 has a character for each byte, its own number', () => {
  const encoding = createEncoding('latin1', 0)
  const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index))
  expect([...encoding.decode(bytes)].map((character) => character.codePointAt(0))).toEqual([...bytes])
  expect(encoding.units(bytes)).toBe(256)
})

test('a byte order mark counts for more than what was declared, and zeros make a file binary unless it was declared by itself', () => {
  const name = (bytes: readonly number[], ...declared: [Parameters<typeof detectEncoding>[1]?]): string | undefined => detectEncoding(Buffer.from(bytes), ...declared)?.name
  expect(name([0xe9])).toBe('utf-8')
  expect(name([0xe9], { encoding: 'latin1' })).toBe('latin1')
  expect(name([0xef, 0xbb, 0xbf, 0xe9], { encoding: 'latin1', isCertain: true })).toBe('utf-8')
  expect(name([0xff, 0xfe, 0x41, 0], { encoding: 'latin1' })).toBe('utf-16le')
  expect(name([0x41, 0], { encoding: 'utf-16le' })).toBe('utf-16le')
  expect(name([0x41, 0])).toBe(undefined)
  expect(name([0x41, 0], { encoding: 'latin1' })).toBe(undefined)
  expect(name([0x41, 0], { encoding: 'latin1', isCertain: true })).toBe('latin1')
  expect(name([0x41, 0], { isCertain: true })).toBe(undefined)
})
