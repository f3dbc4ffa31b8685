import { expect, vi } from 'vitest'
import { type Attack, attackAll } from './attack.ts'

const soon = { cpuMs: 30_000, wallMs: 400 }
const patient = { cpuMs: 30_000 }

const endings: readonly Attack[] = [
  // Interrupted.
  { name: 'an interrupt ends a sleep, and the session lives', cell: `console.log('in'); await sleep(1e6)`, interrupt: true, ends: 'INTERRUPTED', keeps: true, limits: patient },
  { name: 'an interrupt ends a question, down to the provider', cell: `const asked = llmQuery('x', { model: 'never/x' }); await sleep(20); console.log('in'); await asked`, interrupt: true, ends: 'INTERRUPTED', keeps: true, limits: patient, check: ({ aborted }) => vi.waitFor(() => expect(aborted()).toBeGreaterThanOrEqual(1)) },
  { name: 'an interrupt ends a batch of thousands, down to the provider', cell: `const asked = llmBatchQuery(Array(3_000).fill('x'), { model: 'never/x' }); await sleep(1_000); console.log('in'); await asked`, interrupt: true, ends: 'INTERRUPTED', keeps: true, limits: patient, check: ({ aborted }) => vi.waitFor(() => expect(aborted()).toBeGreaterThanOrEqual(3_000)) },
  { name: 'an interrupt ends a cell that waits while an interval ticks', cell: `console.log('in'); setInterval(() => undefined, 1); await new Promise(() => undefined)`, interrupt: true, ends: 'INTERRUPTED', keeps: true, limits: patient },
  { name: 'an interrupt ends a loop', cell: `console.log('in'); for (;;);`, interrupt: true, ends: 'INTERRUPTED', keeps: false, limits: patient },
  { name: 'an interrupt ends a loop of awaits', cell: `console.log('in'); for (;;) await null`, interrupt: true, ends: 'INTERRUPTED', keeps: false, limits: patient },
  { name: 'an interrupt ends a loop of sleeps', cell: `console.log('in'); for (;;) await sleep(1)`, interrupt: true, ends: 'INTERRUPTED', keeps: true, limits: patient },
  { name: 'an interrupt ends a loop that catches it', cell: `console.log('in'); for (;;) try { await sleep(1) } catch { }`, interrupt: true, ends: 'INTERRUPTED', keeps: false, limits: patient },
  { name: 'an interrupt ends a loop of questions that catches it', cell: `console.log('in'); for (;;) try { await llmQuery('x') } catch { }`, interrupt: true, ends: 'INTERRUPTED', keeps: false, limits: patient },
  { name: 'an interrupt ends what catches it and waits for nothing', cell: `console.log('in'); try { await sleep(1e6) } catch { await new Promise(() => undefined) }`, interrupt: true, ends: 'INTERRUPTED', keeps: true, limits: patient },
  { name: 'an interrupt that is caught lets the cell give its value', cell: `console.log('in'); let kind; try { await sleep(1e6) } catch (error) { kind = error.code } kind`, interrupt: true, ends: 'value', value: 'INTERRUPTED', keeps: true, limits: patient },
  { name: 'an interrupt ends a native that cannot be interrupted', cell: `console.log('in'); let x = 3n ** 1_000_000n; for (;;) x *= x`, interrupt: true, ends: ['INTERRUPTED', 'CELL'], because: 'the engine refuses numbers that are too long', limits: patient },
  { name: 'an interrupt ends a pattern that backtracks', cell: `console.log('in'); /^(a+)+$/.test('a'.repeat(50) + 'b')`, interrupt: true, ends: 'INTERRUPTED', keeps: false, limits: patient },
  { name: 'an interrupt ends a bomb', cell: `console.log('in'); const all = []; for (;;) all.push({})`, interrupt: true, ends: ['INTERRUPTED', 'MEMORY'], because: 'the bomb may be faster', keeps: false, limits: patient },
  { name: 'an interrupt ends a flood of questions', cell: `console.log('in'); for (;;) { llmQuery('x', { model: 'never/x' }).catch(() => undefined); await null }`, interrupt: true, ends: ['INTERRUPTED', 'MEMORY'], because: 'its memory may be full first', limits: patient },
  { name: 'an interrupt ends a flood of timers', cell: `console.log('in'); const again = () => { setTimeout(again, 0); setTimeout(again, 0) }; again(); await sleep(1e6)`, interrupt: true, ends: 'INTERRUPTED', limits: patient },
  { name: 'an interrupt ends a read of a document', cell: `console.log('in'); for (;;) await docs[0].slice(0, 100_000)`, interrupt: true, ends: 'INTERRUPTED', keeps: true, limits: patient, context: { name: 'long', text: 'x'.repeat(200_000) } },
  // Out of time by the clock.
  { name: 'wall time ends a sleep', cell: 'await sleep(1e6)', ends: 'TIMEOUT', keeps: true, limits: soon },
  { name: 'wall time ends a question', cell: `await llmQuery('x', { model: 'never/x' })`, ends: 'TIMEOUT', keeps: true, limits: soon, check: ({ aborted }) => vi.waitFor(() => expect(aborted()).toBeGreaterThanOrEqual(1)) },
  { name: 'wall time ends a loop', cell: 'for (;;);', ends: 'TIMEOUT', keeps: false, limits: soon },
  { name: 'wall time ends a loop of awaits', cell: 'for (;;) await null', ends: 'TIMEOUT', keeps: false, limits: soon },
  { name: 'wall time that is caught is TIMEOUT all the same', cell: 'try { await sleep(1e6) } catch { } 5', ends: 'TIMEOUT', keeps: true, limits: soon },
  { name: 'wall time that is wrapped in another error is TIMEOUT all the same', cell: `try { await sleep(1e6) } catch (cause) { throw new TypeError('mine', { cause }) }`, ends: 'TIMEOUT', keeps: true, limits: soon },
  { name: 'wall time ends a loop that catches it', cell: 'for (;;) try { await sleep(1) } catch { }', ends: 'TIMEOUT', keeps: false, limits: soon },
  { name: 'wall time ends a native that cannot be interrupted', cell: `'x,'.repeat(1e5).split(',').map(() => { let x = 3n ** 100_000n; for (let i = 0; i < 20; i++) x *= x })`, ends: ['TIMEOUT', 'CELL', 'MEMORY'], because: 'the engine refuses numbers that are too long', limits: soon },
  { name: 'wall time ends what an interval keeps from being stalled', cell: 'setInterval(() => undefined, 1); await new Promise(() => undefined)', ends: 'TIMEOUT', keeps: true, limits: soon },
  // Nothing to wait for.
  { name: 'a promise that nothing settles is STALLED at once', cell: 'await new Promise(() => undefined)', ends: 'STALLED', keeps: true },
  { name: 'a wait for a finalizer is STALLED at once', cell: 'await new Promise((resolve) => new FinalizationRegistry(resolve).register({}, 1))', ends: 'STALLED', keeps: true },
  { name: 'a cell that leaves a promise open and ends is no stall', cell: 'globalThis.open = new Promise(() => undefined); 1', ends: 'value', value: 1, keeps: true },
  { name: 'an iterator without end of promises that nothing settles is STALLED', cell: 'for await (const one of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) });', ends: 'STALLED', keeps: true },
  { name: 'a wait for WebAssembly is not STALLED', cell: 'const compiled = await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)); typeof compiled', ends: 'value', value: 'object', keeps: true },
  // What a cell leaves behind.
  { name: 'microtasks without end that a cell leaves behind are stopped', cell: 'queueMicrotask(function again() { queueMicrotask(again) }); 7', ends: 'value', value: 7, keeps: true },
  { name: 'microtasks that wait behind a loop are stopped with it', cell: 'queueMicrotask(function again() { queueMicrotask(again) }); for (;;);', ends: 'CPU', keeps: true },
  { name: 'a loop in a timer that a cell leaves behind is stopped, and the next cell works', cell: ['setTimeout(() => { for (;;); }, 1); 1', 'await sleep(20); for (;;);'], ends: 'CPU', keeps: true },
  { name: 'intervals that cells leave behind are on the account of the cell that runs', cell: ['setInterval(() => { for (const end = performance.now() + 50; performance.now() < end;); }, 1); 1', 'await sleep(1e6)'], ends: 'CPU', keeps: true, waits: true },
  { name: 'questions that a cell leaves behind end with the session only', cell: [`llmQuery('x', { model: 'never/x' }).catch(() => undefined); 1`, '1 + 1'], ends: 'value', value: 2, keeps: true },
  { name: 'questions in flight are aborted when the sandbox is killed', cell: `for (let i = 0; i < 300; i++) llmQuery('x', { model: 'never/x' }).catch(() => undefined); await sleep(50); new Array(2 ** 32 - 1).fill(0)`, ends: ['CPU', 'MEMORY'], because: 'whichever is used up first', keeps: false, check: ({ aborted }) => vi.waitFor(() => expect(aborted()).toBeGreaterThanOrEqual(300)) },
  { name: 'questions in flight are aborted when the cell is out of time', cell: `for (let i = 0; i < 300; i++) llmQuery('x', { model: 'never/x' }).catch(() => undefined); await sleep(50); for (;;);`, ends: 'CPU', keeps: true, waits: true, check: ({ aborted }) => vi.waitFor(() => expect(aborted()).toBeGreaterThanOrEqual(300)) },
  { name: 'questions in flight are aborted by final', cell: `for (let i = 0; i < 300; i++) llmQuery('x', { model: 'never/x' }).catch(() => undefined); await sleep(50); await final('over')`, ends: 'value', value: 'over', keeps: true, check: ({ aborted }) => vi.waitFor(() => expect(aborted()).toBeGreaterThanOrEqual(300)) },
  { name: 'a loop after final is stopped', cell: `final('over'); for (;;);`, ends: 'value', value: 'over' },
]

attackAll('hostile endings', endings)
