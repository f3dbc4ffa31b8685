import { expect } from 'vitest'
import { type Attack, attackAll } from './attack.ts'

const text = (units: number): string => 'x'.repeat(units)

const floods: readonly Attack[] = [
  { name: 'a flood of lines ends with OUTPUT', cell: `for (;;) console.log('flood')`, ends: 'OUTPUT', keeps: true },
  { name: 'a flood of lines after an await ends with OUTPUT', cell: `for (;;) { await null; console.error('flood') }`, ends: 'OUTPUT', keeps: true },
  { name: 'a flood of lines that catches its end ends with OUTPUT', cell: `for (;;) try { console.log('flood') } catch { }`, ends: 'OUTPUT' },
  { name: 'output over the limit that is caught is told, and no value passes for a result', cell: `try { console.log('x'.repeat(1e6)) } catch { } 5`, ends: 'OUTPUT', keeps: true },
  { name: 'output over the limit that is wrapped in another error is told', cell: `try { console.log('x'.repeat(1e6)) } catch (cause) { throw new TypeError('mine', { cause }) }`, ends: 'OUTPUT', keeps: true },
  { name: 'a hundred thousand short lines within the limit are all printed', cell: `for (let i = 0; i < 200_000; i++) console.log('')`, ends: 'value', value: undefined, limits: { outputBytes: 1e6, cpuMs: 10_000 }, check: ({ result }) => expect(result?.logs.length).toBe(200_000), keeps: true },
  { name: 'one line of a hundred million letters ends with OUTPUT', cell: `console.log('x'.repeat(1e8))`, ends: ['OUTPUT', 'MEMORY', 'CPU'], because: 'such a text may not fit its memory' },
  { name: 'a table of a million rows ends with OUTPUT or CPU', cell: 'console.table(Array.from({ length: 1e6 }, (_, i) => ({ i })))', ends: ['OUTPUT', 'CPU', 'MEMORY'], because: 'whichever is used up first' },
  { name: 'groups without end are stopped', cell: `for (;;) console.group('x')`, ends: ['OUTPUT', 'CPU'], because: 'whichever is used up first', keeps: true },
  { name: 'a flood of questions is ended', cell: `for (;;) llmQuery('x')`, ends: ['CPU', 'MEMORY'], because: 'whichever is used up first' },
  { name: 'a flood of questions that are awaited together is answered', cell: `(await Promise.all(Array.from({ length: 10_000 }, (_, i) => llmQuery('q' + i)))).length`, ends: 'value', value: 10_000, limits: { cpuMs: 5_000 }, keeps: true },
  { name: 'a flood of batches is ended', cell: `for (;;) llmBatchQuery(Array(1_000).fill('x'))`, ends: ['CPU', 'MEMORY'], because: 'whichever is used up first' },
  { name: 'a batch of a million prompts is ended or answered', cell: `await llmBatchQuery(Array(1_000_000).fill('x'))`, ends: ['CPU', 'MEMORY', 'value'], because: 'it depends on how fast the machine is' },
  { name: 'questions with the longest names of models are refused', cell: `let refused = 0; for (let i = 0; i < 100; i++) try { await llmQuery('x', { model: 'shout/' + 'x'.repeat(1e6) }) } catch (error) { refused += error instanceof RangeError }; refused`, ends: 'value', value: 100, keeps: true, limits: { cpuMs: 5_000 } },
  { name: 'a flood of progress is told now and then', cell: 'for (;;) progress(Math.random())', ends: ['CPU', 'MEMORY'], because: 'whichever is used up first', check: ({ events }) => expect(events.filter(({ type }) => type === 'job.progressed').length).toBeLessThan(100) },
  { name: 'a flood of awaited progress is ended', cell: `for (;;) await progress(0.5, 'x'.repeat(1e5))`, ends: ['CPU', 'MEMORY'], waits: true, because: 'whichever is used up first' },
  { name: 'a flood of timers is ended', cell: 'for (;;) setTimeout(() => undefined, 0)', ends: ['CPU', 'MEMORY'], waits: true, because: 'whichever is used up first' },
  { name: 'timers that make timers are ended', cell: 'const again = () => { setTimeout(again, 0); setTimeout(again, 0) }; again(); await sleep(1e6)', ends: ['CPU', 'MEMORY'], waits: true, because: 'whichever is used up first' },
  { name: 'four thousand intervals are ended', cell: 'for (let i = 0; i < 4_000; i++) setInterval(() => undefined, 0); await sleep(1e6)', ends: ['CPU', 'MEMORY'], waits: true, because: 'whichever is used up first' },
  { name: 'a flood of aborts is withstood', cell: `for (let i = 0; i < 20_000; i++) { const controller = new AbortController(); llmQuery('x', { model: 'never/x', signal: controller.signal }).catch(() => undefined); controller.abort() } 1`, ends: ['value', 'CPU'], because: 'it depends on how fast the machine is', limits: { cpuMs: 5_000 } },
  { name: 'a flood of aborts that are awaited is withstood', cell: `for (let i = 0; i < 2_000; i++) { const controller = new AbortController(); const asked = llmQuery('x', { model: 'never/x', signal: controller.signal }); controller.abort(); await asked.catch(() => undefined) } 1`, ends: ['value', 'CPU'], because: 'it depends on how fast the machine is', limits: { cpuMs: 5_000 } },
  { name: 'a signal with a hundred thousand listeners is withstood', cell: `const controller = new AbortController(); for (let i = 0; i < 100_000; i++) controller.signal.addEventListener('abort', () => undefined); controller.abort(); 1`, ends: ['value', 'CPU', 'MEMORY'], because: 'it depends on how fast the machine is' },
  { name: 'a flood of cleared timers is withstood', cell: 'for (let i = 0; i < 100_000; i++) clearTimeout(setTimeout(() => undefined, 1e6)); 1', ends: ['value', 'CPU', 'MEMORY'], because: 'it depends on how fast the machine is', limits: { cpuMs: 5_000 } },
  { name: 'a flood of rejections that nobody handles is told within bounds', cell: `for (let i = 0; i < 1_000; i++) { Promise.reject(new Error('x'.repeat(100_000) + i)); await sleep(0) } 1`, ends: 'value', value: 1, limits: { cpuMs: 20_000 }, keeps: true, check: ({ result }) => expect(result?.logs.reduce((sum, { text: line }) => sum + line.length, 0)).toBeLessThan(110_000) },
  { name: 'a flood of budget questions is ended', cell: 'for (;;) budget()', ends: ['CPU', 'MEMORY'], waits: true, because: 'whichever is used up first' },
  {
    name: 'a flood of reads that nobody listens to does not fill the host',
    cell: `for (let i = 0; i < 4_000; i++) docs[0].slice(0, 500_000); for (;;);`,
    ends: ['CPU', 'MEMORY'],
    because: 'its own memory may be full first',
    limits: { cpuMs: 2_000 },
    context: { name: 'long', text: text(600_000) },
    check: () => expect(process.memoryUsage.rss()).toBeLessThan(1e9),
  },
  { name: 'many reads at once are all answered', cell: `(await Promise.all(Array.from({ length: 200 }, (_, i) => docs[0].slice(i, 10_000 + i)))).every((text) => text.length === 10_000)`, ends: 'value', value: true, context: { name: 'long', text: text(600_000) }, limits: { cpuMs: 5_000 }, keeps: true },
  { name: 'a value over its limit is refused', cell: `'x'.repeat(200_000)`, ends: 'OUTPUT', keeps: true, says: /larger than 100000 bytes/ },
  { name: 'a final value over its limit that is caught leaves the value intact', cell: `try { FINAL('x'.repeat(200_000)) } catch { } ({ a: [1, 2] })`, ends: 'value', value: { a: [1, 2] }, keeps: true },
  { name: 'a flood of final values gives the first', cell: 'for (let i = 0; i < 10_000; i++) FINAL(i); 5', ends: 'value', value: 5, keeps: true },
]

attackAll('hostile floods', floods)
