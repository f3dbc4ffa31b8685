import { inspect as nodeInspect } from 'node:util'
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { errorPrograms, programs } from './inspect-programs.ts'
import { openGuest } from './openGuest.ts'

const guest = openGuest(2_048)

/** Milliseconds that showing takes at best, the making of the value not counted. */
function timed(program: string, options: object = {}): { readonly text: string; readonly ms: number } {
  const show = guest.isolate.export('show')
  guest.isolate.evaluate(`globalThis.timed = (0, eval)(${JSON.stringify(program)})`, 'cell')
  let text = ''
  let best = Infinity
  for (let round = 0; round < 3; round++) {
    const script = guest.isolate.evaluate('timed', 'cell')
    const start = performance.now()
    text = show([script, JSON.stringify(options)], 20_000) as string
    best = Math.min(best, performance.now() - start)
  }
  guest.isolate.evaluate('delete globalThis.timed', 'cell')
  return { text, ms: best }
}

/** Far above what is needed, also on a busy machine, and far below what work without bounds takes. */
const mostMs = 500

describe('a value shows as node shows it', () => {
  test.each(programs)('%s', (program) => {
    expect(guest.show(program)).toBe(nodeInspect(runInThisContext(program)))
  })

  test.each(errorPrograms)('%s', (program) => {
    expect(guest.show(program)).toBe(nodeInspect(runInThisContext(program)))
  })

  test.each([0, 1, 4])('down to depth %d', (depth) => {
    const program = '({a: [{b: new Map([[{c: 1}, new Set([[1, [2]]])]])}], e: {f: {g: {h: {i: {}}}}}})'
    expect(guest.show(program, { depth })).toBe(nodeInspect(runInThisContext(program), { depth }))
  })

  test.each([0, 1, 3])('with %d items of each list', (maxLength) => {
    const program = '({a: [1, 2, 3, 4, 5], m: new Map([[1, 2], [3, 4]]), s: new Set([1, 2, 3, 4]), t: new Uint8Array(9), b: new ArrayBuffer(9)})'
    expect(guest.show(program, { maxLength })).toBe(nodeInspect(runInThisContext(program), { maxArrayLength: maxLength }))
  })

  test.each([0, 1, 30])('with %d characters of each string', (maxStringLength) => {
    const program = '["a".repeat(31), "bc", "line\\n".repeat(20)]'
    expect(guest.show(program, { maxStringLength })).toBe(nodeInspect(runInThisContext(program), { maxStringLength }))
  })

  test.each(['[1, 2]', '({a: 1})', '(function f() {})', 'Object.defineProperty({}, "x", {value: {y: 1}})', 'new Map([[1, 2]])', '/x/g'])('with what is hidden: %s', (program) => {
    expect(guest.show(program, { showHidden: true })).toBe(nodeInspect(runInThisContext(program), { showHidden: true }))
  })
})

describe('nothing of the program runs while its value is shown', () => {
  const throwing = '{ get() { throw "ran" }, configurable: true, enumerable: true }'
  test.each([
    ['getters of any kind', `({get a() { throw 1 }, set b(v) {}, get c() { throw 1 }, set c(v) {}})`, '{ a: [Getter], b: [Setter], c: [Getter/Setter] }'],
    ['a getter in an array', `Object.defineProperty([1, 2], 0, ${throwing})`, '[ [Getter], 2 ]'],
    ['a getter of a class', '(class { get a() { throw 1 } constructor() { this.b = 1 } })', '[class (anonymous)]'],
    ['a getter for the tag', 'new (class Tagged { get [Symbol.toStringTag]() { throw 1 } })', 'Tagged {}'],
    ['a getter for the constructor', `Object.create(Object.defineProperty({}, "constructor", ${throwing}))`, '{}'],
    ['a getter for the name of a class', '{ class Named { static get name() { throw 1 } }; new Named }', 'Named {}'],
    ['Symbol.hasInstance of a class', '{ class Mine { static [Symbol.hasInstance]() { throw 1 } }; new Mine }', 'Mine {}'],
    ['getters for stack, name and message of an error', `Object.defineProperties(new Error("x"), {stack: ${throwing}, name: ${throwing}, message: ${throwing}})`, '[Error] { stack: [Getter/Setter], message: [Getter], name: [Getter] }'],
    ['a hook for stacks that throws', '{ Error.prepareStackTrace = () => { throw 1 }; const e = new Error("x"); e }', 'Error: x\n    at cell:1:58'],
    ['a custom inspection', '({[Symbol.for("nodejs.util.inspect.custom")]() { throw 1 }})', '{\n  Symbol(nodejs.util.inspect.custom): [Function: [nodejs.util.inspect.custom]]\n}'],
    ['traps of a proxy', 'new Proxy({a: 1}, new Proxy({}, {get() { throw 1 }}))', 'Proxy({ a: 1 })'],
    ['traps of a proxy in a chain of prototypes', 'Object.create(new Proxy(class Far {}.prototype, new Proxy({}, {get() { throw 1 }})))', 'Far {}'],
    ['traps of a proxy of a class', '{ const P = new Proxy(class Near {}, new Proxy({}, {get() { throw 1 }})); P }', 'Proxy([class Near])'],
    ['a revoked proxy', '{ const r = Proxy.revocable([], {}); r.revoke(); [r.proxy, new Proxy(r.proxy, {})] }', '[ <Revoked Proxy>, Proxy(<Revoked Proxy>) ]'],
  ])('%s', (_what, program, text) => {
    expect(guest.show(`${program}`)).toBe(text)
    guest.isolate.evaluate('Error.prepareStackTrace = undefined', 'cell')
  })

  test('a promise shows that its state is unknown, and stays as unhandled as it was', () => {
    expect(guest.show('new Promise(() => {})')).toBe('Promise { <state unknown> }')
  })
})

describe('the frames of an error', () => {
  test('are those of the program', () => {
    expect(guest.show('function f() { return new Error("here") }\nf()')).toBe('Error: here\n    at f (cell:1:23)\n    at cell:2:1')
  })

  test('do not show the runtime, even where it is what threw', () => {
    expect(guest.show('try { new URL("nowhere") } catch (error) { delete error.code; delete error.input; error }')).toBe('TypeError: Invalid URL\n    at cell:1:7')
  })
})

describe('showing takes little time and little text', () => {
  test.each([
    ['an array of ten million', '{ const a = []; for (let i = 0; i < 1e7; i++) a[i] = i; a }'],
    ['a typed array of 100 MB', 'new Uint8Array(1e8)'],
    ['a hundred million holes', 'new Array(1e8)'],
    ['one item after four billion holes', '{ const a = []; a[4294967293] = 1; a }'],
    ['a hundred thousand levels', '{ let o = []; for (let i = 0; i < 1e5; i++) o = [o]; o }'],
    ['a lattice with 2 ** 60 paths', '{ let o = [1]; for (let i = 0; i < 60; i++) o = [o, o]; o }'],
    ['a million entries of a map', '{ const m = new Map(); for (let i = 0; i < 1e6; i++) m.set(i, i); m }'],
    ['a hundred thousand properties', '{ const o = {}; for (let i = 0; i < 1e5; i++) o["k" + i] = {a: [1]}; o }'],
    ['a BigInt of 30 million bits', '2n ** 30000000n'],
    ['a key of ten million characters', '({["k".repeat(1e7)]: 1})'],
    ['a class with a name of ten million characters', 'new (Object.defineProperty(class {}, "name", {value: "n".repeat(1e7)}))'],
    ['a hundred thousand prototypes', '{ let o = {}; for (let i = 0; i < 1e5; i++) o = Object.create(o); o }'],
    ['ten thousand proxies of proxies', '{ let o = {}; for (let i = 0; i < 1e4; i++) o = new Proxy(o, {}); o }'],
    ['a hundred long strings', 'Array.from({length: 100}, () => "x".repeat(1e6))'],
  ])('%s', (_what, program) => {
    for (const depth of [2, 1e9]) {
      const { text, ms } = timed(program, { depth })
      expect(ms).toBeLessThan(mostMs)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536)
    }
  })

  test('a string of 100 MB shows its beginning and how much is left out', () => {
    const { text, ms } = timed('"x".repeat(1e8)')
    expect(text).toBe(`'${'x'.repeat(10_000)}'... 99990000 more characters`)
    expect(ms).toBeLessThan(mostMs)
  })

  test.each([0, 5, 10, 11, 100, 1_000])('a text of at most %d bytes is cut there, and not between the halves of a character', (maxBytes) => {
    const text = guest.show('"😀é日".repeat(1000)', { maxBytes })
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes)
    expect(text.isWellFormed()).toBe(true)
    if (maxBytes >= 10) expect(text.endsWith(' ... (cut)')).toBe(true)
  })

  test('a text that fits is not cut', () => {
    expect(guest.show('"é"', { maxBytes: 4 })).toBe("'é'")
  })
})
