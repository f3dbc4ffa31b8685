import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDocuments, type Documents } from '../../../../src/host/context/documents.ts'
import { openReplm, type Replm, type Session } from '../../../../src/index.ts'
import type { WireGrep, WireGrepMatch } from '../../../../src/protocol.ts'
import { compileRipgrep } from '../../../../src/host/context/grep/ripgrepModule.ts'
import { createRipgrep } from '../../../../src/host/context/grep/wasi.ts'
import { allMatches } from './allMatches.ts'
import { corpus } from './corpus.ts'
import { nativeMatches, ripgrep } from './native.ts'

type Search = Partial<WireGrep> & { readonly pattern: string }

/** What only has texts in it: the fast path, and for any other engine a pattern. */
const literals: readonly Search[] = [
  { pattern: 'foo' },
  { pattern: 'needle' },
  { pattern: 'x' },
  { pattern: 'zzz' },
  { pattern: ' ' },
  { pattern: '日本語' },
  { pattern: '🎉' },
  { pattern: 'a\\.b' },
  { pattern: 'foo|bar|needle' },
  { pattern: 'foo|foobar' },
  { pattern: 'foobar|foo' },
  { pattern: 'foo', ignoreCase: true },
  { pattern: 'k', ignoreCase: true },
  { pattern: 'stop|strasse', ignoreCase: true },
  { pattern: 'needle|BAR', ignoreCase: true },
  { pattern: 'foo', word: true },
  { pattern: 'caf|foo|naïve', word: true },
  { pattern: 'foo', word: true, unicode: false },
  { pattern: 'k', ignoreCase: true, unicode: false },
  { pattern: 'foo bar' },
  { pattern: '\t' },
]

/**
 * Patterns that match nothing at all in some place. Which of these an engine tells of, it decides for itself: ripgrep tells of places between the bytes
 * of a character, and of none at the end of a text without a final newline; JavaScript of one behind each other match.
 */
const empties: ReadonlySet<string> = new Set(['', '$', 'o*'])

/** What takes an engine, but only for lines that hold a text: an escaped one, one of each alternative, one beside what may be missing. */
const filtered: readonly Search[] = [
  { pattern: 'need(le)+' },
  { pattern: '(\\w+)\\.b' },
  { pattern: 'nee(d)le|日本(語)|ba[rz]' },
  { pattern: 'fo?ob(a)r|straße*' },
  { pattern: 'k?(e)lvin|(s)?trasse', ignoreCase: true },
  { pattern: '_$|\\+b' },
]

/** What takes an engine. */
const patterns: readonly Search[] = [
  { pattern: '' },
  { pattern: '^' },
  { pattern: '$' },
  { pattern: '^$' },
  { pattern: 'o*' },
  { pattern: '.' },
  { pattern: 'foo$' },
  { pattern: '^\\w+' },
  { pattern: '\\bfoo\\b' },
  { pattern: 'f(o+)(b?)' },
  { pattern: '[^ ]+e' },
  { pattern: 'straße', ignoreCase: true },
  { pattern: 'CAFÉ|ï', ignoreCase: true },
  { pattern: 'é' },
  { pattern: '\\d+' },
  { pattern: '[a-c]\\.?b' },
  { pattern: '(?:needle){1,2}' },
  { pattern: 'n.{4}e', word: true },
  { pattern: 'foo.*bar' },
  ...filtered,
]

const texts = corpus()
const folder = mkdtempSync(join(tmpdir(), 'replm-grep-'))
const files = texts.map((_, index) => join(folder, `${index}.txt`))
let documents: Documents
let replm: Replm
let session: Session

beforeAll(async () => {
  for (const [index, { bytes }] of texts.entries()) writeFileSync(files[index] ?? '', bytes)
  documents = await openDocuments(files)
  replm = await openReplm({ store: ':memory:' })
  session = await replm.openSession({ context: files, limits: { memoryMb: 512, cpuMs: 120_000, valueBytes: 1e9 } })
})

afterAll(async () => {
  await documents.close()
  await replm[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** The same as a pattern that is nothing but a text to nobody. */
function asPattern({ pattern, ...rest }: Search): Search {
  return { ...rest, pattern: `(?:${pattern})` }
}

async function byDocument(search: Search): Promise<readonly (readonly Omit<WireGrepMatch, 'doc'>[])[]> {
  const { matches } = await allMatches(documents, search)
  return files.map((_, index) => matches.filter(({ doc }) => doc === index).map(({ doc: _doc, ...match }) => match))
}

/** Thousands of matches are not shown to anybody: the first difference is. */
function expectSame(got: readonly object[], expected: readonly object[], what?: string): void {
  const at = Array.from({ length: Math.max(got.length, expected.length) }).findIndex((_, index) => !isDeepStrictEqual(got[index], expected[index]))
  if (at !== -1) expect({ what, at, match: got[at] }).toEqual({ what, at, match: expected[at] })
}

/** What of a match is not as the text of its document has it. */
function wrong({ line, column, offset, text: shown, submatches }: WireGrepMatch, text: string, lines: readonly string[]): boolean {
  const whole = lines[line - 1] ?? ''
  const first = submatches[0]
  const isRight =
    first !== undefined &&
    text.slice(offset, offset + first.text.length) === first.text &&
    column === first.start + 1 &&
    shown === (line === lines.length ? whole : whole.replace(/\r$/, '')).slice(0, 4_000) &&
    submatches.every((submatch) => whole.slice(submatch.start, submatch.end).startsWith(submatch.text))
  return !isRight
}

describe('every match stands where the text of its document has it', () => {
  const known = texts.map(({ bytes }) => bytes.toString('utf8'))
  const lines = known.map((text) => text.split('\n'))
  test.for([...literals, ...patterns])('$pattern', async (search) => {
    const { matches, total } = await allMatches(documents, search)
    expect(total).toBe(matches.length)
    expect(matches.find((match) => wrong(match, known[match.doc] ?? '', lines[match.doc] ?? []))).toBe(undefined)
  })
})

describe('a text is found as the same text in a pattern is', () => {
  test.for(literals)('$pattern', async (search) => {
    expectSame((await allMatches(documents, search)).matches, (await allMatches(documents, asPattern(search))).matches)
  })
})

describe('to leave out lines that cannot match changes nothing', () => {
  test.for([...filtered, { pattern: '^(\\w+)bar', word: true }, { pattern: 'n(e+)dle$', before: 1, after: 1 }] satisfies readonly Search[])('$pattern', async (search) => {
    expectSame((await allMatches(documents, search)).matches, (await allMatches(documents, asPattern(search))).matches)
  })
})

describe.runIf(ripgrep !== undefined)('all that the machine\'s own ripgrep finds is found, and nothing else', () => {
  test.for([...literals, ...patterns])('$pattern', async (search) => {
    const found = await byDocument(search)
    for (const [index, { what, bytes }] of texts.entries()) {
      // Bytes that are no text are what a program sees of them.
      const valid = Buffer.from(bytes.toString('utf8'))
      const file = join(folder, `valid-${index}.txt`)
      writeFileSync(file, valid)
      const expected = nativeMatches(file, valid, search).map(({ submatches, text, ...match }) => ({
        ...match, text: text.slice(0, 4_000), submatches: submatches.map(({ text: part, ...place }) => ({ ...place, text: part.slice(0, 4_000) })),
      }))
      const got = (found[index] ?? []).map(({ cut: _cut, ...match }) => match)
      if (empties.has(search.pattern)) expectSame(got.map(({ line, text }) => ({ line, text })), expected.map(({ line, text }) => ({ line, text })), what)
      else expectSame(got, expected, what)
    }
  })

  test('and asked for by name it finds the same', async () => {
    for (const search of [{ pattern: 'foo', before: 1 }, { pattern: '\\bn\\w+e\\b', ignoreCase: true }]) expectSame((await allMatches(documents, { ...search, engine: 'rg' })).matches, (await allMatches(documents, asPattern(search))).matches)
  })
})

test.runIf(ripgrep === undefined)('ripgrep is not installed: what it finds was not compared', (context) => context.skip())

describe('a pattern over several lines finds the same with every engine, each record what shares a line', () => {
  /** Text of all matches, at their places in the document. */
  const flat = (matches: readonly Pick<WireGrepMatch, 'offset' | 'submatches'>[]): readonly object[] =>
    matches.flatMap(({ offset, submatches }) => submatches.map(({ start, end }) => ({ at: offset - (submatches[0]?.start ?? 0) + start, length: end - start })))

  test.for(['foo\\s+bar', 'needle\\n', '[^o\\n]o\\r?\\n', 'o\\s+b', '\\n\\n', 'bar\\r?\\n[a-z]'])('%s', async (pattern) => {
    const search = { pattern, multiline: true }
    const one = await allMatches(documents, search)
    expect(one.total).toBe(one.matches.length)
    const { value } = await session.run(`await grep(${JSON.stringify(pattern)}, { multiline: true, engine: 'js', max: 1e6 })`)
    expectSame(value as readonly WireGrepMatch[], one.matches)
    if (ripgrep === undefined) return
    expectSame((await allMatches(documents, { ...search, engine: 'rg' })).matches, one.matches)
    for (const [index, { bytes }] of texts.entries()) {
      const valid = Buffer.from(bytes.toString('utf8'))
      const file = join(folder, `valid-${index}.txt`)
      writeFileSync(file, valid)
      // It tells of neighbours together, and of line feeds in matches.
      const native = flat(nativeMatches(file, valid, search)) as readonly { readonly at: number }[]
      expectSame((flat(one.matches.filter(({ doc }) => doc === index)) as readonly { readonly at: number }[]).map(({ at }) => ({ at })), native.map(({ at }) => ({ at })), texts[index]?.what)
    }
  })

  test('how many there are does not depend on how many are wanted, and these are the first ones', async () => {
    const own = await replm.openSession({ context: ['a\na\na\na\n', 'foo bom\nfoo\n', 'a😀b\r\na\r\n'].map((text, index) => ({ name: `${index}`, text })) })
    const { value } = await own.run(`
      const wrong = []
      for (const pattern of ['a\\\\n', 'a', '[^o]+', '\\\\n', 'o?', 'b\\\\s+a'])
        for (const engine of ['auto', 'js'])
          for (const word of [false, true]) {
            const all = await grep(pattern, { engine, word, multiline: true })
            for (const max of [0, 1, 2, 3, 7]) {
              const some = await grep(pattern, { engine, word, multiline: true, max })
              if (some.total !== all.total || some.truncated !== all.total > max || JSON.stringify(some) !== JSON.stringify(all.slice(0, max))) wrong.push({ pattern, engine, word, max, total: some.total, all: all.total })
            }
          }
      wrong
    `)
    expect(value).toEqual([])
  })

  test('nothing, between the halves of a character, is no match', async () => {
    const own = await replm.openSession({ context: [{ name: 'pair', text: 'a😀b' }] })
    const { value } = await own.run(`[(await grep('', { word: true, engine: 'js' })).total, (await grep('', { word: true })).total]`)
    expect(value).toEqual([0, 0])
  })
})

test('an engine that crashes ends as a program that does, and says so', async () => {
  const said: Buffer[] = []
  const words = ['--no-config', '--json', '--multiline', '--crlf', '--max-count=1', '-e', '[^o]+', '-']
  let read = 0
  const code = createRipgrep(await compileRipgrep()).run({ words, read: (target) => (read++ > 0 ? 0 : Buffer.from('foo\nfoo\n').copy(target)), write: () => undefined, writeError: (bytes) => void said.push(Buffer.from(bytes)) })
  expect([code, Buffer.concat(said).toString()]).toEqual([101, expect.stringContaining('panicked')])
})

describe('a pattern of JavaScript finds what the others find', () => {
  test.for([...literals, ...patterns])('$pattern', async ({ pattern, ...options }) => {
    // What is a digit, a word or of another case is not the same to both: docs/programs.md says so.
    const isDifferent = /\\d|\\b|\\w|straße|CAF/.test(pattern) || options.ignoreCase === true
    const { value } = await session.run(`
      const options = ${JSON.stringify({ ...options, max: 1e6, before: 1, after: 1 })}
      ;[await grep(${JSON.stringify(pattern)}, options), await grep(${JSON.stringify(pattern)}, { ...options, engine: 'js' })]
    `)
    const [one, other] = value as [readonly WireGrepMatch[], readonly WireGrepMatch[]]
    if (isDifferent) expect(other.length > 0).toBe(one.length > 0)
    else if (pattern === 'o*') expectSame(other.map(({ line, text }) => ({ line, text })), one.map(({ line, text }) => ({ line, text })))
    else expectSame(other, one)
  })
})
