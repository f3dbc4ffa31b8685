/** What a session offers to a prompt: names, variables, whether a text is a cell, `_`, more documents, another model, another way, another budget. */
import { afterAll, describe, expect, test } from 'vitest'
import { defineProvider, openReplm, type Replm, ReplmError, type Session } from '../../src/index.ts'

const models = (name: string) => defineProvider({ name, pricing: 'free', query: async ({ prompt, model }) => ({ text: `${name}/${model}: ${prompt}`, usage: { inputTokens: 1, outputTokens: 1 } }) })

let shared: Promise<Replm> | undefined
async function openSession(options: Parameters<Replm['openSession']>[0] = {}): Promise<Session> {
  shared ??= openReplm({ providers: [models('one'), models('two')], model: 'one/a', store: ':memory:' })
  return (await shared).openSession(options)
}
afterAll(async () => (await shared)?.[Symbol.asyncDispose]())

let looking: Promise<Session> | undefined

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => 'fulfilled', (error: unknown) => (error instanceof ReplmError ? error.code : error))
}

describe('names at the end of a text', () => {
  const cell = `let alpha = { beta: 1, get gamma() { ran.push('getter'); return { delta: 1 } }, items: [{ epsilon: 1 }] }
    const constant = 'text', ran = []
    const forward = new Proxy({ target: 1 }, { get: () => ran.push('get'), ownKeys: () => ran.push('ownKeys') && [], getPrototypeOf: () => ran.push('prototype') && null, getOwnPropertyDescriptor: () => void ran.push('descriptor') })
    class Kind { member() {} static made = 1 }
    var kind = new Kind()
    const long = new Array(2e6).fill(0)
    function callable() {}`
  let open: Promise<Session> | undefined
  /** One session for all that only look. */
  function prepared(): Promise<Session> {
    open ??= openSession().then(async (session) => {
      await session.run(cell)
      return session
    })
    return open
  }

  test.each([
    ['al', 0, ['alpha']],
    ['await llmQuery(al', 15, ['alpha']],
    ['alpha.', 6, ['beta', 'gamma', 'items']],
    ['alpha?.be', 7, ['beta']],
    ['alpha.items[0].', 15, ['epsilon']],
    ['alpha["items"]?.[0].eps', 20, ['epsilon']],
    ['kind.mem', 5, ['member']],
    ['Kind.ma', 5, ['made']],
    ['callable.na', 9, ['name']],
    ['constant.toUpperC', 9, ['toUpperCase']],
    ['"literal".padS', 10, ['padStart']],
    ['/x/.ig', 4, ['ignoreCase']],
    ['`${alpha.be', 9, ['beta']],
    ['this.alp', 5, ['alpha']],
    ['llmBatchQ', 0, ['llmBatchQuery']],
    ['const value: string = constant.trimS', 31, ['trimStart']],
    ['retu', 0, ['return']],
  ])('%s', async (text, from, names) => {
    const session = await prepared()
    const found = await session.complete(text)
    expect(found.from).toBe(from)
    expect(found.names).toEqual(expect.arrayContaining(names))
    expect(found.names.slice(0, names.length)).toEqual(names)
  })

  test.each(['"in a string al', '// in a comment al', '`in a template al', 'callable().', 'alpha.gamma.', 'missing.', '1.', 'alpha.missing.'])('there are none behind %s', async (text) => {
    const session = await prepared()
    expect((await session.complete(text)).names).toEqual([])
  })

  test('no getter and no trap is run for them, nor for the list of variables', async () => {
    const session = await prepared()
    for (const text of ['alpha.', 'alpha.gamma.', 'forward.', 'forward.target.', 'f', 'long.', 'globalThis.']) await session.complete(text)
    await session.variables()
    expect((await session.run('ran.length')).value).toBe(0)
    expect((await session.complete('forward.')).names[0]).toBe('target')
    expect((await session.complete('long.')).names).toContain('map')
  })

  test('they are there when the program has broken what it could', async () => {
    await using session = await openSession()
    await session.run('Array.prototype.push = Object.keys = Reflect.ownKeys = String.prototype.startsWith = RegExp.prototype.exec = () => { throw 1 }; Object.prototype.toJSON = () => 1; var still = { here: 1 }')
    expect((await session.complete('still.he')).names).toEqual(['here'])
    expect(await session.variables()).toMatchObject([{ name: 'still', kind: 'Object', text: '{ here: 1 }' }])
  })

  test('a constant that something assigns to has its members, too', async () => {
    await using session = await openSession()
    await session.run('const fixed = { member: 1 }; () => { fixed = 2 }')
    expect((await session.complete('fixed.mem')).names).toEqual(['member'])
  })

  test('there are none while no sandbox holds them: asking does not replay the cells, the next cell does', async () => {
    const earlier = await openSession()
    await earlier.run('let alpha = { beta: 1 }')
    await earlier[Symbol.asyncDispose]()
    await using session = await openSession({ id: earlier.id })
    expect(await session.complete('alpha.')).toEqual({ from: 6, names: [] })
    const run = session.start('alpha.beta')
    const types: string[] = []
    for await (const { type } of run.events) types.push(type)
    expect(types).toContain('session.rebuilt')
    expect((await run.result).value).toBe(1)
    expect((await session.complete('alpha.')).names[0]).toBe('beta')
  })

  test('asking changes nothing: the next cell is as if nobody had asked', async () => {
    const values: unknown[] = []
    for (const asks of [0, 3]) {
      await using session = await openSession()
      await session.run('let n = 1; setTimeout(() => n++, 0)')
      for (let count = 0; count < asks; count++) await Promise.all([session.complete('n.'), session.variables(), session.checkSyntax('n')])
      values.push((await session.run('await sleep(5); n')).value)
    }
    expect(values).toEqual([2, 2])
  })
})

test('variables are listed with what they are', async () => {
  await using session = await openSession()
  await session.run('const text = "a"; let list = [1, 2], none = null; function f() {} class A {}; var a = new A()')
  expect((await session.variables()).map(({ name, kind, text }) => `${name} ${kind} ${text}`).toSorted()).toEqual([
    'A function [class A]', 'a A A {}', 'f function [Function: f]', 'list Array [ 1, 2 ]', 'none null null', "text string 'a'",
  ])
})

test.each([
  ['1 + 1', 'complete'],
  ['let x: number = 1', 'complete'],
  ['const f = () => {', 'incomplete'],
  ['`template', 'incomplete'],
  ['/* comment', 'incomplete'],
  ['[1, 2', 'incomplete'],
  ['const = 1', 'wrong'],
  ['}', 'wrong'],
  ['', 'complete'],
])('%j is %s', async (text, state) => {
  looking ??= openSession()
  const session = await looking
  expect(await session.checkSyntax(text)).toBe(state)
})

test('a text is read before the first cell and after a sandbox has died, and the next cell runs', async () => {
  await using session = await openSession()
  expect(await session.checkSyntax('(')).toBe('incomplete')
  expect((await session.run('1')).value).toBe(1)
  const run = session.start('while (true);')
  for await (const event of run.events) if (event.type === 'cell.started') {
    run.interrupt()
    run.interrupt()
  }
  expect(await codeOf(run.result)).toBe('INTERRUPTED')
  expect(await Promise.all([session.checkSyntax('('), session.checkSyntax(')'), session.scriptOf(['1'])])).toEqual(['incomplete', 'wrong', ['1']])
  expect((await session.run('2')).value).toBe(2)
})

describe('_ and _error', () => {
  test('they are what the last cell gave and what the last failed one threw', async () => {
    await using session = await openSession({ underscore: true })
    await session.run('({ a: 1 })')
    await session.run('let nothing = 1')
    expect((await session.run('_.a')).value).toBe(1)
    await codeOf(session.run('throw new RangeError("no")'))
    expect((await session.run('[_error.name, _error.message, _]')).value).toEqual(['RangeError', 'no', 1])
    expect((await session.variables()).map(({ name }) => name)).toEqual(['nothing'])
  })

  test('a program that gives the name a meaning keeps it', async () => {
    for (const cell of ['const _ = { chunk: 1 }', '_ = { chunk: 1 }', 'var _ = { chunk: 1 }']) {
      await using session = await openSession({ underscore: true })
      await session.run('5')
      await session.run(cell)
      await session.run('6')
      expect((await session.run('_.chunk')).value, cell).toBe(1)
    }
  })

  test('a session that did not ask for them has none', async () => {
    await using session = await openSession()
    await session.run('5')
    expect((await session.run('typeof _')).value).toBe('undefined')
  })
})

describe('documents that are loaded later', () => {
  test('they stand behind the others, can be read, and are in `context`', async () => {
    await using session = await openSession({ context: [{ name: 'a', text: 'first\ntext' }] })
    expect((await session.run('const before = docs; context')).value).toBe('first\ntext')
    expect((await session.load([{ name: 'b', text: 'second' }])).map(({ name, bytes }) => [name, bytes])).toEqual([['b', 6]])
    expect((await session.run('[docs.map(({ name }) => name), await docs[1].slice(), context, before.length]')).value).toEqual([['a', 'b'], 'second', ['first\ntext', 'second'], 1])
    expect(await Promise.all(session.documents.map((document) => document.countLines()))).toEqual([2, 1])
  })

  test('a session that has not begun yet, or whose sandbox died, has them as well', async () => {
    await using session = await openSession()
    await session.load({ name: 'a', text: 'one' })
    expect((await session.run('context + docs.length')).value).toBe('one1')
    const run = session.start('while (true);')
    for await (const event of run.events) if (event.type === 'cell.started') {
      run.interrupt()
      run.interrupt()
    }
    expect(await codeOf(run.result)).toBe('INTERRUPTED')
    expect((await session.run('context + docs.length')).value).toBe('one1')
  })

  test('a source that is not there adds nothing', async () => {
    await using session = await openSession()
    expect(await codeOf(session.load(['/nowhere/at/all.txt']))).toBe('NOT_FOUND')
    expect((await session.run('docs.length')).value).toBe(0)
  })
})

describe('changes while a session is open', () => {
  test('another model answers from the next question on, in this session only', async () => {
    await using session = await openSession()
    await using other = await openSession()
    expect((await session.run('await llmQuery("q")')).value).toBe('one/a: q')
    await session.setModel('two/b')
    expect((await session.run('[await llmQuery("q"), await llmQuery("q", { model: "one/a" })]')).value).toEqual(['two/b: q', 'one/a: q'])
    expect((await other.run('await llmQuery("q")')).value).toBe('one/a: q')
    expect(await codeOf(session.setModel('missing/x'))).toBe('CONFIG')
    expect(await codeOf(session.setModel('no model'))).toBeInstanceOf(RangeError)
    expect((await session.run('await llmQuery("q")')).value).toBe('two/b: q')
  })

  test('questions take another way, and give the same', async () => {
    await using replm = await openReplm({ model: 'sim/echo', store: ':memory:', dispatch: 'async' })
    await using session = await replm.openSession()
    const values = []
    for (const path of ['async', 'pool', 'auto', 'async'] as const) {
      replm.setDispatch(path)
      expect(replm.dispatch).toBe(path)
      values.push((await session.run('await llmBatchQuery(["a", "b"])')).value)
    }
    expect(values).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['a', 'b']])
    expect(() => replm.setDispatch('other' as 'pool')).toThrow('Expected `dispatch` to be')
  })

  test('a budget that is raised lets the session go on, and keeps what was not named', async () => {
    await using replm = await openReplm({ model: 'sim/echo', store: ':memory:', budget: { queries: 1, tokens: 1_000 } })
    await using session = await replm.openSession()
    await session.run('await llmQuery("a")')
    expect(await codeOf(session.run('await llmQuery("b")'))).toBe('BUDGET')
    replm.setBudget({ queries: 2 })
    expect((await session.run('await llmQuery("b")')).value).toBe('b')
    expect(replm.budget().limit).toEqual({ usd: null, queries: 2, tokens: 1_000 })
    expect(() => replm.setBudget({ queries: -1 })).toThrow(RangeError)
  })
})

test('cells become parts of one script, in which no name is declared twice', async () => {
  await using session = await openSession()
  const cells = ['const x = 1, once = 2', 'let x', 'call()\nfunction call() { return x }', 'function call(): number { return 2 }', 'class A {}', 'const A = 3; if (x) { var y = 4 }', 'let { y } = { y: 5 }', '([x])\n[0]', 'not a cell', '[x, once, call(), A, y]']
  const parts = await session.scriptOf(cells)
  expect(parts).toHaveLength(cells.length)
  expect(parts[8]).toBe('// not a cell')
  const { value } = await session.run(parts.join('\n'))
  expect(value).toEqual([undefined, 2, 2, 3, 5])
})
