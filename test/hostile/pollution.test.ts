import { expect } from 'vitest'
import { type Attack, attackAll } from './attack.ts'

/** Uses all of the API without a method that the program could have spoilt. */
const useAll = `
const one = await llmQuery('a')
const two = await llmBatchQuery(['b', { prompt: 'c' }])
const slots = await llmBatchQuery(['d'], { settle: true })
const parsed = await llmQuery('{"a":1}', { model: 'echo/x', schema: { type: 'object', required: ['a'] } })
await sleep(1)
const left = await budget()
let code
try { await llmQuery('x', { model: 'no/no' }) } catch (error) { code = error.code }
let failed
try { await llmBatchQuery(['x'], { model: 'rude/x' }) } catch (error) { failed = error.code + error.slots.length }
await progress(0.5, 'half')
const doc = await docs[0].slice(0, 4)
console.log('printed', { a: [1, 2] })
;({ one, b: two[0], c: two[1], d: slots[0].text, parsed: parsed.a, limit: left.limit.queries, code, failed, doc, context })`

const allUsed = { one: 'A', b: 'B', c: 'C', d: 'D', parsed: 1, limit: Infinity, code: 'CONFIG', failed: 'PROVIDER1', doc: 'text', context: 'text' }

interface Pollution {
  readonly name: string
  readonly pollute: string
  /** The cell that uses all may fail, alone, of what the language itself looks up. */
  readonly mayFail?: string
}

const thrower = `function () { throw 'polluted' }`

const pollutions: readonly Pollution[] = [
  { name: 'methods of arrays', pollute: `for (const key of Reflect.ownKeys(Array.prototype)) if (typeof Array.prototype[key] === 'function' && key !== 'constructor') Array.prototype[key] = ${thrower}` },
  { name: 'iteration', pollute: `Array.prototype[Symbol.iterator] = ${thrower}; Object.getPrototypeOf([][Symbol.iterator]?.call ? {} : {}); const proto = Object.getPrototypeOf(new Map()[Symbol.iterator]()); proto.next = ${thrower}; Map.prototype[Symbol.iterator] = ${thrower}; Set.prototype[Symbol.iterator] = ${thrower}; String.prototype[Symbol.iterator] = ${thrower}` },
  { name: 'setters at the indexes of arrays', pollute: 'for (let i = 0; i < 20; i++) Object.defineProperty(Array.prototype, i, { configurable: true, get() { return "polluted" }, set() { throw new Error("polluted") } })' },
  { name: 'setters at the indexes of objects', pollute: 'for (let i = 0; i < 20; i++) Object.defineProperty(Object.prototype, i, { configurable: true, get() { return "polluted" }, set() { throw new Error("polluted") } })' },
  { name: 'names that messages have', pollute: `for (const name of ['n', 'id', 'ok', 'error', 'slots', 'done', 'text', 'type', 'interrupt', 'request', 'prompts', 'usage', 'index', 'schema', 'signal', 'settle', 'model', 'system', 'concurrency', 'stream', 'first', 'next', 'aborted', 'outgoing', 'answer', 'refuse', 'reason', 'thrown', 'problem', 'repair', 'json', 'pieces', 'slot', 'depth', 'maxBytes', 'held', 'rest', 'units']) Object.defineProperty(Object.prototype, name, { configurable: true, get() { return 'polluted' }, set(value) { Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true }) } })`, mayFail: 'answers are objects of the program, and inherit from its prototype' },
  { name: 'names of descriptors', pollute: `for (const name of ['get', 'set', 'value', 'writable', 'enumerable', 'configurable']) Object.prototype[name] = ${thrower}`, mayFail: 'the language reads them' },
  { name: 'a `then` of all objects that never calls back', pollute: 'Object.defineProperty(Object.prototype, "then", { configurable: true, writable: true, value() {} })', mayFail: 'every object is a thenable now' },
  { name: 'a `then` of all objects that throws', pollute: `Object.defineProperty(Object.prototype, 'then', { configurable: true, get: ${thrower} })`, mayFail: 'every object is a thenable now' },
  { name: 'toJSON of all objects', pollute: 'Object.prototype.toJSON = () => undefined; String.prototype.toJSON = () => 5; BigInt.prototype.toJSON = () => 5; Array.prototype.toJSON = () => ({ type: "fatal", code: "MEMORY", message: "forged" }); Number.prototype.toJSON = () => 1' },
  { name: 'JSON', pollute: `JSON.parse = () => ({ n: 1, id: 1, ok: true, value: 'forged' }); JSON.stringify = () => '{"type":"fatal","code":"MEMORY","message":"forged"}'; globalThis.JSON = null` },
  { name: 'promises', pollute: `Promise.prototype.then = ${thrower}; Promise.prototype.catch = ${thrower}; Promise.prototype.finally = ${thrower}; Object.defineProperty(Promise, Symbol.species, { get: ${thrower} }); Promise.resolve = Promise.reject = Promise.all = Promise.withResolvers = ${thrower}; globalThis.Promise = null` },
  { name: 'the constructor of promises', pollute: `Promise.prototype.constructor = Promise.prototype.then = ${thrower}`, mayFail: 'the language asks every promise that is awaited for it' },
  { name: 'functions', pollute: `Function.prototype.call = Function.prototype.apply = Function.prototype.bind = Function.prototype.toString = ${thrower}` },
  { name: 'maps and sets', pollute: `for (const made of [Map, Set, WeakMap, WeakSet, WeakRef]) { for (const key of Reflect.ownKeys(made.prototype)) try { made.prototype[key] = ${thrower} } catch { } globalThis[made.name] = null }` },
  { name: 'texts and patterns', pollute: `for (const made of [String, RegExp, Symbol, Number, BigInt, Boolean]) { for (const key of Reflect.ownKeys(made.prototype)) if (key !== 'constructor') try { Object.defineProperty(made.prototype, key, { configurable: true, value: ${thrower} }) } catch { } for (const key of Reflect.ownKeys(made)) try { made[key] = ${thrower} } catch { } } globalThis.RegExp = globalThis.String = globalThis.Number = null`, mayFail: 'Symbol.prototype has what the language itself converts with' },
  { name: 'objects and reflection', pollute: `const { ownKeys } = Reflect; for (const made of [Object, Reflect, Math, Atomics]) for (const key of ownKeys(made)) try { made[key] = ${thrower} } catch { } globalThis.Object = globalThis.Reflect = globalThis.Math = globalThis.Proxy = null` },
  { name: 'errors', pollute: `for (const made of [Error, TypeError, RangeError, SyntaxError]) { for (const key of ['name', 'message', 'stack', 'cause', 'code', 'slots']) Object.defineProperty(made.prototype, key, { configurable: true, get: ${thrower}, set: ${thrower} }) } Error.captureStackTrace = Error.isError = ${thrower}; Error.stackTraceLimit = 0; Error.prepareStackTrace = ${thrower}; globalThis.Error = globalThis.TypeError = globalThis.RangeError = null` },
  { name: 'bytes', pollute: `for (const made of [ArrayBuffer, Uint8Array, DataView, Object.getPrototypeOf(Uint8Array)]) for (const key of Reflect.ownKeys(made.prototype)) try { Object.defineProperty(made.prototype, key, { configurable: true, value: ${thrower} }) } catch { }` },
  { name: 'generators and asynchronous iteration', pollute: `const make = async function* () {}; const asynchronous = Object.getPrototypeOf(Object.getPrototypeOf(make.prototype)); asynchronous.next = asynchronous.return = ${thrower}; const generator = function* () {}; const plain = Object.getPrototypeOf(generator.prototype); plain.next = plain.return = ${thrower}; Object.defineProperty(Object.getPrototypeOf(plain), Symbol.iterator, { configurable: true, value: ${thrower} })` },
  { name: 'the console, timers and all other globals', pollute: `for (const key of Object.getOwnPropertyNames(globalThis)) if (!['console', 'llmQuery', 'sleep', 'budget', 'progress', 'undefined'].includes(key)) try { delete globalThis[key] } catch { } for (const key of Reflect.ownKeys(console)) if (key !== 'log') try { console[key] = ${thrower} } catch { } ` },
  { name: 'the prototype of the global object', pollute: `Object.setPrototypeOf(globalThis, null)` },
  { name: 'a proxy as the prototype of the global object', pollute: `try { Object.setPrototypeOf(Object.getPrototypeOf(globalThis), new Proxy({}, { get: ${thrower}, has: () => true, set: ${thrower}, getPrototypeOf: ${thrower} })) } catch { }`, mayFail: 'names that are not there are looked up there' },
  { name: 'everything frozen', pollute: `const seen = new Set(); const freeze = (one) => { if (Object(one) !== one || seen.has(one) || one === globalThis) return; seen.add(one); for (const key of Reflect.ownKeys(one)) { const { value, get, set } = Object.getOwnPropertyDescriptor(one, key); freeze(value); freeze(get); freeze(set) } freeze(Object.getPrototypeOf(one)); Object.freeze(one) }; for (const key of Object.getOwnPropertyNames(globalThis)) if (!['llmQuery', 'context', 'docs', 'grep'].includes(key)) freeze(globalThis[key])` },
  { name: 'a sealed global object', pollute: 'Object.seal(globalThis)', mayFail: 'a cell cannot declare a name then' },
  { name: 'a prototype setter', pollute: `Object.defineProperty(Object.prototype, '__proto__', { configurable: true, get: ${thrower}, set: ${thrower} })` },
  { name: 'everything that can be reached and overwritten', pollute: `const seen = new Set(); const skipped = { __proto__: null, llmQuery: 1, llmBatchQuery: 1, docs: 1, context: 1, sleep: 1, budget: 1, progress: 1, console: 1 }; const ownKeys = Reflect.ownKeys, describe = Object.getOwnPropertyDescriptor, define = Object.defineProperty, protoOf = Object.getPrototypeOf; const queue = [globalThis]; const all = []; while (queue.length > 0) { const one = queue.pop(); if (Object(one) !== one || seen.has(one)) continue; seen.add(one); all.push(one); for (const key of ownKeys(one)) { if (one === globalThis && key in skipped) continue; const found = describe(one, key); queue.push(found.value, found.get, found.set) } queue.push(protoOf(one)) } for (let i = 0; i < all.length; i++) { const one = all[i]; const keys = ownKeys(one); for (let j = 0; j < keys.length; j++) { const key = keys[j]; if (key in skipped || one === console && key === 'log') continue; try { const found = describe(one, key); if (typeof found.value === 'function' && found.configurable) define(one, key, { value: ${thrower}, configurable: true, writable: true }) } catch { } } } 1`, mayFail: 'the language itself looks things up' },
]

const attacks = pollutions.map(({ name, pollute, mayFail }): Attack => ({
  name: `${name}: the API works on`,
  cell: [`(() => { ${pollute} })(); 1`, useAll],
  ends: mayFail === undefined ? 'value' : ['value', 'CELL', 'STALLED', 'CPU', 'CONFIG'],
  ...(mayFail === undefined ? {} : { because: mayFail }),
  context: { name: 'text', text: 'text' },
  limits: { cpuMs: 3_000 },
  check: ({ result }) => {
    if (result === undefined || mayFail !== undefined) return
    expect(result.value).toEqual(allUsed)
    expect(result.logs.map(({ text }) => text)).toEqual(['printed { a: [ 1, 2 ] }'])
  },
}))

attackAll('hostile pollution', attacks)
