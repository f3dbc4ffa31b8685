import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Documents, openDocuments } from '../../../../src/host/context/documents.ts'
import type { WireGrep } from '../../../../src/protocol.ts'
import { ripgrep } from './native.ts'

let documents: Documents

beforeAll(async () => {
  documents = await openDocuments({ name: 'a', text: 'some text\n' })
})

afterAll(() => documents.close())

type Options = Partial<Pick<WireGrep, 'ignoreCase' | 'fixed' | 'word' | 'multiline' | 'unicode' | 'engine'>>

/** What is said of a pattern that cannot be read; undefined for one that can. */
async function saidOf(pattern: string, options: Options = {}): Promise<string | undefined> {
  const reply = await documents.grep({
    pattern, ignoreCase: false, fixed: false, word: false, multiline: false, unicode: true, before: 0, after: 0, maxColumns: 100, engine: 'auto', docs: 1, max: 10, count: true, from: null, ...options,
  })
  return 'invalid' in reply ? reply.invalid : undefined
}

/** A pattern, what stands where the message points, from there on, and what the message says of it. */
const faults: readonly (readonly [pattern: string, culprit: string, reason: string, advice: string])[] = [
  ['\\', '\\', 'incomplete escape sequence', 'write `\\\\`'],
  ['a(\\', '\\', 'incomplete escape sequence', 'write `\\\\`'],
  ['foo(', '(', 'unclosed group', 'write `\\(`'],
  ['((a)b', '((a)b', 'unclosed group', 'close it with `)`'],
  ['(?i', '(?i', 'unclosed group', 'close it with `)`'],
  ['a)b', ')b', 'unopened group', 'write `\\)`'],
  // With the group around it, one that could be read.
  ['a)(b', ')(b', 'unopened group', 'open it with `(`'],
  ['[)](a))', ')', 'unopened group', 'open it with `(`'],
  ['x[a', '[a', 'unclosed character class', 'write `\\[`'],
  ['x[]', '[]', 'unclosed character class', 'stands for itself'],
  ['é[z-a]', 'z-a]', 'invalid character class range', 'smaller character first'],
  ['[a-\\d]', '\\d]', 'invalid range boundary', 'write `\\-`'],
  ['[\\b]', '\\b]', 'invalid escape sequence found in character class', 'write `\\\\`'],
  ['*a', '*a', 'repetition operator missing expression', 'write `\\*`'],
  ['a|+', '+', 'repetition operator missing expression', 'write `\\+`'],
  ['(?)', '(?)', 'incomplete group', '`(?:…)`'],
  ['a{', '{', 'repetition quantifier expects a valid decimal', 'write `\\{`'],
  ['a{2', '{2', 'unclosed counted repetition', 'write `\\{`'],
  ['a{5,2}', '{5,2}', 'invalid repetition count range', 'smaller count first'],
  ['a{99999999999}', '99999999999}', 'decimal literal invalid', 'smaller count'],
  ['🎉\\y', '\\y', 'unrecognized escape sequence', 'write `y`'],
  ['a\\Z', '\\Z', 'unrecognized escape sequence', 'write `\\z`'],
  ['a\\x', '\\x', 'incomplete escape sequence', '`\\x41`'],
  ['\\x4G', 'G', 'invalid hexadecimal digit', '`\\x41`'],
  ['\\x{110000}', '110000}', 'hexadecimal literal is not a Unicode scalar value', '`\\x{1F389}`'],
  ['a\\p', '\\p', 'incomplete escape sequence', '`\\p{L}`'],
  ['\\p{L', '\\p{L', 'incomplete escape sequence', '`\\p{L}`'],
  ['a\\p{Elvish}', '\\p{Elvish}', 'Unicode property not found', '`\\p{L}`'],
  ['\\p{Script=Elvish}', '\\p{Script=Elvish}', 'Unicode property value not found', '`\\p{Script=Han}`'],
  ['a(?=b)', '(?=b)', 'look-around', "`engine: 'js'`"],
  ['(?<!b)a', '(?<!b)a', 'look-around', "`engine: 'js'`"],
  ['(a)\\1', '\\1', 'backreferences', "`engine: 'js'`"],
  ['(?<q>a)\\k<q>', '\\k<q>', 'unrecognized escape sequence', "`engine: 'js'`"],
  ['(?P<q>a)(?P=q)', 'P=q)', 'unrecognized flag', "`engine: 'js'`"],
  ['(?>a)', '>a)', 'unrecognized flag', '`(?:…)`'],
  ['(?i-)a', '-)a', 'dangling flag negation operator', '`(?-i)`'],
  ['(?ii)a', 'i)a', 'duplicate flag', 'once'],
  ['(?<n', '(?<n', 'unclosed capture group name', '`(?<name>…)`'],
  ['(?<>a)', '>a)', 'empty capture group name', '`(…)`'],
  ['(?<1>a)', '1>a)', 'invalid capture group character', 'no digit'],
  ['(?<n>a)(?<n>b)', 'n>b)', 'duplicate capture group name', 'a name of its own'],
  // Rewritten before it comes to the engine: the place is that in what was written.
  ['\\Aa\\z(', '(', 'unclosed group', 'close it'],
  ['\0\\\0(', '(', 'unclosed group', 'close it'],
  ['(?x)a # (\n[z-a]', 'z-a]', 'invalid character class range', 'smaller character first'],
]

describe('a pattern that cannot be read is told of with its place and what to do', () => {
  test.for(faults)('%j', async ([pattern, culprit, reason, advice]) => {
    const said = await saidOf(pattern)
    const [, place] = /^Invalid pattern at character (\d+): /.exec(said ?? '') ?? []
    expect(pattern.slice(Number(place) - 1), said).toBe(culprit)
    expect(said).toContain(`: ${reason}`)
    expect(said).toContain(advice)
    expect(said?.endsWith(`(${JSON.stringify(pattern)})`), said).toBe(true)
  })

  test('whatever else is asked for', async () => {
    const said = await saidOf('a[z-a]')
    const others: readonly Options[] = [{ ignoreCase: true }, { word: true }, { multiline: true }, { unicode: false }, ...(ripgrep === undefined ? [] : [{ engine: 'rg' } as const])]
    for (const options of others) expect(await saidOf('a[z-a]', options)).toBe(said)
    expect(await saidOf('a\\pL', { unicode: false })).toMatch(/^Invalid pattern at character 2: Unicode not allowed here; leave `unicode: false` out/)
  })

  test('a long one by the part around its place', async () => {
    const said = await saidOf(`${'x'.repeat(5_000)}[z-a]${'y'.repeat(5_000)}`)
    expect(said).toMatch(/^Invalid pattern at character 5002: .*\("…x{10,}\[z-a\]y{10,}…"\)$/)
    expect(said?.length).toBeLessThan(300)
  })

  test('a line end by where it is named', async () => {
    expect(await saidOf('ab\\n')).toBe('Invalid pattern at character 3: a line feed never stands within a line; `multiline: true` searches over several lines')
    expect(await saidOf('ab\n')).toBe(await saidOf('ab\\n'))
    expect(await saidOf('\\\\n|\\r')).toMatch(/^Invalid pattern at character 5: a carriage return /)
  })

  test('one that grows too large by that', async () => {
    expect(await saidOf('(\\w{1000}){1000}')).toMatch(/^Invalid pattern: it is too large once it is compiled; use smaller counts/)
  })
})

test('parentheses that stand for themselves close and open nothing', async () => {
  for (const pattern of ['[)]', '[^)]', '[])]', '[^])]', '[a[)]b)]', '[[:alpha:])]', '\\)', '(?x)a # )', '(?x: a # )\n)b', '(a[)(])']) expect(await saidOf(pattern), pattern).toBeUndefined()
})

test('a backslash before a line end or NUL has it stand for itself, and one before a backslash does not', async () => {
  await using texts = await openDocuments({ name: 'b', text: 'one\\\nn\n\\x00\n' })
  const linesOf = async (pattern: string): Promise<readonly number[]> => {
    const reply = await texts.grep({ pattern, ignoreCase: false, fixed: false, word: false, multiline: true, unicode: true, before: 0, after: 0, maxColumns: 100, engine: 'auto', docs: 1, max: 10, count: true, from: null })
    return 'invalid' in reply ? [] : reply.matches.map(({ line }) => line)
  }
  expect(await linesOf('e\\\\\nn')).toEqual([1])
  expect(await linesOf('\\\\\0')).toEqual([])
})
