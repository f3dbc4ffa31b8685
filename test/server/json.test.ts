/** Bytes that are JSON, and bytes that pretend to be. */
import { expect, test } from 'vitest'
import { parseJson } from '../../src/server/json.ts'
import { RequestProblem } from '../../src/server/problem.ts'

const parse = (text: string): unknown => parseJson(Buffer.from(text))

test.each(['{"a":1,"b":{"a":[{"a":"x:y\\"{"}]}}', '"\\\\"', '["\\\\\\"[", ":"]', '  [1, 2]  ', '{"":1}', '{"a":"\\\\","b":2}'])('%s is what JSON.parse says', (text) => {
  expect(parse(text)).toEqual(JSON.parse(text))
})

test.each([
  ['{"a":1,"a":2}', /twice/],
  ['{"a":{"b":1,"\\u0062":2}}', /twice/],
  ['{"a":1', /no JSON/],
  ['', /no JSON/],
  ["{'a':1}", /no JSON/],
  ['{"a":1}x', /no JSON/],
  ['"abc', /no JSON/],
  ['NaN', /no JSON/],
  ['['.repeat(65) + ']'.repeat(65), /levels deep/],
  ['['.repeat(1_000_000), /levels deep/],
  ['{"a":'.repeat(100_000), /levels deep/],
])('text %# that is no JSON, or two things, is refused with 400', (text, message) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ constructor: RequestProblem, status: 400, message: expect.stringMatching(message) }))
})

test('what is no UTF-8 is refused, and none of a secret in a body is quoted', () => {
  expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('no UTF-8')
  expect(() => parse('{"key": sk-secret}')).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }))
})

test('a member named __proto__ is a member like others', () => {
  const value = parse('{"__proto__":{"isAdmin":true}}')
  expect(Object.keys(value as object)).toEqual(['__proto__'])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
})
