import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format as nodeFormat } from 'node:util'
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'

const guest = openGuest()
/** What a call of console prints to stdout, as the guest's and as node's. */
const printed = (call: string) => guest.printed(call).replaceAll(/^stdout log /gm, '')

describe('console.log formats as node does', () => {
  test.each([
    "'%s is %d', 1, '42'", "'%s', {a: 1}", "'%s', [1, [2]]", "'%s', null", "'%s', Symbol('x')", "'%s', () => 1", "'%s', class A {}", "'%s', {toString() { return 'mine' }}",
    "'%s', new (class { toString() { return 'cls' } })", "'%s', new Date(0)", "'%s', -0", "'%s', 10n", "'%s', Object.create(null)", "'%s', new Map([[1, 2]])", "'%s', new Proxy({}, {})", "'%s', true",
    "'%s', Object(Symbol('a'))", "'%s', {[Symbol.toPrimitive]() { return 'prim' }}", "'%s', 'a\\nb', ['c\\nd']", "'%d', '0x10'", "'%d', {}", "'%d', 5n", "'%d', Symbol()", "'%d', -0", "'%d', null",
    "'%i', '42.7px'", "'%i', {}", "'%i', -0.5", "'%f', '1.5x'", "'%f', Symbol()", "'%f', -0", "'%j', {a: 1}", "'%j', undefined", "'%j', (() => { const o = {}; o.o = o; return o })()", "'%j', 'x'",
    "'%o', [1, 2]", "'%o', {a: {b: {c: {d: {e: 1}}}}}", "'%o', function f() {}", "'%o', {get a() { return 1 }}", "'%o', new Map([[1, {a: 2}]])", "'%o', class Q { static z = 1 }", "'%o', 'str'",
    "'%O', {a: {b: {c: {d: 1}}}}", "'%O', 'str'", "'%c styled', 'color:red'", "'100%'", "'%%'", "'%% %s', 'x'", "'%s %s', 'a'", "'%x', 'a'", "'a', 'b', {c: 1}, [2], 'd'", '1, 2, 3', "{a: 1}, 'x'", "'%s'",
    "'%', 'x'", "'a%', 'b'", "''", "'', 1", 'undefined', 'null, undefined', "'%s%s%%', 'a', 'b', 'c'", "Symbol('q'), 5n", '',
  ])('(%s)', (values) => {
    expect(printed(`console.log(${values})`)).toBe(`${nodeFormat(...(runInThisContext(`[${values}]`) as [unknown]))}\n`)
  })
})

describe('console.table draws as node does', () => {
  test.each([
    '[]', '[1, 2]', '[[1, 2], [3, 4]]', '[{a: 1, b: "x"}, {a: 2, c: 3}]', '{a: {x: 1}, b: {y: 2}}', 'new Map([["a", 1], ["b", {x: 1}]])', 'new Set([1, "b"])', '[{a: 1, b: 2}, {a: 3, b: 4}], ["b"]',
    '5', '"x"', 'null', '[{a: {b: {c: 1}}}]', '[new Map([[1, 2]])]', '[1, {a: 2}, [3]]', '{a: 1, b: "two"}', '["日本", "x"]', '[{"日": 1}]', '[undefined, null]', 'new Map([[{a: 1}, [1, 2]]])',
    '[{f() {}, g: class A {}, h: Symbol("x"), d: new Date(0)}]', '[[], []]', '[{a: 1}], ["zz"]', 'new Uint8Array([5, 6])', 'Object.create({a: 1})', '[[1, [2, [3]]]]', '[{a: {x: 1, y: 2, z: 3}}]',
  ])('(%s)', (values) => {
    let text = ''
    const node = new Console(new Writable({ write: (chunk, _encoding, done) => { text += String(chunk); done() } }))
    node.table(...(runInThisContext(`[${values}]`) as [unknown]))
    expect(printed(`console.table(${values})`)).toBe(text)
  })

  test('getters are named and not run, and a thousand rows are enough', () => {
    expect(printed('console.table([{get a() { throw 1 }}])')).toContain('[Getter]')
    const lines = printed('console.table(Array.from({length: 5000}, (_, i) => i))').trimEnd().split('\n')
    expect(lines).toHaveLength(1_005)
    expect(lines.at(-1)).toBe('... 4000 more rows')
  })
})

describe('console', () => {
  test('prints to stdout and stderr by level', () => {
    expect(guest.printed("console.log('a'); console.info('b'); console.debug('c'); console.warn('d'); console.error('e'); console.dir({f: {g: {h: {}}}}, {depth: 0})")).toBe(
      'stdout log a\nstdout info b\nstdout debug c\nstderr warn d\nstderr error e\nstdout log { f: [Object] }\n',
    )
  })

  test('says what was asserted, and only where it does not hold', () => {
    expect(guest.printed("console.assert(true, 'no'); console.assert(false); console.assert(0, '%s!', 'yes'); console.assert(null, {a: 1}, 2)")).toBe(
      'stderr error Assertion failed\nstderr error Assertion failed: yes!\nstderr error Assertion failed { a: 1 } 2\n',
    )
  })

  test('traces the frames of the program', () => {
    expect(guest.printed("function f() { console.trace('at %d', 1) }\nf()")).toBe('stderr error Trace: at 1\n    at f (cell:1:24)\n    at cell:2:1\n')
  })

  test('counts', () => {
    expect(guest.printed("console.count(); console.count(); console.count('x'); console.countReset(); console.count(); console.countReset('y')")).toBe(
      "stdout log default: 1\nstdout log default: 2\nstdout log x: 1\nstdout log default: 1\nstderr warn Count for 'y' does not exist\n",
    )
  })

  test('takes times from the one clock', () => {
    const own = openGuest()
    own.isolate.export('freezeClock')([0])
    expect(own.printed("console.time('t'); console.timeLog('t', {a: 1}); console.timeEnd('t'); console.timeEnd('t'); console.time('u'); console.time('u')")).toBe(
      "stdout log t: 0.1ms { a: 1 }\nstdout log t: 0.2ms\nstderr warn No such label 't' for console.timeEnd()\nstderr warn Label 'u' already exists for console.time()\n",
    )
  })

  test('indents what stands in groups, every line of it', () => {
    expect(guest.printed("console.group('A'); console.log('x\\ny'); console.groupCollapsed(); console.error('z'); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('end')")).toBe(
      'stdout log A\nstdout log   x\n  y\nstderr error     z\nstdout log end\n',
    )
  })

  test('works in parts, as in `const { log } = console`', () => {
    expect(guest.printed("{ const { log, error } = console; [1].forEach(log); error('x') }")).toBe('stdout log 1 0 [ 1 ]\nstderr error x\n')
  })

  test('runs no getter and no trap of what it prints', () => {
    expect(guest.printed("console.log({get a() { throw 1 }}, new Proxy([1], new Proxy({}, {get() { throw 1 }})))")).toBe('stdout log { a: [Getter] } Proxy([ 1 ])\n')
  })

  test('throws what the program itself throws in toString', () => {
    expect(() => guest.isolate.evaluate("console.log('%s', {toString() { throw new Error('mine') }})", 'cell')).toThrow('mine')
  })
})
