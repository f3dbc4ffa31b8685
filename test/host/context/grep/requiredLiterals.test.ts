import { expect, test } from 'vitest'
import { requiredLiterals } from '../../../../src/host/context/grep/requiredLiterals.ts'
import { plain } from './allMatches.ts'

function textsOf(pattern: string, options: { readonly ignoreCase?: boolean; readonly unicode?: boolean; readonly fixed?: boolean; readonly multiline?: boolean } = {}): readonly string[] | undefined {
  return requiredLiterals({ ...plain, ...options, pattern })?.all.map(({ bytes }) => bytes.toString('utf8'))
}

test.for<readonly [string, readonly string[]]>([
  [String.raw`(\w+)@(\w+)\.com`, ['@']],
  [String.raw`\d+ms`, ['ms']],
  ['err(or)? code', [' code']],
  ['foo|ba(r+)x', ['foo', 'ba']],
  ['ab?xyz*', ['xy']],
  ['abc+?d', ['abc']],
  ['(a|b)cd{0,2}ef', ['ef']],
  ['[a-f]+zz', ['zz']],
  ['[[:alpha:]_]quux', ['quux']],
  ['(?:one|two) three', [' three']],
  ['(?<name>x)=(?P<other>y)%%', ['%%']],
  [String.raw`\bfoo\b`, ['foo']],
  [String.raw`\$\{x\}`, ['${x}']],
  ['日本+語', ['日本']],
  ['🎉?na🎉*', ['na']],
])('every line that matches %s holds %s', ([pattern, texts]) => {
  expect(textsOf(pattern)).toEqual(texts)
})

test.for([
  // What may be missing, or is in most lines.
  '', 'x', 'a|', 'x?y?', '(abc)', 'ab{0}', '(ab|cd)+',
  // A repetition of a repetition, flags, classes of classes, escapes with a meaning of their own.
  'ab+*', 'abc{2}{0}', '(?i)abc', '(?x)a b c', 'abc(?i:d)', '[a&&b]cd', '[]x]cd', '[[a]b]cd', String.raw`\x41bc`, String.raw`\<foo`, String.raw`ab\pLcd`, String.raw`\Aabc`,
  // What no engine will read.
  'abc)', '(abc', '[abc', 'abc\\', 'a{b}cd', 'abc(?=d)',
])('nothing is certain of %s', (pattern) => {
  expect(textsOf(pattern)).toBe(undefined)
})

test('in any case, letters that stand for one beyond ASCII are left out, and so is what is beyond', () => {
  expect(textsOf('Kelvin(s)', { ignoreCase: true })).toEqual(['elvin'])
  expect(textsOf('straße(n)', { ignoreCase: true })).toEqual(['tra'])
  expect(textsOf('ks(x)', { ignoreCase: true })).toBe(undefined)
})

test('without Unicode only ASCII is certain, and neither a text nor a pattern over several lines has any', () => {
  expect(textsOf('naïve(x)', { unicode: false })).toEqual(['ve'])
  expect(textsOf('foo(x)', { fixed: true })).toBe(undefined)
  expect(textsOf('foo(x)', { multiline: true })).toBe(undefined)
})
