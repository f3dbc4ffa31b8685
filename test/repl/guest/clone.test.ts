import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'
import { shownByNode, tried } from './shownByNode.ts'

const guest = openGuest()
/** Frames differ between node and guest. */
const unframed = (text: string) => text.replace(/(\n\s*at .*)+/g, '')
const alike = (body: string) => expect(unframed(guest.show(tried(body), { depth: 4 }))).toBe(unframed(shownByNode(tried(body))))

describe('structuredClone copies', () => {
  test.each([
    "return structuredClone({a: [1, , 3], b: new Map([[{}, new Set([1])]]), c: new Date(5), d: /x/gi, e: new Error('x'), f: new Uint8Array([1, 2]), g: -0, h: NaN, i: 1n, j: undefined, k: null, l: new Boolean(false), m: Object('s'), n: Object(1n)})",
    'const o = {}; o.o = o; const c = structuredClone(o); return [c.o === c, c !== o]',
    'const s = {}; const c = structuredClone([s, s]); return c[0] === c[1]',
    'return structuredClone(new (class A { constructor() { this.x = 1 } get y() { return 2 } }))',
    'return structuredClone({get a() { return {b: 1} }})',
    "return structuredClone({get a() { throw new RangeError('mine') }})",
    'return structuredClone(Object.create({inherited: 1}, {own: {value: 1, enumerable: true}, hidden: {value: 2}}))',
    'return structuredClone(Object.create(null))',
    "return structuredClone({['__proto__']: 5})",
    'return structuredClone(Object.assign([1, 2], {x: 1}))',
    "return structuredClone('abc'.match(/b/))",
    'return structuredClone(Object.assign([], {100000: 1}))',
    'const b = new ArrayBuffer(8); const v = new Uint8Array(b, 2, 3); v[0] = 7; const c = structuredClone({v, b}); return [c.v.buffer === c.b, c.v.byteOffset, c.v]',
    'const b = new ArrayBuffer(8, {maxByteLength: 16}); return [structuredClone(b).resizable, structuredClone(b).maxByteLength]',
    'return structuredClone(new DataView(new ArrayBuffer(4), 1, 2))',
    "class E extends TypeError {}; const c = structuredClone(new E('q')); return [c.constructor.name, c.name, c.message, c instanceof TypeError]",
    "const e = new Error('q'); e.name = 'Custom'; e.extra = 1; const c = structuredClone(e); return [c.constructor.name, c.name, c.extra, Object.keys(c)]",
    "const c = structuredClone(new AggregateError([1], 'm', {cause: 3})); return [c.constructor.name, c.errors, c.cause, c.message]",
    'const o = {a: {get b() { delete o.c; return 1 }}, c: 2}; return structuredClone(o)',
    'const m = new Map(); m.set({get x() { m.set(2, 2); return 1 }}, 1); return structuredClone(m)',
  ])('%s', alike)
})

describe('structuredClone moves', () => {
  test.each([
    'const b = new ArrayBuffer(8); new Uint8Array(b)[1] = 5; const c = structuredClone(b, {transfer: [b]}); return [b.byteLength, b.detached, c]',
    'const b = new ArrayBuffer(8); const c = structuredClone({v: new Uint8Array(b, 4)}, {transfer: new Set([b])}); return [b.detached, c.v.buffer.byteLength]',
    'const b = new ArrayBuffer(1); b.transfer(); return structuredClone(b)',
  ])('%s', alike)

  test.each(['const b = new ArrayBuffer(8); structuredClone(1, {transfer: [b, b]})', 'structuredClone(1, {transfer: [{}]})', 'structuredClone(1, {transfer: [new Proxy(new ArrayBuffer(1), {})]})'])('or refuses: %s', (program) => {
    expect(guest.show(`try { ${program} } catch (e) { [e instanceof DOMException, e.name] }`)).toBe("[ true, 'DataCloneError' ]")
  })
})

describe('structuredClone refuses', () => {
  test.each(['() => 1', '({f() {}})', "Symbol('x')", 'new Proxy({}, {})', 'new WeakMap', 'Promise.resolve(1)', 'new Map([[() => 1, 1]])'])('%s', (value) => {
    alike(`return structuredClone(${value})`)
  })

  test.each(["new URL('http://a')", 'new AbortController', '(function* () {})()', 'new Intl.NumberFormat', 'Object(Symbol())'])('%s, with a DataCloneError', (value) => {
    expect(guest.show(`try { structuredClone(${value}) } catch (e) { [e instanceof DOMException, e.name, e.code] }`)).toBe("[ true, 'DataCloneError', 25 ]")
  })

  test('what is nested too deep for the stack, with a RangeError', () => {
    expect(guest.show('let o = []; for (let i = 0; i < 1e5; i++) o = [o]; try { structuredClone(o) } catch (e) { e instanceof RangeError }')).toBe('true')
  })
})
