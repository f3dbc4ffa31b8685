import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/cli/arguments.ts'
import { exitCodeOf, failureOutcome } from '../../src/cli/outcome.ts'
import { jsonValue } from '../../src/jsonValue.ts'
import { type ErrorCode, exitCodes, ReplmError } from '../../src/errors.ts'

describe('a value as JSON', () => {
  test('what JSON holds stays as it is', () => {
    const value = { a: [1, 'x', true, null, { b: -0.5 }], ['__proto__']: 1, toJSON: 'no function' }
    expect(JSON.stringify(jsonValue(value))).toBe(JSON.stringify(value))
  })

  test.each([
    ['undefined', undefined],
    ['a BigInt', 10n],
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['a RegExp', /x/],
    ['an Error', new Error('x')],
    ['a typed array', new Uint8Array(3)],
    ['a date that is none', new Date(NaN)],
    ['an array of four thousand million holes', Array.from({ length: 0 }).concat(Object.assign([], { length: 4_294_967_295 }))],
  ])('%s is null, also inside', (_, value) => {
    expect(jsonValue(value)).toBe(null)
  })

  test('a property that JSON cannot hold is null, too', () => {
    expect(JSON.stringify(jsonValue({ a: undefined, b: 1n, c: [undefined] }))).toBe('{"a":null,"b":null,"c":[null]}')
  })

  test('a Date is its ISO text', () => {
    expect(jsonValue(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
  })

  test('an object inside itself is null there, and one that stands twice is written twice', () => {
    const twice = { x: 1 }
    const value: Record<string, unknown> = { twice, again: twice }
    value['self'] = value
    expect(jsonValue(value)).toEqual({ twice: { x: 1 }, again: { x: 1 }, self: null })
  })

  test('a value that would be written out a thousand million times is null at once', () => {
    let value: unknown = 1
    for (let level = 0; level < 40; level += 1) value = [value, value]
    expect(jsonValue(value)).toBe(null)
  })

  test('a value nested too deep ends in null and can be written', () => {
    let value: unknown = 1
    for (let level = 0; level < 100_000; level += 1) value = [value]
    expect(JSON.stringify(jsonValue(value))).toMatch(/^\[+null\]+$/)
  })
})

describe('exit codes', () => {
  test.each(Object.entries(exitCodes) as [ErrorCode, number][])('%s ends with %i', (code, exit) => {
    expect(exitCodeOf(new ReplmError(code, 'x'))).toBe(exit)
  })

  test('a wrong command line, and an option that the library refuses, end with 2', () => {
    expect(exitCodeOf(new UsageError('x'))).toBe(2)
    expect(exitCodeOf(new RangeError('Expected `concurrency` to be a whole number from 1 up, got 0'))).toBe(2)
  })

  test('a fault of ours is not passed off as a wrong option', () => {
    expect(exitCodeOf(new TypeError("Cannot read properties of undefined (reading 'x')"))).toBe(5)
  })
})

test('the object of a failure has every field, whatever was thrown', () => {
  expect(failureOutcome(null, { session: null, durationMs: 5 })).toEqual({
    ok: false,
    error: { code: 'CRASHED', message: 'null', line: null, column: null, stack: null },
    logs: [],
    usage: { queries: 0, bought: 0, replayed: 0, inputTokens: 0, outputTokens: 0, usd: 0, unknownUsd: 0 },
    durationMs: 5,
    session: null,
  })
})

test('the stack of an error that is no cell’s stays inside: it names files of the host', () => {
  const outcome = failureOutcome(new ReplmError('CONFIG', 'x'), { session: null, durationMs: 0 })
  expect(JSON.stringify(outcome)).not.toContain('outcome.test.ts')
})
