import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'
import { shownByNode, tried } from './shownByNode.ts'

const guest = openGuest()

describe('Proxy is what it was', () => {
  test.each([
    'return Proxy({}, {})', 'return new Proxy(1, {})', 'return new Proxy()', 'class P extends Proxy {}', "return [Proxy.name, Proxy.length, 'prototype' in Proxy, Proxy.revocable.name, Proxy.revocable.length, typeof Proxy, Object.getOwnPropertyNames(Proxy).sort()]",
    'const r = Proxy.revocable({a: 1}, {}); const v = r.proxy.a; r.revoke(); r.revoke(); try { r.proxy.a } catch (e) { return [v, e.message, Object.keys(r)] }',
    'return new Proxy(new Proxy({a: 1}, {}), {get: (t, k) => t[k]}).a', 'return Reflect.construct(Proxy, [{a: 2}, {}]).a', 'return new Proxy(class { x = 1 }, {construct: (t, a) => Reflect.construct(t, a)}) instanceof Function',
    'const { revocable } = Proxy; return revocable({a: 3}, {}).proxy.a', 'return new Proxy.revocable({}, {})', 'return Proxy.prototype',
  ])('%s', (body) => {
    expect(guest.show(tried(body))).toBe(shownByNode(tried(body)))
  })
})

test.each([
  'new Proxy({}, {})', 'Reflect.construct(Proxy, [{}, {}])', 'Proxy.revocable({}, {}).proxy', 'new (Proxy.bind(null, {}, {}))()', 'new (new Proxy(Proxy, {}))({}, {})', 'new (Object.getOwnPropertyDescriptor(globalThis, "Proxy").value)({}, {})',
  'Reflect.construct(Proxy, [{}, {}], class {})', 'Object.create(null, {p: {value: new Proxy({}, {}), enumerable: true}}).p', '(0, eval)("new Proxy({}, {})")', 'new Function("return new Proxy({}, {})")()',
])('there is no way to a proxy that is not known as one: %s', (program) => {
  expect(guest.show(program)).toMatch(/^Proxy\(/)
  expect(guest.encode(program).type).toBe('opaque')
})
