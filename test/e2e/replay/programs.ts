/** Programs whose calls finish in another order each time, cell by cell: what one does that depends on anything, it puts into `seen` and prints. */

export interface Program {
  readonly name: string
  readonly cells: readonly (string | { readonly text: string; readonly fails?: string; readonly typescript?: boolean; readonly interruptAt?: string })[]
}

const note = 'var seen = []; const note = (...what) => { seen.push(what); console.log(JSON.stringify(what)) };'

export const programs: readonly Program[] = [
  {
    name: 'questions that finish in any order',
    cells: [
      note,
      `await Promise.all(Array.from({ length: 12 }, async (_, i) => { note('first', i, await llmQuery('q' + i)); note('second', i, await llmQuery('again ' + seen.length)) }))`,
      `note(await llmQuery('with ' + seen.length)); seen.length`,
    ],
  },
  {
    name: 'batches in batches, with concurrency, and settled',
    cells: [
      note,
      `const nested = await llmBatchQuery(await llmBatchQuery(Array.from({ length: 20 }, (_, i) => 'p' + i), { concurrency: 3 })); note(nested)`,
      `await Promise.all([llmBatchQuery(['a', 'b', 'c'], { concurrency: 1 }).then((texts) => note('one', texts)), llmBatchQuery(['d', 'e'], { concurrency: 2 }).then((texts) => note('two', texts)), llmBatchQuery(['fail x', 'f'], { settle: true }).then((slots) => note('three', slots.map((slot) => slot.ok ? slot.text : slot.error.message)))])`,
      `try { await llmBatchQuery(['g', 'fail g', 'h']) } catch (error) { note(error.name, error.message, error.slots.map((slot) => slot.ok ? slot.text : slot.error.code)) }`,
      `await llmBatchQuery([]).then(note)`,
    ],
  },
  {
    name: 'clocks',
    cells: [
      note,
      `for (let i = 0; i < 6; i++) { note(Date.now(), performance.now(), new Date().toISOString(), Date().length, await llmQuery('t' + i)) }`,
      `note(Temporal.Now.instant().toString(), Temporal.Now.plainDateTimeISO().toString(), Temporal.Now.zonedDateTimeISO().toString(), new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'long' }).format(), new Date().toLocaleString())`,
      `let spins = 0; const until = performance.now() + 5; while (performance.now() < until) spins++; note(spins); const end = Date.now() + 3; while (Date.now() < end) spins++; note(spins, performance.timeOrigin > 0)`,
      `const began = performance.now(); await Promise.all([1, 2, 3].map(async (i) => { await llmQuery('u' + i); note(i, performance.now() - began, Date.now()) }))`,
    ],
  },
  {
    name: 'randomness',
    cells: [
      note,
      `note(Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(8))])`,
      `await Promise.all([1, 2, 3, 4].map(async (i) => { await llmQuery('r' + i); note(i, Math.random(), crypto.randomUUID()) }))`,
      `note(await llmQuery('random ' + Math.random()), await llmQuery(crypto.randomUUID()))`,
    ],
  },
  {
    name: 'timers',
    cells: [
      note,
      `let ticks = 0; const timer = setInterval(() => { note('tick', ++ticks, Math.random()); if (ticks === 4) clearInterval(timer) }, 2); await Promise.all([sleep(3).then(() => note('slept')), llmQuery('s').then(note)]); while (ticks < 4) await sleep(1); note('done')`,
      `await new Promise((resolve) => { const stop = setTimeout(() => { note('too late'); resolve() }, 6); llmQuery('quick').then((text) => { note(text); clearTimeout(stop); resolve() }) })`,
      `let count = 0; setTimeout(async () => { note('later', await llmQuery('later')); count++ }, 1); setTimeout(() => { count++; note('soon') }, 1)`,
      `while (count < 2) await sleep(1); note('both', count)`,
    ],
  },
  {
    name: 'races',
    cells: [
      note,
      `for (let round = 0; round < 4; round++) note(await Promise.race([llmQuery('a' + round), llmQuery('b' + round), sleep(3).then(() => 'slow')]), await Promise.any([llmQuery('fail ' + round), llmQuery('c' + round), llmQuery('d' + round)]))`,
      `const winners = []; await Promise.allSettled([1, 2, 3, 4, 5].map((i) => llmQuery('w' + i).then((text) => winners.push(text)))); note(winners); note(await llmQuery('after ' + winners[0]))`,
      `try { await Promise.any([llmQuery('fail 1'), llmQuery('fail 2')]) } catch (error) { note(error.name, error.errors.map((each) => each.message)) }`,
    ],
  },
  {
    name: 'errors that it branches on',
    cells: [
      note,
      `for (const prompt of ['fail a', 'ok', 'fail b']) try { note(await llmQuery(prompt)) } catch (error) { note(error.code, error.message, await llmQuery('instead of ' + error.message)) }`,
      `const controller = new AbortController(); const never = llmQuery('never 1', { signal: controller.signal }).catch((error) => note('aborted', error.name, error.message)); await llmQuery('meanwhile'); controller.abort(); await never; note(await llmQuery('x').then((text) => text))`,
      `try { await llmQuery('never 2', { signal: AbortSignal.timeout(4) }) } catch (error) { note(error.name) }`,
      `const stop = new AbortController(); setTimeout(() => stop.abort(new Error('mine')), 3); const slots = await llmBatchQuery(['one', 'never 3', 'two'], { settle: true, signal: stop.signal }).catch((error) => error.message); note(slots)`,
      `try { await llmQuery('x', { model: 'other/model' }) } catch (error) { note(error.code) } try { await llmQuery(5) } catch (error) { note(error.message) }`,
    ],
  },
  {
    name: 'budgets',
    cells: [
      note,
      `note(await budget()); await llmQuery('a'); note((await budget()).queries ?? await budget())`,
      `await Promise.all([llmQuery('b'), llmQuery('c'), budget().then(note), llmQuery('d').then(() => budget()).then(note)])`,
    ],
  },
  {
    name: 'streams, in part and whole',
    cells: [
      note,
      `for await (const piece of llmStream('whole')) note(piece)`,
      `for await (const piece of llmStream('part')) { note(piece); if (piece === ' and') break }`,
      `await Promise.all(['x', 'y'].map(async (name) => { for await (const piece of llmStream(name)) note(name, piece) })); note('both')`,
      `for await (const { index, ok, text } of llmBatchStream(['k', 'l', 'm', 'fail n'])) note(index, ok, text)`,
      `for await (const slot of llmBatchStream(Array.from({ length: 12 }, (_, i) => 'part ' + i), { concurrency: 4 })) { note(slot.index, slot.text); if (seen.length % 5 === 0) break }`,
      `try { for await (const piece of llmStream('fail stream')) note(piece) } catch (error) { note(error.code, error.message) }`,
    ],
  },
  {
    name: 'schemas with a repair',
    cells: [
      note,
      `const schema = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } }; note(await llmQuery('json one', { schema }).catch((error) => error.message))`,
      `note((await llmBatchQuery(['json two', 'json good', 'json three'], { schema, settle: true })).map((slot) => [slot.ok, slot.value, slot.text, slot.attempts]))`,
    ],
  },
  {
    name: 'documents',
    cells: [
      note,
      `note(docs.length, docs[0].name, docs[0].bytes, await docs[0].slice(3, 30), await docs[0].lines(), await docs[0].chars())`,
      `for await (const chunk of docs[0].chunks({ chars: 400, overlap: 20, on: 'line' })) note((await llmQuery('about ' + chunk.text?.length ?? chunk.length)), chunk.index ?? 0)`,
      `await Promise.all([docs[0].readLines(2, 3), docs[1].slice(0, 5), docs[0].slice(-1, 2).catch((error) => error.message)].map(async (read, i) => note(i, await read, await llmQuery('after ' + i))))`,
      `note(typeof context, context.length, context[0].slice(0, 20))`,
    ],
  },
  {
    name: 'work that goes on into later cells',
    cells: [
      note,
      `var work = (async () => { for (let i = 0; i < 12; i++) note('work', i, await llmQuery('w' + i), Math.random()) })(); 'started'`,
      `note(await llmQuery('beside')); await sleep(3)`,
      `for (let i = 0; i < 3; i++) note('second', await llmQuery('s' + i))`,
      `await work; note('over')`,
    ],
  },
  {
    name: 'state over cells, types, final and cells that fail',
    cells: [
      note,
      `let a = await llmQuery('a'); const b = { list: [a] }; function twice(x) { return x + x } class Box { #v; constructor(v) { this.#v = v } get v() { return this.#v } }`,
      { text: `interface Row { text: string } enum Kind { A = 2, B } const rows: Row[] = (await llmBatchQuery(['r1', 'r2'])).map((text): Row => ({ text })); note(rows, Kind.B as number)`, typescript: true },
      { text: `b.list.push(await llmQuery('b')); a = twice(a); throw new Error('in the middle ' + b.list.length)`, fails: 'CELL' },
      { text: `note(await llmQuery('before it stalls')); await new Promise(() => {})`, fails: 'STALLED' },
      { text: `note('goes on', a); llmQuery('never 1').catch((error) => note('left', error.code)); await llmQuery('never interrupted')`, fails: 'INTERRUPTED', interruptAt: 'never interrupted' },
      { text: `note(new Box(b).v.list); llmQuery('never 2'); await final({ a, list: b.list }); note('never')` },
      `FINAL(a); note('after FINAL', a, b.list, seen.length); FINAL_VAR('b'); _later = llmQuery('late').then((text) => note('late', text))`,
      { text: `let (`, fails: 'SYNTAX' },
      `await _later; var a = 5; note(a, typeof twice, new Map([[1, a]]).get(1))`,
    ],
  },
  {
    name: 'console output between and a large state',
    cells: [
      note,
      `for (let i = 0; i < 40; i++) { console.log('line', i); console.error('bad', i); if (i % 8 === 0) note(await llmQuery('c' + i)) } console.table?.([{ a: 1 }]); console.log('x'.repeat(3000))`,
      `const map = new Map(); await Promise.all(Array.from({ length: 60 }, async (_, i) => { const text = await llmQuery('m' + (i % 7)); map.set(text, [...(map.get(text) ?? []), i]) })); note([...map])`,
      `Promise.reject(new Error('floating')); queueMicrotask(() => note('micro')); note(await llmQuery('end'))`,
    ],
  },
]

/** What a program has come to; run after it, and again after a replay. */
export const probe = `JSON.stringify([seen, Object.keys(globalThis).toSorted(), Math.random()])`
