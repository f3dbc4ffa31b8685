import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { KeyNumbers } from '../../src/host/keyNumbers.ts'

const hashOf = (text: string): string => hash('sha256', text, 'base64url')

test('every key has the number it was given, from the first to the ten thousandth, whatever its occurrence', () => {
  const numbers = new KeyNumbers()
  const keys = Array.from({ length: 10_000 }, (_, index) => [hashOf(`${index >> 2}`), index & 3] as const)
  for (const [index, [hash, occurrence]] of keys.entries()) {
    expect(numbers.get(hash, occurrence)).toBeUndefined()
    numbers.set(hash, occurrence, index)
  }
  for (const [index, [hash, occurrence]] of keys.entries()) {
    if (numbers.get(hash, occurrence) !== index) expect([hash, occurrence, numbers.get(hash, occurrence)]).toEqual([hash, occurrence, index])
  }
  expect(numbers.get(hashOf('another'), 0)).toBeUndefined()
  expect(numbers.get(hashOf('0'), 4)).toBeUndefined()
})

test('a key that gets another number has the last one', () => {
  const numbers = new KeyNumbers()
  numbers.set(hashOf('a'), 0, 7)
  numbers.set(hashOf('a'), 0, 0)
  expect(numbers.get(hashOf('a'), 0)).toBe(0)
})

test('a hash is counted from 0 up, each for itself', () => {
  const numbers = new KeyNumbers()
  const hashes = Array.from({ length: 1_000 }, (_, index) => hashOf(`${index}`))
  expect(hashes.map((hash) => numbers.count(hash))).toEqual(hashes.map(() => 0))
  expect(hashes.map((hash) => numbers.count(hash))).toEqual(hashes.map(() => 1))
  expect(Array.from({ length: 100 }, () => numbers.count('x'.repeat(43)))).toEqual(Array.from({ length: 100 }, (_, index) => index))
})

test('hashes that differ at one place only are different ones', () => {
  const numbers = new KeyNumbers()
  const hashes = Array.from({ length: 20 }, (_, place) => 'A'.repeat(place) + 'B' + 'A'.repeat(42 - place))
  expect(hashes.map((hash) => numbers.count(hash))).toEqual(hashes.map(() => 0))
})

test('what is no hash of this version is refused, not taken for another', () => {
  expect(() => new KeyNumbers().count('abc')).toThrow(expect.objectContaining({ code: 'STORE', message: expect.stringContaining('"abc"') }))
})
