import { expect, test } from 'vitest'
import { readErrorBody } from '../../../src/host/providers/errorBody.ts'

test.each([
  [{ error: { message: 'no', type: 'A', code: 'B' } }, 'no', ['b', 'a']],
  ['{"error":{"message":"no"}}', 'no', []],
  [{ error: 'no' }, 'no', []],
  [{ error: { message: { error: 'no' } } }, 'no', []],
  [{ message: 'no', code: 'x' }, 'no', ['x']],
  [{ detail: [{ msg: 'one' }, { msg: 'two' }] }, 'one; two', []],
  [{ detail: 'no' }, 'no', []],
  [{ type: 'error', error: { type: 't', message: 'no', details: { error_code: 'D' } } }, 'no', ['t', 'd']],
  ['plain\n  words', 'plain words', []],
  ['<html><head><title> Bad\n gateway </title></head></html>', 'a page of HTML: Bad gateway', []],
  ['<!DOCTYPE html><body>x</body>', 'a page of HTML', []],
  ['', '', []],
  [undefined, '', []],
  [null, '', []],
  [[1], '', []],
  [{ error: null }, '', []],
])('%j says "%s"', (body, message, codes) => {
  expect(readErrorBody(body)).toMatchObject({ message, codes })
})

test('a numeric code is a status only where it is one', () => {
  expect(readErrorBody({ error: { code: 429 } }).status).toBe(429)
  expect(readErrorBody({ error: { code: '503' } }).status).toBe(503)
  expect(readErrorBody({ error: { code: 7 } }).status).toBeUndefined()
  expect(readErrorBody({ error: {} }).status).toBeUndefined()
})
