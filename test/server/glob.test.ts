/** Globs as callers of the server write them, against paths. */
import { expect, test } from 'vitest'
import { createMatcher } from '../../src/server/glob.ts'

test.each([
  ['*.txt', 'a.txt', true],
  ['*.txt', 'b/a.txt', false],
  ['*.txt', '.a.txt', false],
  ['.*', '.a', true],
  ['**/*.txt', 'a.txt', true],
  ['**/*.txt', 'b/c/a.txt', true],
  ['**/*.txt', 'b/.c/a.txt', false],
  ['b/**', 'b/c/a.txt', true],
  ['b/**', 'c/a.txt', false],
  ['b/**/d/*.md', 'b/d/x.md', true],
  ['b/**/d/*.md', 'b/1/2/d/x.md', true],
  ['?.txt', 'a.txt', true],
  ['?.txt', 'ab.txt', false],
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[!a-c]x', 'dx', true],
  ['[]]x', ']x', true],
  ['[a', '[a', true],
  ['{a,b}/*.{md,txt}', 'b/x.txt', true],
  ['{a,b}/*.{md,txt}', 'c/x.txt', false],
  ['{a,{b,c}}.txt', 'c.txt', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'aXbY', false],
  ['./a', 'a', true],
])('%s and %s: %s', (pattern, path, fits) => {
  expect(createMatcher(pattern)?.(path)).toBe(fits)
})

test('a pattern that would take a backtracking matcher for ever is answered at once', () => {
  const matches = createMatcher(`${'*a'.repeat(60)}b`)
  const started = performance.now()
  expect(matches?.('a'.repeat(250))).toBe(false)
  expect(createMatcher(`${'**/'.repeat(60)}b`)?.('a/'.repeat(120))).toBe(false)
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a pattern of too many alternatives is no matcher', () => {
  expect(createMatcher('{a,b}'.repeat(20))).toBeUndefined()
})
