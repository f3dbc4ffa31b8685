import { expect } from 'vitest'
import { type Attack, attackAll, hostPaths } from './attack.ts'

/** Ends with true where it got out; each way in its own. */
const outside = `typeof process !== 'undefined' || typeof require !== 'undefined' || typeof module !== 'undefined'`
const probe = `'return typeof process + typeof require + typeof Buffer + typeof global'`
const nothing = 'undefinedundefinedundefinedundefined'

const escapes: readonly Attack[] = [
  { name: 'nothing of node is there', cell: `[typeof process, typeof require, typeof module, typeof Buffer, typeof global, typeof fetch, typeof WebSocket, typeof XMLHttpRequest, typeof Worker, typeof Deno, typeof setImmediate, typeof gc].join()`, ends: 'value', value: Array(12).fill('undefined').join(), keeps: true },
  { name: 'natives of the sandbox cannot be found', cell: `Reflect.ownKeys(globalThis).filter((key) => String(key).includes('replm')).join()`, ends: 'value', value: '', keeps: true },
  { name: 'a function of the API leads to no other world', cell: `[llmQuery, llmBatchQuery, console.log, setTimeout, structuredClone, URL, TextEncoder, AbortController, crypto.randomUUID, performance.now].map((one) => one.constructor.constructor(${probe})()).every((found) => found === '${nothing}')`, ends: 'value', value: true, keeps: true },
  { name: 'constructors of all kinds of functions lead to no other world', cell: `const kinds = [function () {}, async function () {}, function* () {}, async function* () {}]; const found = []; for (const one of kinds) found.push(one.constructor(${probe})()); [found[0], await found[1], found[2].next().value, (await found[3].next()).value].every((one) => one === '${nothing}')`, ends: 'value', value: true, keeps: true },
  { name: 'an error of the host leads to no other world', cell: `let found; try { await llmQuery('x', { model: 'no/no' }) } catch (error) { found = error.constructor.constructor(${probe})() + Object.getPrototypeOf(Object.getPrototypeOf(error)).constructor.constructor(${probe})() } found`, ends: 'value', value: nothing + nothing, keeps: true },
  { name: 'an error of the host names no place on it', cell: `let stack; try { await llmQuery('x', { model: 'no/no' }) } catch (error) { stack = error.stack } stack`, ends: 'value', keeps: true, check: ({ result }) => expect(result?.value).not.toMatch(hostPaths) },
  {
    name: 'errors of natives lead to no other world and name no place',
    cell: `const found = []; for (const make of [() => new URL('x'), () => new TextDecoder('nope'), () => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(255)), () => atob('%'), () => structuredClone(() => 1), () => crypto.getRandomValues(new Float64Array(1)), () => crypto.getRandomValues(new Uint8Array(1e6)), () => new TextDecoder('shift_jis', { fatal: true }).decode(Uint8Array.of(255, 255)), () => queueMicrotask(1), () => AbortSignal.timeout(-1)]) try { make() } catch (error) { found.push(error.stack + error.constructor.constructor(${probe})()) } found.join('\\n')`,
    ends: 'value',
    keeps: true,
    check: ({ result }) => {
      expect(result?.value).not.toMatch(hostPaths)
      expect(result?.value).not.toMatch(/undefinedundefinedfunction|object/)
    },
  },
  {
    name: 'natives that are called at the end of the stack lead to no other world and name no place',
    cell: `const found = new Set(); let calls = 0; const bottom = () => { for (const act of [() => new URL('http://a/b'), () => console.log('x'), () => new TextEncoder().encode('é'), () => new TextDecoder('latin1').decode(Uint8Array.of(200)), () => performance.now(), () => { void llmQuery('x').catch((error) => found.add(error.stack + error.constructor.constructor(${probe})())) }, () => { void llmQuery('x', { schema: { type: 'object' } }).catch((error) => found.add(error.stack + error.constructor.constructor(${probe})())) }, () => setTimeout(() => undefined, 0)]) try { act() } catch (error) { calls += 1; found.add(String(error.stack) + error.constructor.constructor(${probe})()) } }; const deeper = (depth) => { try { deeper(depth + 1) } catch { } if (calls < 2_000) bottom() }; deeper(0); await sleep(20); [calls > 0, [...found].join('\\n')]`,
    ends: ['value', 'OUTPUT', 'CPU'],
    because: 'what is printed on the way may be too much',
    limits: { outputBytes: 1e6, cpuMs: 1_500, valueBytes: 1e7 },
    check: ({ result }) => {
      const [, found] = (result?.value ?? [true, '']) as [boolean, string]
      expect(found).not.toMatch(hostPaths)
      expect(found).not.toMatch(/(?:object|function)(?:undefined|function|object){3}/)
    },
  },
  {
    name: 'the API works after it was called at the end of the stack',
    cell: [`const deeper = (depth) => { try { deeper(depth + 1) } catch { try { llmQuery('x').catch(() => 1); llmBatchQuery(['x', 'y']).catch(() => 1); llmQuery('x', { schema: { type: 'string' } }).catch(() => 1); sleep(0).catch(() => 1); budget().catch(() => 1); new URL('http://a') } catch { } } }; for (let i = 0; i < 20; i++) deeper(0); await sleep(50)`, `[await llmQuery('a'), await llmBatchQuery(['b', 'c']), await llmQuery('{"a":1}', { schema: { type: 'object' }, model: 'echo/x' }), new URL('http://host/path').pathname]`],
    ends: 'value',
    value: ['A', ['B', 'C'], { a: 1 }, '/path'],
    limits: { cpuMs: 5_000 },
    keeps: true,
  },
  { name: 'stack frames give no function and no receiver of the runtime', cell: `Error.prepareStackTrace = (_error, sites) => sites.map((site) => [String(site.getFunction?.() ?? ''), typeof site.getThis?.(), String(site.getFileName?.() ?? '')]); let seen; const look = () => { seen ??= []; seen.push(...new Error('x').stack) }; await llmQuery({ get prompt() { look(); return 'x' } }); console.log('%s', { toString() { look(); return '' } }); try { await llmQuery('x', { model: 'no/no' }) } catch (error) { seen.push(...(Array.isArray(error.stack) ? error.stack : [])) } setTimeout(look, 0); await sleep(10); seen`, ends: 'value', alone: true, keeps: true, check: ({ result }) => {
    for (const [source, , file] of (result?.value ?? []) as [string, string, string][]) {
      if (/replm:/.test(file)) expect(source).toBe('')
      expect(file).not.toMatch(hostPaths)
    }
  } },
  { name: 'callers of callbacks cannot be reached', cell: `let caller = 'none'; function look() { try { caller = String(look.caller ?? 'none') } catch { caller = 'none' } return 'x' } await llmQuery({ get prompt() { return look() } }); setTimeout(look, 0); await sleep(5); caller`, ends: 'value', check: ({ result }) => expect(result?.value).not.toMatch(/emit|reflectApply|createError/), keeps: true },
  { name: 'species and proxies of built-ins lead nowhere', cell: `class Spy extends Array { static get [Symbol.species]() { return function () { return new Proxy([], {}) } } } const spied = Spy.from(['a', 'b']); [await llmBatchQuery(spied), await llmBatchQuery(new Proxy(['c'], {})), await new Proxy(llmQuery, { apply: (target, self, args) => Reflect.apply(target, self, args) })('d')]`, ends: 'value', value: [['A', 'B'], ['C'], 'D'], keeps: true },
  { name: 'a dynamic import of a module of node is refused', cell: `await import('node:fs')`, ends: 'CELL', keeps: true },
  { name: 'a dynamic import of a module of the runtime is refused', cell: `const refused = []; for (const name of ['replm:host.ts', './host.ts', 'replm:index.ts', 'data:text/javascript,1', 'file:///etc/passwd', 'isolated-vm']) try { await import(name); refused.push(false) } catch { refused.push(true) } refused.every(Boolean)`, ends: 'value', value: true, keeps: true },
  { name: 'a static import is a syntax error', cell: `import fs from 'node:fs'`, ends: 'SYNTAX', keeps: true },
  { name: 'import.meta is a syntax error', cell: 'import.meta.url', ends: 'SYNTAX', keeps: true },
  { name: 'the process cannot be signalled, left or debugged', cell: `const tried = []; for (const text of ['process.kill(process.ppid, "SIGUSR1")', 'process.exit(0)', 'process._debugProcess(1)', 'process.binding("fs")', 'process.dlopen({}, "x")', 'require("child_process")', 'new Worker("x")', 'new SharedWorker("x")', 'importScripts("x")', 'Deno.readFile("x")', 'Bun.file("x")', '%DebugPrint(1)', 'debugger; __proto__.constructor.constructor("return process")()']) try { tried.push(eval(text)) } catch { tried.push('refused') } tried.filter((one) => one !== 'refused')`, ends: 'value', value: [], keeps: true },
  { name: 'files, networks and processes cannot be named', cell: `(${outside}) ? 'outside' : (() => { try { return fetch('http://127.0.0.1') } catch (error) { return error.name } })()`, ends: 'value', value: 'ReferenceError', keeps: true },
  { name: 'a host path in grep or docs opens nothing', cell: `await grep('root', { path: '/etc/passwd' })`, ends: ['CONFIG', 'CELL', 'value'], because: 'there is nothing loaded to search', keeps: true },
  { name: 'a document by a forged number or name opens nothing', cell: `Object.keys(docs).length + docs.length + String(docs['/etc/passwd'])`, ends: 'value', value: '0undefined', keeps: true },
  { name: 'a handle of a document cannot be made to read another', cell: `const [one] = docs; const stolen = []; for (const act of [() => one.slice.call({ name: '/etc/passwd', bytes: 1e9 }, 0, 4), () => Reflect.construct(one.constructor, ['/etc/passwd']).slice?.(0, 4), () => { one.name = '/etc/passwd'; return one.slice(0, 4) }]) try { stolen.push(await act()) } catch (error) { stolen.push(error.name) } stolen.map((one) => one === 'mine' ? 'mine' : typeof one)`, ends: 'value', context: { name: 'own', text: 'mine' }, keeps: true, check: ({ result }) => expect((result?.value as string[] | undefined)?.[0]).toBe('mine') },
  { name: 'a forged code is CELL', cell: `throw Object.assign(new Error('x'), { code: 'BUDGET', name: 'ReplmError' })`, ends: 'CELL', keeps: true },
  { name: 'an error of ours in false clothes is CELL', cell: `let real; try { await llmQuery('x', { model: 'no/no' }) } catch (error) { real = error } const forged = Object.create(real, {}); throw forged`, ends: ['CELL', 'CONFIG'], because: 'its prototype is genuine', keeps: true },
  { name: 'an error of the class of ours is CELL', cell: `let Kind; try { await llmQuery('x', { model: 'no/no' }) } catch (error) { Kind = error.constructor } const forged = new Kind('mine'); forged.code = 'DISPOSED'; throw forged`, ends: 'CELL', keeps: true },
  { name: 'an error of ours whose code was changed keeps its own', cell: `try { await llmQuery('x', { model: 'no/no' }) } catch (error) { try { error.code = 'STORE'; Object.defineProperty(error, 'code', { value: 'STORE' }) } catch { } throw error }`, ends: 'CONFIG', keeps: true },
  { name: 'a model that was not allowed is refused', cell: `await llmQuery('x', { model: 'openai/gpt-5' })`, ends: 'CONFIG', says: /was not allowed/, keeps: true },
  { name: 'a model that was not allowed is refused in a batch, in a prompt and by an alias', cell: `const codes = []; for (const act of [() => llmBatchQuery(['x'], { model: 'openai/x' }), () => llmBatchQuery([{ prompt: 'x', model: 'openai/x' }]), () => llm_query('x', 'openai/x'), () => llmQuery('x', { model: 'shout/../openai/x' }), () => llmQuery('x', { model: ' openai/x' }), () => llmQuery('x', { model: '__proto__/x' }), () => llmQuery('x', { model: 'constructor' })]) try { codes.push(await act()) } catch (error) { codes.push(error.code) } codes.join()`, ends: 'value', keeps: true, check: ({ result }) => expect(String(result?.value).split(',').filter((code) => code !== 'CONFIG' && code !== 'X')).toEqual([]) },
  { name: 'terminal sequences that are printed stay data', cell: `console.log('\\u001b[2J\\u001b]0;title\\u0007\\u009b31m\\u202e\\r\\b'); 1`, ends: 'value', value: 1, keeps: true, check: ({ result }) => expect(result?.logs[0]?.text).toBe('\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\r\b') },
  { name: 'terminal sequences in an error stay data', cell: `throw new Error('\\u001b]52;c;aGk=\\u0007\\u001b[31mred')`, ends: 'CELL', keeps: true, check: ({ error }) => expect(error?.message).toBe('\u001b]52;c;aGk=\u0007\u001b[31mred') },
  { name: 'terminal sequences of a provider stay data', cell: `await llmQuery('\\u001b[31mred\\u001b[0m\\u0000', { model: 'rude/x' })`, ends: 'PROVIDER', keeps: true, check: ({ error }) => expect(error?.message).toContain('\u001b[31mred') },
  { name: 'lone surrogates and NUL cross as they are', cell: `console.log('\\ud800\\u0000'); [await llmQuery('\\ud800\\u0000', { model: 'echo/x' }), '\\udfff\\u0000']`, ends: 'value', keeps: true, check: ({ result }) => expect((result?.value as string[] | undefined)?.[1]).toBe('\udfff\u0000') },
  { name: 'a name of a cell cannot be forged by a stack', cell: `const error = new Error('x'); error.stack = 'Error: x\\n    at evil (/srv/host.js:1:1)\\n    at forged (file:///etc/passwd:1:1)'; throw error`, ends: 'CELL', keeps: true, check: ({ error }) => expect(error?.stack).not.toMatch(/passwd|host\.js/) },
]

attackAll('hostile escapes', escapes)
