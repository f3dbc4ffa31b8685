/** Options of a session as callers write them, right and wrong. */
import { describe, expect, it } from 'vitest'
import { resolveSessionOptions } from '../../src/options/sessionOptions.ts'

/** What a program without types could write. */
const wrong = <T>(value: unknown): T => value as T

describe('resolveSessionOptions', () => {
  it('gives the defaults of the contract when nothing is named', () => {
    expect(resolveSessionOptions()).toEqual({
      context: undefined,
      ignoreFiles: true,
      encoding: undefined,
      args: undefined,
      limits: { memoryMb: 256, cpuMs: 30_000, wallMs: Infinity, outputBytes: 1e6, valueBytes: 64e6 },
      budget: { usd: Infinity, queries: Infinity, tokens: Infinity },
      hasLimits: false,
      hasBudget: false,
      id: undefined,
      name: undefined,
      fresh: false,
      acceptChanges: false,
      underscore: false,
    })
  })

  it('takes a context in every documented form', () => {
    const url = new URL('file:///a.txt')
    const named = { name: 'a', text: '' }
    expect(resolveSessionOptions({ context: 'a.txt' }).context).toEqual(['a.txt'])
    expect(resolveSessionOptions({ context: url }).context).toEqual([url])
    expect(resolveSessionOptions({ context: named }).context).toEqual([named])
    expect(resolveSessionOptions({ context: ['a/*.txt', url, named] }).context).toEqual(['a/*.txt', url, named])
    expect(resolveSessionOptions({ context: { one: 'a.txt', two: named } }).context).toEqual({ one: 'a.txt', two: named })
    const declared = { path: 'old/*.txt', encoding: 'latin1' } as const
    expect(resolveSessionOptions({ context: declared }).context).toEqual([declared])
    expect(resolveSessionOptions({ context: [declared, url] }).context).toEqual([declared, url])
    expect(resolveSessionOptions({ context: { one: declared, two: { path: url, encoding: 'utf-16be' } } }).context).toEqual({ one: declared, two: { path: url, encoding: 'utf-16be' } })
  })

  it('copies args, so that what a session was made with stays', () => {
    const args = { list: [1, { deep: true }] }
    const resolved = resolveSessionOptions({ args })
    args.list.push(2)
    expect(resolved.args).toEqual({ list: [1, { deep: true }] })
  })

  const cycle: { self?: unknown } = {}
  cycle.self = cycle

  it.each([
    [{ args: [1] }, TypeError, 'Expected `args` to be an object of JSON values, got [ 1 ]'],
    [{ args: { a: { b: 1n } } }, TypeError, 'Expected `args.a.b` to be a JSON value, got 1n'],
    [{ args: { list: [NaN] } }, RangeError, 'Expected `args.list[0]` to be a JSON value, got NaN'],
    [{ args: { cycle } }, RangeError, 'Expected `args.cycle.self` to be a JSON value, got a reference to what it is in'],
    [{ context: 7 }, TypeError, 'Expected `context` to be a path, a glob, a `file:` URL, {path, encoding} or {name, text}, got 7'],
    [{ context: ['a', ''] }, RangeError, "Expected `context[1]` to be a path, a glob, a `file:` URL, {path, encoding} or {name, text}, got ''"],
    [{ context: new URL('https://a.test/b') }, RangeError, "Expected `context` to be a path, a glob, a `file:` URL, {path, encoding} or {name, text}, got 'https://a.test/b'"],
    [{ context: { path: 'a', encoding: 'latin2' } }, RangeError, "Expected `context.encoding` to be 'utf-8', 'utf-16le', 'utf-16be' or 'latin1', got 'latin2'"],
    [{ context: { path: '', encoding: 'latin1' } }, RangeError, "Expected `context.path` to be a path"],
    [{ encoding: 'ascii' }, RangeError, 'Expected `encoding` to be'],
    [{ encoding: 1 }, TypeError, 'Expected `encoding` to be'],
    [{ ignoreFiles: 'no' }, TypeError, 'Expected `ignoreFiles` to be true or false, got'],
    [{ limits: { memoryMb: 4 } }, RangeError, 'Expected `limits.memoryMb` to be a whole number from 8 up, got 4'],
    [{ id: '' }, RangeError, "Expected `id` to be the id of a session, got ''"],
  ])('refuses %o', (options, kind, message) => {
    const resolve = (): unknown => resolveSessionOptions(wrong(options))
    expect(resolve).toThrow(kind)
    expect(resolve).toThrow(message)
  })
})
