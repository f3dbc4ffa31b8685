/** Options of a question as callers write them, right and wrong. */
import { describe, expect, it } from 'vitest'
import { resolveQueryOptions } from '../../src/options/queryOptions.ts'

/** What a program without types could write. */
const wrong = <T>(value: unknown): T => value as T

describe('resolveQueryOptions', () => {
  it('keeps what is named and leaves out what is not', () => {
    expect(resolveQueryOptions(wrong({ temperature: 0, maxTokens: undefined, stop: 'END', system: '' }))).toEqual({ temperature: 0, stop: ['END'], system: '' })
  })

  it.each([
    [{ maxTokens: 0 }, RangeError, 'Expected `maxTokens` to be a whole number from 1 up, got 0'],
    [{ temperature: '0' }, TypeError, "Expected `temperature` to be a number from 0 up, got '0'"],
    [{ stop: [''] }, RangeError, "Expected `stop[0]` to be a string of one character or more, got ''"],
    [{ schema: 'x' }, TypeError, "Expected `schema` to be a JSON Schema object, got 'x'"],
    [{ signal: {} }, TypeError, 'Expected `signal` to be an AbortSignal, got {}'],
    [{ cache: 1 }, TypeError, 'Expected `cache` to be true or false, got 1'],
    [{ max_tokens: 5 }, TypeError, 'got `max_tokens`'],
  ])('refuses %o', (options, kind, message) => {
    const resolve = (): unknown => resolveQueryOptions(wrong(options))
    expect(resolve).toThrow(kind)
    expect(resolve).toThrow(message)
  })
})
