import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReplm, type Replm } from '../../../../src/index.ts'
import { folderWith } from '../folder.ts'

let replm: Replm

beforeAll(async () => {
  replm = await openReplm({ store: ':memory:' })
})

afterAll(() => replm[Symbol.asyncDispose]())

const texts = { a: { name: 'a', text: 'one needle\ntwo\r\nthree Needle needle\n' }, b: { name: 'b', text: 'needle\nhay\n🎉 needle' } }

/** What a cell gives in a session over the two texts. */
async function valueOf(cell: string): Promise<unknown> {
  await using session = await replm.openSession({ context: [texts.a, texts.b] })
  return (await session.run(cell)).value
}

test('grep finds lines in all documents, docs[i].grep in one, and rlm_grep is another name for it', async () => {
  expect(
    await valueOf(`
      const matches = await grep('needle')
      ;({
        places: matches.map(({ doc, line, column, offset, text }) => [doc, line, column, offset, text]),
        submatches: matches[1].submatches,
        total: matches.total, truncated: matches.truncated, isArray: Array.isArray(matches), keys: Object.keys(matches).length,
        one: (await docs[1].grep('needle', { before: 1, after: 1 })).map(({ doc, line, before, after }) => [doc, line, before, after]),
        alias: (await rlm_grep('needle')).length,
        slices: await Promise.all(matches.map(({ doc, offset }) => docs[doc].slice(offset, offset + 6))),
      })`),
  ).toEqual({
    places: [
      [0, 1, 5, 4, 'one needle'],
      [0, 3, 14, 29, 'three Needle needle'],
      [1, 1, 1, 0, 'needle'],
      [1, 3, 4, 14, '🎉 needle'],
    ],
    submatches: [{ text: 'needle', start: 13, end: 19 }],
    total: 4,
    truncated: false,
    isArray: true,
    keys: 4,
    one: [
      [1, 1, [], ['hay']],
      [1, 3, ['hay'], []],
    ],
    alias: 4,
    slices: ['needle', 'needle', 'needle', 'needle'],
  })
})

test('an array is cut at max and says so, with the number of all', async () => {
  expect(await valueOf(`const [some, none] = [await grep('needle', { max: 3 }), await grep('needle', { max: 0 })]; [some.length, some.total, some.truncated, none.length, none.total, (await grep('needle', { max: 1e9 })).length]`)).toEqual([3, 4, true, 0, 4, 4])
})

test('documents are meant by name, number or handle, once each and in the order in which they are meant', async () => {
  expect(await valueOf(`const of = async (docs) => (await grep('needle', { docs })).map(({ doc }) => doc); [await of('b'), await of(1), await of([docs[1], 'a', 0])]`)).toEqual([[1, 1], [1, 1], [1, 1, 0, 0]])
})

test('options do what they say', async () => {
  expect(
    await valueOf(`
      const count = async (pattern, options) => (await grep(pattern, options)).total
      ;[await count('NEEDLE', { ignoreCase: true }), await count(/NEEDLE/i), await count('e.dle', { fixed: true }), await count('eedle', { word: true }), await count('two\\\\r?\\\\nthree', { multiline: true }),
        await count('^two$'), await count('\\\\w+', { unicode: false, docs: 'b' }), (await grep('needle', { maxColumns: 3 }))[0].text, (await grep('needle', { maxColumns: 3 }))[0].cut]`),
  ).toEqual([4, 4, 0, 0, 1, 1, 3, 'one', true])
})

describe('a pattern of JavaScript', () => {
  test('has look-around and backreferences, and finds what is near as the other engines do', async () => {
    expect(
      await valueOf(`
        const options = { engine: 'js', before: 1, after: 1 }
        ;[(await grep('(?<=three )\\\\w+', options)).map(({ line, column, submatches }) => [line, column, submatches[0].text]), (await grep('(e)\\\\1dle', { engine: 'js' })).total,
          JSON.stringify(await grep('needle', options)) === JSON.stringify(await grep('needle', { before: 1, after: 1 })),
          JSON.stringify(await grep('two\\\\r?\\\\nthree|hay', { engine: 'js', multiline: true, before: 1, after: 1 })) === JSON.stringify(await grep('two\\\\r?\\\\nthree|hay', { multiline: true, before: 1, after: 1 }))]`),
    ).toEqual([[[3, 7, 'Needle']], 4, true, true])
  })

  test('that sees halves of characters is told of by whole ones', async () => {
    expect(
      await valueOf(`
        const found = async (pattern, options) => (await grep(pattern, { engine: 'js', unicode: false, docs: 'b', ...options })).flatMap(({ column, submatches }) => [column, ...submatches.map(({ text, start, end }) => [text, start, end])])
        ;[await found('^..'), await found('.(?= needle)'), await found('\\\\ud83c'), await found('y\\n.', { multiline: true }), (await grep('', { engine: 'js', unicode: false, docs: 'b' })).map(({ submatches }) => submatches.length)]`),
    ).toEqual([[1, ['ne', 0, 2], 1, ['ha', 0, 2], 1, ['🎉', 0, 2]], [1, ['🎉', 0, 2]], [1, ['', 0, 0]], [3, ['y\n', 2, 4]], [7, 4, 9]])
  })

  test('searches no line that would take the memory of the program', async () => {
    await using session = await replm.openSession({ context: { name: 'long', text: `needle\n${'x'.repeat(17 * 1024 * 1024)}` } })
    expect((await session.run(`await grep('(?=needle)', { engine: 'js' }).catch(({ name, message }) => name + ': ' + message)`)).value).toBe(
      "RangeError: Line 2 of long is longer than 16777216 characters, which `engine: 'js'` does not search: leave `engine` out, or search the document's chunks",
    )
    // The session goes on.
    expect((await session.run(`(await grep('needle')).total`)).value).toBe(1)
  })

  test('that never ends is stopped by the CPU limit of the program, and the host goes on meanwhile', async () => {
    await using session = await replm.openSession({ context: { name: 'as', text: `${'a'.repeat(40)}!` }, limits: { cpuMs: 500 } })
    let turns = 0
    const timer = setInterval(() => turns++, 10)
    await expect(session.run(`await grep('(a+)+$', { engine: 'js' })`)).rejects.toMatchObject({ code: 'CPU' })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(5)
    // On the other engine it takes no time that anybody notices.
    expect((await session.run(`(await grep('(a+)+$')).total`)).value).toBe(0)
  })

  test('is not run by what a program has put on prototypes', async () => {
    expect(await valueOf(`
      RegExp.prototype.exec = Array.prototype.push = String.prototype.slice = () => { throw new Error('taken') }
      ;[(await grep('needle', { engine: 'js', after: 1 })).length, (await grep('needle')).length]`)).toEqual([4, 4])
  })
})

describe('what cannot be', () => {
  const errors = async (calls: readonly string[]): Promise<unknown> =>
    valueOf(`const errors = []; for (const call of [${calls.map((call) => `() => ${call}`).join(',')}]) await call().then(() => errors.push('none'), (error) => errors.push(error.name + ': ' + error.message)); errors`)

  test('a pattern that is none is a SyntaxError with its place, and the way out where there is one', async () => {
    expect(await errors([`grep('foo(')`, `grep('a)b')`, `grep('é[z-a]')`, `grep('a(?=b)')`, `grep('(a)\\\\1')`, `grep('a\\nb')`, `grep('\\ud83cx')`, `grep('x\\ud83c', { fixed: true })`, `grep('(', { engine: 'js' })`, `grep('(\\\\w{1000}){1000}')`])).toEqual([
      'SyntaxError: Invalid pattern at character 4: unclosed group; close it with `)`, or write `\\(` for a parenthesis ("foo(")',
      'SyntaxError: Invalid pattern at character 2: unopened group; open it with `(`, or write `\\)` for a parenthesis ("a)b")',
      'SyntaxError: Invalid pattern at character 3: invalid character class range, the start must be <= the end; put the smaller character first, or write `\\-` for a hyphen ("é[z-a]")',
      "SyntaxError: Invalid pattern at character 2: look-around, including look-ahead and look-behind, is not supported; `engine: 'js'` has look-around and backreferences (\"a(?=b)\")",
      "SyntaxError: Invalid pattern at character 4: backreferences are not supported; `engine: 'js'` has look-around and backreferences (\"(a)\\\\1\")",
      'SyntaxError: Invalid pattern at character 2: a line feed never stands within a line; `multiline: true` searches over several lines',
      'SyntaxError: Invalid pattern at character 1: half of a pair of surrogates, which no text holds',
      'SyntaxError: Invalid pattern at character 2: half of a pair of surrogates, which no text holds',
      'SyntaxError: Invalid pattern at character 1: Unterminated group ("(")',
      'SyntaxError: Invalid pattern: it is too large once it is compiled; use smaller counts of repetition, or several patterns',
    ])
  })

  test("a pattern that is none for `engine: 'js'` is one, too, with the place where it goes wrong, and what needs no escape may have one", async () => {
    const wrong = ['é(a(b)', 'x[abc', 'ab)', '\\\\p{Foo}', 'foo\\\\z', 'a{2,1}', 'a{,3}', '[z-a]', '(?<n>a)(?<n>b)']
    expect(await errors(wrong.map((pattern) => `grep('${pattern}', { engine: 'js' })`))).toEqual([
      'SyntaxError: Invalid pattern at character 2: Unterminated group ("é(a(b)")',
      'SyntaxError: Invalid pattern at character 2: Unterminated character class ("x[abc")',
      `SyntaxError: Invalid pattern at character 3: Unmatched ')' ("ab)")`,
      'SyntaxError: Invalid pattern at character 2: Invalid property name ("\\\\p{Foo}")',
      'SyntaxError: Invalid pattern at character 5: Invalid escape ("foo\\\\z")',
      'SyntaxError: Invalid pattern at character 6: numbers out of order in {} quantifier ("a{2,1}")',
      'SyntaxError: Invalid pattern at character 2: Incomplete quantifier ("a{,3}")',
      'SyntaxError: Invalid pattern at character 4: Range out of order in character class ("[z-a]")',
      'SyntaxError: Invalid pattern at character 14: Duplicate capture group name ("(?<n>a)(?<n>b)")',
    ])
    expect(await valueOf(`const found = await grep('needle\\\\-|\\\\"|needle', { engine: 'js' }); found.length === (await grep('needle')).length`)).toBe(true)
    expect(await errors([`grep(/\\-\\z/, { engine: 'js' })`])).toEqual(['none'])
  })

  test('options of other types, names and numbers are TypeErrors and RangeErrors that show them', async () => {
    expect(await errors([`grep()`, `grep(5)`, `grep('a', 'i')`, `grep('a', { ignorecase: true })`, `grep('a', { word: 1 })`, `grep('a', { max: -1 })`, `grep('a', { max: '5' })`, `grep('a', { before: 1e6 })`, `grep('a', { maxColumns: 0 })`, `grep('a', { engine: 'pcre' })`, `grep('a', { docs: 'c' })`, `grep('a', { docs: 2 })`, `grep('a', { docs: {} })`, `docs[0].grep('a', { docs: 1 })`, `grep('a', { signal: {} })`, `grep('a'.repeat(1e6))`])).toEqual([
      'TypeError: Expected `pattern` to be a string or a RegExp, got undefined',
      'TypeError: Expected `pattern` to be a string or a RegExp, got 5',
      "TypeError: Expected the options of grep to be an object, got 'i'",
      expect.stringMatching(/^TypeError: Expected the options of grep to be among .*, got `ignorecase`$/),
      'TypeError: Expected `word` to be a boolean, got 1',
      'RangeError: Expected `max` to be a whole number from 0 up, got -1',
      "TypeError: Expected `max` to be a whole number from 0 up, got '5'",
      'RangeError: Expected `before` to be a whole number from 0 to 1000, got 1000000',
      'RangeError: Expected `maxColumns` to be a whole number from 1 to 65536, got 0',
      "RangeError: Expected `engine` to be 'auto', 'js' or 'rg', got 'pcre'",
      'RangeError: Expected `docs` to name a document, got \'c\'; the first of 2 is "a"',
      'RangeError: Expected `docs` to be the number of one of 2 documents, from 0, got 2',
      "TypeError: Expected `docs` to be a document's name, number or handle, got {}",
      expect.stringMatching(/^TypeError: Expected the options of grep to be among .*, got `docs`$/),
      'TypeError: Expected `signal` to be an AbortSignal, got {}',
      'RangeError: Expected `pattern` to be at most 65536 characters, got 1000000',
    ])
  })
})

test('NULs, returns and marks are found like any other character', async () => {
  await using session = await replm.openSession({ context: { name: 'odd', text: 'a\0b\r c\r\nx\ufeffy\r\n' } })
  const { value } = await session.run(String.raw`const count = async (...given) => (await grep(...given)).total; [await count('a\0b'), await count('a\x00b'), await count('[\0]'), await count('b\r'), await count('c\r'), await count('\r', { fixed: true }), await count('x\ufeff')]`)
  expect(value).toEqual([1, 1, 1, 1, 0, 1, 1])
})

test('ten thousand searches at once are all answered', async () => {
  await using session = await replm.openSession({ context: [texts.a, texts.b] })
  const { value } = await session.run(`(await Promise.all(Array.from({ length: 10_000 }, (_, index) => grep(index % 10 === 0 ? 'need[l]e' : 'needle')))).every((matches) => matches.length === 4)`)
  expect(value).toBe(true)
})

describe('a stream', () => {
  test('ends with the reason of its signal, whatever it has found already', async () => {
    const program = (engine: string): string => `const controller = new AbortController()
      let count = 0
      try { for await (const _ of grep.stream('needle', { engine: '${engine}', signal: controller.signal })) if (++count === 2) controller.abort(new Error('enough')) } catch (error) { count += ' ' + error.message }
      count`
    expect(await valueOf(`{ ${program('auto')} }`)).toBe('2 enough')
    expect(await valueOf(`{ ${program('js')} }`)).toBe('2 enough')
  })

  test('gives all matches one by one, as many as are asked for, and to steps that do not wait for each other', async () => {
    const path = join(folderWith({}), 'many.txt')
    writeFileSync(path, Array.from({ length: 20_000 }, (_, line) => `${line} needle\n`).join(''))
    await using session = await replm.openSession({ context: path })
    const { value } = await session.run(`
      let count = 0, ordered = true, last = 0
      for await (const { line } of grep.stream('needle')) { count++; ordered &&= line === ++last }
      const some = []
      for await (const { line } of docs[0].grep.stream('n[e]edle', { max: 3 })) some.push(line)
      const few = []
      for await (const { line } of grep.stream('needle', { engine: 'js' })) { few.push(line); if (few.length === 2) break }
      const steps = grep.stream('needle', { max: 2 })
      ;[count, ordered, some, few, (await Promise.all([steps.next(), steps.next(), steps.next()])).map(({ done, value }) => done ? null : value.line)]`)
    expect(value).toEqual([20_000, true, [1, 2, 3], [1, 2], [1, 2, null]])
  })

  test('takes calls in their turn, as an async generator does, and ends with `return` and `throw`', async () => {
    expect(await valueOf(`
      const results = []
      const of = (iterable) => iterable[Symbol.asyncIterator]()
      async function* native() { yield 1; yield 2; yield 3 }
      for (const make of [native, () => grep.stream('needle'), () => docs[0].chunks({ chars: 10 })]) {
        const one = of(make())
        const first = one.next()
        const told = await Promise.all([first, one.next(), one.return('over'), one.next()])
        const other = of(make())
        const thrown = await other.throw(new Error('mine')).catch(({ message }) => message)
        results.push([...told.map(({ value, done }) => [done ? value : typeof value, done]), thrown, (await other.next()).done].map(String).join(' ').replaceAll(/number|object|string/g, 'value'))
      }
      results`)).toEqual(Array.from({ length: 3 }, () => 'value,false value,false over,true ,true mine true'))
  })

  test('asks for nothing before its first step, and rejects it for a pattern that is none', async () => {
    expect(await valueOf(`const stream = grep.stream('('); stream.next().then(() => 'none', (error) => error.name)`)).toBe('SyntaxError')
  })
})

test('a search is called off by its signal with its reason, and by the end of the cell', async () => {
  const path = join(folderWith({}), 'large.txt')
  writeFileSync(path, Buffer.alloc(40_000_000, `${'a'.repeat(99)}\n`))
  await using session = await replm.openSession({ context: path })
  const { value } = await session.run(`
    const controller = new AbortController()
    const found = grep('(a?){40}b', { signal: controller.signal }).then(() => 'found', (reason) => reason)
    controller.abort('enough')
    ;[await found, await grep('a', { signal: AbortSignal.abort('before') }).catch((reason) => reason), (await grep('aaa', { max: 0 })).total]`)
  expect(value).toEqual(['enough', 'before', 400_000])
  const run = session.start(`await grep('(a?){40}b')`)
  await run.interrupt()
  await expect(run.result).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect((await session.run(`(await grep('aaa', { max: 0 })).total`)).value).toBe(400_000)
})

describe('a session that is brought back', () => {
  test('finds again what it found, without having kept it', async () => {
    const path = join(folderWith({ 'a.txt': 'one needle\ntwo\n' }), 'a.txt')
    await using session = await replm.openSession({ context: path, limits: { memoryMb: 64, cpuMs: 500 } })
    await session.run(`const kept = await grep('needle'); const names = kept.map(({ text }) => text)`)
    // Ends the sandbox: the next cell brings it back from the tape.
    await expect(session.run('Promise.resolve().then(() => { for (;;); })')).rejects.toMatchObject({ code: 'CPU' })
    expect((await session.run('[names, kept.total]')).value).toEqual([['one needle'], 1])
  })

  test('is CHANGED when a search finds something else now', async () => {
    const store = join(folderWith({}), 'store.sqlite')
    const path = join(folderWith({ 'a.txt': 'one needle\ntwo\n' }), 'a.txt')
    let id: string
    {
      await using first = await openReplm({ store })
      await using session = await first.openSession({ context: path })
      id = session.id
      await session.run(`const kept = await grep('needle')`)
    }
    appendFileSync(path, 'needle\n')
    await using second = await openReplm({ store })
    await using session = await second.openSession({ id })
    await expect(session.run('kept.length')).rejects.toMatchObject({ code: 'CHANGED' })
  })
})
