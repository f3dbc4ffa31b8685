import { type Attack, attackAll } from './attack.ts'

/** Bombs get the time to go off: what ends them is memory. */
const slow = { cpuMs: 1_500 }
const engine = 'the engine itself refuses some allocations, with an error that the cell may catch; others take longer than they may'

const bombs: readonly Attack[] = [
  { name: 'arrays that are kept end with MEMORY', cell: 'const all = []; for (;;) all.push([1, 2, 3])', ends: ['MEMORY', 'CPU'], because: 'a slow machine takes longer than it may', limits: slow },
  { name: 'a bomb after an await ends with MEMORY', cell: 'const all = []; for (;;) { await sleep(0); for (let i = 0; i < 1e5; i++) all.push({ i }) }', ends: ['MEMORY', 'CPU'], because: 'a slow machine takes longer than it may', limits: slow },
  { name: 'a bomb in a microtask ends with MEMORY', cell: 'const all = []; (function again() { for (let i = 0; i < 1e5; i++) all.push({ i }); queueMicrotask(again) })(); await sleep(1e6)', ends: ['MEMORY', 'CPU'], because: 'a slow machine takes longer than it may', limits: slow },
  { name: 'Array.fill of a huge array ends with MEMORY', cell: 'new Array(3e7).fill(0)', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'Array.fill of the hugest array is ended', cell: 'new Array(2 ** 32 - 1).fill(0)', ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'Array.from of a huge length is ended', cell: 'Array.from({ length: 2 ** 32 - 1 })', ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'squares of a BigInt are ended', cell: 'let x = 3n ** 1_000_000n; for (;;) x *= x', ends: ['CPU', 'CELL', 'MEMORY'], because: engine },
  { name: 'a BigInt of many digits as text is ended', cell: 'String(7n ** 20_000_000n)', ends: ['CPU', 'MEMORY', 'CELL'], because: engine },
  { name: 'JSON.parse of a huge text is ended', cell: `JSON.parse('[' + '[],'.repeat(2e7) + '1]')`, ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'JSON.stringify of what doubles at each level is ended', cell: 'let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o }; JSON.stringify(o)', ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'a value that doubles at each level crosses as the graph that it is', cell: 'let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o }; o', ends: 'value', keeps: true },
  { name: 'a split into too many pieces is ended', cell: `'x,'.repeat(5e7).split(',')`, ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'a split into letters is ended', cell: `'x'.repeat(2 ** 28).split('')`, ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'String.fromCharCode.apply of too many is an error of the cell', cell: 'String.fromCharCode.apply(null, new Array(1e7))', ends: ['CELL', 'MEMORY'], because: engine },
  { name: 'a sort of a hundred million is ended', cell: 'const all = new Array(1e8); for (let i = 0; i < 1e8; i++) all[i] = -i; all.sort()', ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'a sort of a huge typed array is ended', cell: 'const all = new Float64Array(6e6); for (let i = 0; i < all.length; i++) all[i] = Math.random(); for (;;) { all.reverse(); all.sort() }', ends: ['CPU', 'CELL', 'MEMORY'], because: engine },
  { name: 'padStart to the longest text is ended or refused', cell: `const padded = 'x'.padStart(2 ** 29 - 25); padded.charCodeAt(7); const other = padded.toUpperCase()`, ends: ['MEMORY', 'CELL', 'CPU', 'value'], because: engine },
  { name: 'ropes that are flattened end with MEMORY', cell: `let s = 'ab'; for (let i = 0; i < 27; i++) s += s; const all = []; for (let i = 0; ; i++) { const t = s + i; t.charCodeAt(5); all.push(t) }`, ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'a text repeated beyond all lengths is an error of the cell', cell: `'x'.repeat(2 ** 30)`, ends: 'CELL', keeps: true },
  { name: 'a replacement that multiplies is ended', cell: `'a'.repeat(20_000).replaceAll('a', 'b'.repeat(20_000)).split('b')`, ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'normalizing a huge text is ended', cell: `'\\u1e9b\\u0323'.repeat(5e7).normalize('NFKD')`, ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'a Map that grows ends with MEMORY', cell: 'const all = new Map(); for (let i = 0; ; i++) all.set(i, i)', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'a Set that grows ends with MEMORY', cell: `const all = new Set(); for (let i = 0; ; i++) all.add('key ' + i)`, ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'an object with keys without end ends with MEMORY', cell: `const all = {}; for (let i = 0; ; i++) all['key ' + i] = i`, ends: ['MEMORY', 'CPU'], because: engine, limits: slow },
  { name: 'promises that are kept end with MEMORY', cell: 'const all = []; for (;;) all.push(Promise.resolve({}))', ends: ['MEMORY', 'CPU'], because: 'a slow machine takes longer than it may', limits: slow },
  { name: 'ArrayBuffers that are kept are ended or refused', cell: '(() => { const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1)) })()', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'one huge ArrayBuffer is refused', cell: 'new ArrayBuffer(2 ** 33)', ends: ['CELL', 'MEMORY'], because: engine },
  { name: 'a typed array beyond the limit is refused', cell: 'new Float64Array(2e7).fill(1)', ends: ['CELL', 'MEMORY'], because: engine },
  { name: 'a resizable ArrayBuffer that grows is ended or refused', cell: 'const buffer = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); for (let size = 1e6; ; size += 1e6) { buffer.resize(size); new Uint8Array(buffer).fill(1, size - 1e6) }', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'SharedArrayBuffers that are kept are ended or refused', cell: '(() => { const all = []; for (;;) all.push(new Uint8Array(new SharedArrayBuffer(1e6)).fill(1)) })()', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'WebAssembly memory that grows is ended or refused', cell: 'const memory = new WebAssembly.Memory({ initial: 1 }); for (;;) { const at = memory.buffer.byteLength; memory.grow(16); new Uint8Array(memory.buffer).fill(1, at) }', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'WebAssembly memories that are kept are ended or refused', cell: 'const all = []; for (;;) { const memory = new WebAssembly.Memory({ initial: 160 }); new Uint8Array(memory.buffer).fill(1); all.push(memory) }', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'WebAssembly tables that are kept are ended or refused', cell: `const all = []; for (;;) all.push(new WebAssembly.Table({ element: 'anyfunc', initial: 1e6 }))`, ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'patterns that are kept are ended', cell: `const all = []; for (let i = 0; ; i++) { const one = new RegExp('(?:a|b|' + i + '){1,500}'); one.test('ab'); all.push(one) }`, ends: ['MEMORY', 'CPU', 'CELL'], because: engine },
  { name: 'a pattern too large is an error of the cell', cell: `new RegExp('(?:a{1,1000}){1,1000}').test('a'.repeat(100))`, ends: ['CELL', 'CPU', 'MEMORY', 'value'], because: engine },
  { name: 'functions made of text without end are ended', cell: `const all = []; for (let i = 0; ; i++) all.push(Function('return ' + '1+'.repeat(1_000) + i))`, ends: ['MEMORY', 'CPU'], because: engine },
  { name: 'texts that cross to be encoded are ended', cell: `const all = []; for (;;) all.push(new TextEncoder().encode('é'.repeat(4e6)))`, ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'a huge text that crosses to be encoded is ended', cell: `new TextEncoder().encode('é'.repeat(2e8))`, ends: ['MEMORY', 'CELL', 'CPU'], because: engine },
  { name: 'a huge text that crosses to be a URL is ended', cell: `new URL('http://host/' + 'é'.repeat(1e8))`, ends: ['MEMORY', 'CELL', 'CPU'], because: engine },
  { name: 'a huge text in base64 is ended', cell: `const all = []; for (;;) all.push(btoa('x'.repeat(5e7)), atob('AAAA'.repeat(1e7)))`, ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'copies by structuredClone are ended', cell: 'let o = []; for (let i = 0; ; i++) o = structuredClone([o, o, new Array(1_000).fill({})])', ends: ['MEMORY', 'CPU', 'CELL'], because: engine, limits: slow },
  { name: 'randomness without end is ended or refused', cell: '(() => { const all = []; for (;;) all.push(crypto.getRandomValues(new Uint8Array(65_536))) })()', ends: ['MEMORY', 'CELL', 'CPU'], because: engine, limits: slow },
  { name: 'timers that are kept end with MEMORY', cell: 'for (;;) setTimeout(() => undefined, 1e6)', ends: ['MEMORY', 'CPU'], because: engine, limits: slow },
  { name: 'questions that nobody waits for are ended', cell: `for (;;) llmQuery('x', { model: 'never/x' })`, ends: ['MEMORY', 'CPU'], because: engine, limits: slow },
  { name: 'questions of great length that nobody waits for are ended', cell: `for (let i = 0; ; i++) llmQuery('x'.repeat(1e6) + i, { model: 'never/x' })`, ends: ['MEMORY', 'CPU'], because: engine, limits: slow },
  { name: 'variables that fill the memory end with MEMORY, in their own cell or in the next', cell: ['let all = []; try { for (;;) all.push(new Uint8Array(1e6).fill(1)) } catch { 1 }', 'new Array(1e7).fill({})'], ends: ['MEMORY', 'CELL'], because: engine, limits: slow },
  { name: 'a session that was not bombed keeps its variables after many that were refused', cell: `let refused = 0; for (let i = 0; i < 5; i++) try { new ArrayBuffer(2 ** 33) } catch { refused += 1 }; refused`, ends: 'value', value: 5, keeps: true },
]

/** In a function, what the bomb has made is garbage once it is stopped, and the next cell has its memory. */
const wrapped = bombs.map((bomb): Attack => (typeof bomb.cell === 'string' && bomb.ends !== 'value' && !bomb.cell.includes('await') ? { ...bomb, cell: `(() => { ${bomb.cell} })()` } : bomb))

attackAll('hostile allocations', wrapped)
