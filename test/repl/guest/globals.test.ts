import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { decodeValue } from '../../../src/host/value.ts'
import { openGuest } from './openGuest.ts'
import { poison } from './poison.ts'

const values = [
  '1', '"it\'s \\n"', '10n', 'Symbol("q")', 'null', '[1, 2, 3]', '[, 1, , ]', '[undefined, -0, NaN]', '({a: 1, b: {c: [1, {d: {}}]}})', '({get a() { throw 1 }})', '({["__proto__"]: 1})', '({[Symbol("k")]: 1})',
  '({a: 1n, b: undefined})', '[["a", "b"], ["c", "d"]]', 'Array(100)', '{ let a = []; for (let i = 0; i < 30; i++) a = [a, i]; a }', 'Array.from({length: 30}, (_, i) => i)', '{ const o = {}; o.self = o; o }',
  'new Map([[1, {a: 2}]])', 'new Set([1, "x"])', 'new Date(0)', '/a+b/gi', 'new Error("msg", {cause: 1})', '[new Error("a")]', '({e: new TypeError("q")})', 'new AggregateError([new Error("a")], "b")',
  'new (class Foo { x = 1 })', '(function f() {})', '(class A {})', 'new Proxy({a: 1}, {get() { throw 1 }})', 'new Promise(() => {})', 'new WeakMap', 'new (class extends Array {})(3)', '(function () { return arguments })(1)',
  'new Uint8Array(3)', 'new Float64Array([1.5, 2])', 'new ArrayBuffer(2)', 'new DataView(new ArrayBuffer(2))', 'Object(1)', 'new Temporal.Duration(1)', 'new URL("http://a/?x=1")', 'new URLSearchParams("a=1&b=2")',
  'new AbortController()', 'AbortSignal.abort()', 'new DOMException("a", "b")', 'new TextEncoder()', 'new TextDecoder()', '({long: "a".repeat(70) + "\\nb"})',
]
const clean = openGuest()
const dirty = openGuest()
const setup = values.map((value, index) => `globalThis.$${index} = (0, eval)(${JSON.stringify(value)})`).join('\n')
for (const guest of [clean, dirty]) guest.isolate.evaluate(setup, 'cell')
clean.isolate.evaluate('for (const name of Object.getOwnPropertyNames(globalThis)) globalThis["real" + name] = globalThis[name]', 'cell')
dirty.isolate.evaluate(poison, 'poison')

describe('after a program has broken all that it can reach', () => {
  test.each(values.map((value, index) => [value, `$${index}`] as const))('%s shows, crosses and is copied as before', (_value, name) => {
    expect(dirty.show(name)).toBe(clean.show(name))
    const crossed = (guest: typeof clean) => {
      const { type, json } = guest.encode(name)
      return [type, inspect(json === '' ? '' : decodeValue(json), { depth: 9 })]
    }
    expect(crossed(dirty)).toEqual(crossed(clean))
    const copy = `(() => { try { return realstructuredClone(${name}) } catch (e) { return e.message } })()`
    expect(dirty.show(copy)).toBe(clean.show(copy))
  })

  test.each([
    'realconsole.log("%s %d %j", "a", 1, 2, [1], {a: 1})', 'realconsole.error($22)', 'realconsole.table([[1, 2], [3]])', 'realconsole.count(); realconsole.count()', 'realconsole.group("x"); realconsole.log("y\\nz"); realconsole.groupEnd()',
    'realconsole.assert(false, "no")', 'realconsole.dir($8)', 'realqueueMicrotask(() => realconsole.log("later"))',
    '{ const t = new realEventTarget(); realconsole.log(t) }',
  ])('%s prints the same', (program) => {
    expect(dirty.printed(program)).toBe(clean.printed(program))
  })

  test.each([
    ['({type: "object", properties: {a: {type: "integer"}, b: {enum: ["x", "y"]}}, required: ["a"], additionalProperties: false})', '{"a":1}'],
    ['({type: "object", properties: {a: {type: "integer"}, b: {enum: ["x", "y"]}}, required: ["a"], additionalProperties: false})', '```json\n{"a":"q","z":1}\n```'],
    ['({$defs: {n: {type: "number"}}, type: "array", items: {$ref: "#/$defs/n"}})', 'text [1, "2"] more'],
    ['({type: "string", pattern: "^a+$"})', '"aaa"'],
  ])('a reply is checked the same: %s', (schema, reply) => {
    expect(dirty.validate(schema, reply)).toEqual(clean.validate(schema, reply))
    expect(dirty.call('problemOf', schema)).toBe('')
  })

  test.each(['new realURL("http://a.b/c?d=e&f").href', 'new realURL("x", "http://base").href', 'realatob("aGk=")', 'realbtoa("hi")', 'new realTextDecoder("shift_jis")', 'new realURLSearchParams("a=1").size', 'new realDate(5)', 'realstructuredClone([1, {a: 2}])'])(
    '%s still works where it asks for nothing that was broken',
    (program) => {
      const attempt = (guest: typeof clean) => guest.show(`(() => { try { return ${program} } catch (e) { return e } })()`)
      const text = attempt(dirty)
      // The accessors and methods of the web's own classes are the program's to break.
      if (!text.includes('poisoned')) expect(text).toBe(attempt(clean))
    },
  )
})

test('a proxy behind every array is never asked', () => {
  const guest = openGuest()
  guest.isolate.evaluate('Object.setPrototypeOf(Array.prototype, new Proxy({}, new Proxy({}, {get() { throw "trapped" }})))', 'cell')
  expect(guest.show('[1, [2], {a: [, 3]}]')).toBe('[ 1, [ 2 ], { a: [ <1 empty item>, 3 ] } ]')
  expect(guest.cross('[1, [2], {a: [, 3]}]')).toEqual([1, [2], { a: [undefined, 3] }])
  expect(guest.show('structuredClone([1, [2], {a: [, 3]}])')).toBe('[ 1, [ 2 ], { a: [ <1 empty item>, 3 ] } ]')
  expect(guest.printed('console.log([1, , 2]); console.table([[1]])')).toContain('<1 empty item>')
})

describe('the global object', () => {
  const guest = openGuest()

  test('has what programs expect, and nothing of the runtime', () => {
    expect(guest.cross("['queueMicrotask', 'structuredClone', 'AbortController', 'AbortSignal', 'TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'atob', 'btoa', 'performance', 'crypto', 'console', 'DOMException', 'Event', 'CustomEvent', 'EventTarget'].filter((name) => !(name in globalThis))")).toEqual([])
    expect(guest.cross("Reflect.ownKeys(globalThis).filter((key) => String(key).includes('replm'))")).toEqual([])
    expect(guest.cross('Object.keys(globalThis)')).toEqual([])
  })

  test('gives no way to the sandbox process', () => {
    expect(guest.cross("['process', 'require', 'Buffer', 'module', 'fetch', 'navigator'].filter((name) => name in globalThis)")).toEqual([])
    expect(guest.show('URL.constructor("return typeof process")()')).toBe("'undefined'")
    expect(guest.show("(() => { try { new URL('x') } catch (e) { return e.constructor.constructor('return typeof process')() } })()")).toBe("'undefined'")
  })

  test('names its classes as programs know them', () => {
    expect(guest.cross("['URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'Event', 'CustomEvent', 'EventTarget', 'AbortSignal', 'AbortController', 'DOMException', 'FinalizationRegistry', 'Date', 'Proxy'].filter((name) => globalThis[name].name !== name)")).toEqual([])
  })
})
