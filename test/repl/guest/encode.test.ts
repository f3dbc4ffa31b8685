import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { maxMessageUnits } from '../../../src/protocol.ts'
import { maxPieceUnits } from '../../../src/repl/guest/encode.ts'
import { openGuest } from './openGuest.ts'

const guest = openGuest()

describe('a value crosses as structured clone copies it', () => {
  test.each([
    'undefined', 'null', 'true', '0', '-0', 'NaN', 'Infinity', '-Infinity', '1e308', '10n', '-255n', '2n ** 200n', '""', '"日本 \\ud83d\\ude00"', '"\\ud800x"', '"a".repeat(1000)',
    '({})', '[]', '({a: 1, b: [2, {c: null}]})', '({a: undefined})', '[1, undefined, , 3]', '[, ,]', '[-0, [NaN]]', '({a: [{b: new Date(0)}]})', 'Object.create(null)',
    'Object.assign(Object.create(null), {a: 1})', '({["__proto__"]: {polluted: 1}})', '({["__proto__"]: new Map})', 'JSON.parse(\'{"__proto__": 1, "constructor": 2}\')',
    'new Date(5)', 'new Date(NaN)', 'new Map([[1, {a: 1}], [{k: 1}, new Set([1])]])', 'new Set', 'new Map([["a", new Map([["b", 1n]])]])',
    'new Uint8Array([1, 2, 3])', 'new Float64Array([1.5, NaN])', 'new BigInt64Array([1n, -2n])', 'new Float16Array([1.5])', 'new ArrayBuffer(3)', 'new DataView(new ArrayBuffer(4), 1, 2)',
    '{ const b = new ArrayBuffer(8); [new Uint8Array(b, 2, 3), new Int16Array(b), b] }',
    'new Number(3)', 'new Number(-0)', 'Object(1n)', 'new String("abc")', 'new Boolean(false)',
    'Object.assign([1, 2], {x: 1})', '"abc".match(/b/)', '{ const a = []; a[1000000] = 1; a }', '{ const a = []; a[4294967293] = 1; a.foo = 2; a }', 'new Array(1e8)',
    '{ class A { constructor() { this.x = 1 } get y() { return 1 } }; new A }', 'new (class extends Map { })([[1, 2]])', 'new (class extends Array { })(3)',
    'Array.from({length: 1000}, (_, i) => ({i, s: "x" + i}))', 'Array.from({length: 20000}, (_, i) => i % 7 ? i : undefined)', '({a: 1, [Symbol("s")]: 2})',
    '({toJSON: 5})', '[new Uint8Array(7), 5n, new ArrayBuffer(2), Object(3n)]',
  ])('%s', (program) => {
    const copy: unknown = structuredClone(runInThisContext(program))
    const value = guest.cross(program)
    expect(value).toStrictEqual(copy)
    expect(Object.is(value, -0)).toBe(Object.is(copy, -0))
  })

  test('with its cycles and shared parts', () => {
    const value = guest.cross('{ const o = {list: []}; o.self = o; o.list.push(o, o.list); o.map = new Map([[o, o]]); o }') as { list: unknown[]; self: unknown; map: Map<unknown, unknown> }
    expect(value.self).toBe(value)
    expect(value.list).toEqual([value, value.list])
    expect(value.map.get(value)).toBe(value)
    const [a, b] = guest.cross('{ const s = {}; [s, s] }') as [object, object]
    expect(a).toBe(b)
  })

  test('and two views of one buffer still share it', () => {
    const [bytes, words] = guest.cross('{ const b = new ArrayBuffer(4); [new Uint8Array(b), new Uint16Array(b)] }') as [Uint8Array, Uint16Array]
    bytes[0] = 7
    expect(words[0]).toBe(7)
  })

  test('an error keeps class, name, message, stack, cause and errors, with the frames of the program only', () => {
    const error = guest.cross('new RangeError("far", {cause: {at: 1}})') as Error
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ name: 'RangeError', message: 'far', cause: { at: 1 }, stack: 'RangeError: far\n    at cell:1:1' })
    const own = guest.cross('{ class Mine extends Error { name = "Mine" }; new Mine("m") }') as Error
    expect(own.name).toBe('Mine')
    expect(own.stack).not.toContain('node:')
    const many = guest.cross('new AggregateError([new Error("a")], "b")') as AggregateError
    expect((many.errors as Error[])[0]?.message).toBe('a')
  })

  test('a pattern becomes its source and flags: no pattern of the guest is compiled on the host', () => {
    expect(guest.cross('[/(a+)+$/gi]')).toEqual([{ source: '(a+)+$', flags: 'gi' }])
  })
})

describe('nothing of the program runs while its value crosses', () => {
  test('accessors are left out, in arrays they are undefined', () => {
    expect(guest.cross('({get a() { throw 1 }, set b(v) { }, c: 1})')).toStrictEqual({ c: 1 })
    expect(guest.cross('Object.defineProperty([1, 2], 0, {get() { throw 1 }, enumerable: true})')).toStrictEqual([undefined, 2])
  })

  test.each(['Object.prototype', 'Array.prototype', 'Mine.prototype'])('a toJSON on %s is not called', (holder) => {
    guest.isolate.evaluate(`globalThis.Mine ??= class { x = [1] }; ${holder}.toJSON = () => "forged"`, 'cell')
    expect(guest.cross('[{a: 1}, new Mine, []]')).toStrictEqual([{ a: 1 }, { x: [1] }, []])
    guest.isolate.evaluate(`delete ${holder}.toJSON`, 'cell')
  })
})

describe('what cannot cross makes the whole undefined', () => {
  test.each([
    '() => 1', '({f() {}})', '[[class {}]]', 'Symbol("x")', '[Symbol()]', 'new Proxy({}, {get() { throw 1 }})', '({p: new Proxy([], {})})', 'new Map([[() => 1, 1]])', 'new Set([Symbol()])',
    'new Error("x", {cause: () => 1})', 'Promise.resolve(1)', 'new WeakMap', 'new WeakSet', 'new WeakRef({})', '(function* () {})()', '(async function* () {})()', '[1][Symbol.iterator]()',
    'new Map().entries()', 'Object(Symbol())', 'new Intl.NumberFormat', 'Temporal.Duration.from("P1D")', 'new (class extends Promise {})(() => {})', 'new FinalizationRegistry(() => {})',
    '{ const r = Proxy.revocable({}, {}); r.revoke(); r.proxy }',
  ])('%s', (program) => {
    expect(guest.encode(program)).toEqual({ type: 'opaque', json: '{}' })
    expect(guest.cross(program)).toBeUndefined()
  })
})

describe('a value over its bounds is refused before much is made of it', () => {
  test.each([
    ['a string', '"x".repeat(1e8)', 1e6],
    ['a string of two-byte characters', '"é".repeat(1e6)', 1.9e6],
    ['a buffer', 'new Uint8Array(1e8)', 1e6],
    ['ten million numbers', '{ const a = []; for (let i = 0; i < 1e7; i++) a[i] = i; a }', 1e6],
    ['a BigInt', '2n ** 100000000n', 1e6],
    ['a map', 'new Map(Array.from({length: 1e5}, (_, i) => [i, "value"]))', 1e5],
    ['many undefineds', 'new Array(1e6).fill(undefined)', 1e6],
  ])('%s', (_what, program, maxBytes) => {
    const script = guest.isolate.evaluate(program, 'cell')
    const encode = guest.isolate.export('encode')
    // Work without bounds would take longer than this turn may.
    expect(encode([script, maxBytes], 1_000)).toBe('tooLarge')
  })

  test('counted in bytes of UTF-8', () => {
    const { json } = guest.encode('"é".repeat(100)')
    expect(guest.encode('"é".repeat(100)', Buffer.byteLength(json)).type).toBe('encoded')
    expect(guest.encode('"é".repeat(100)', Buffer.byteLength(json) - 1).type).toBe('tooLarge')
    const graph = guest.encode('new Set(["é".repeat(100)])')
    expect(guest.encode('new Set(["é".repeat(100)])', Buffer.byteLength(graph.json)).type).toBe('encoded')
    expect(guest.encode('new Set(["é".repeat(100)])', Buffer.byteLength(graph.json) - 1).type).toBe('tooLarge')
  })

  test('a lattice with 2 ** 60 paths is small', () => {
    expect(guest.encode('{ let o = [1]; for (let i = 0; i < 60; i++) o = [o, o]; o }').json.length).toBeLessThan(2_000)
  })

  test.each(['o = [o]', 'o = {o}', 'o = {o, u: undefined}', 'o = new Map([[o, o]])', 'o = new Error("x", {cause: o})'])('a hundred thousand levels of %s are too deep, and a few thousand are not', (step) => {
    expect(guest.encode(`{ let o = {}; for (let i = 0; i < 1e5; i++) ${step}; o }`).type).toBe('tooDeep')
    expect(guest.encode(`{ let o = {}; for (let i = 0; i < 4990; i++) ${step}; o }`).type).toBe('encoded')
    expect(guest.cross(`{ let o = {}; for (let i = 0; i < 4990; i++) ${step}; o }`)).toBeTypeOf('object')
  })
})

test('a piece fits a message with every character escaped', () => {
  expect(maxPieceUnits).toBeLessThanOrEqual(maxMessageUnits / 2)
})

test('plain values cost about as much as their JSON', () => {
  guest.isolate.evaluate('globalThis.plain = Array.from({length: 1000}, (_, i) => String(i).padEnd(1024, "x"))', 'cell')
  const encode = guest.isolate.export('encode')
  const stringify = guest.isolate.export('stringify')
  const best = { encode: Infinity, stringify: Infinity }
  for (let round = 0; round < 20; round++) {
    for (const [name, run] of [['encode', encode], ['stringify', stringify]] as const) {
      const script = guest.isolate.evaluate('plain', 'cell')
      const start = performance.now()
      run([script, 64e6])
      best[name] = Math.min(best[name], performance.now() - start)
    }
  }
  expect(best.encode).toBeLessThan(best.stringify * 3 + 2)
})
