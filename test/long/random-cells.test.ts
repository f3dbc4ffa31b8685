import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplmError, Session } from '../../src/index.ts'
import { type Arena, attackLimits, openArena } from '../hostile/arena.ts'

/** Steps of a program; put together at random they meet in ways that nobody thought of. */
const steps = [
  `await llmQuery('a')`, `llmQuery('a').catch(() => 1)`, `await llmBatchQuery(['a', 'b'])`, `llmBatchQuery(Array(300).fill('x'), { model: 'never/x' }).catch(() => 1)`,
  `await sleep(1)`, `setTimeout(() => { console.log('t') }, 1)`, `setInterval(() => { n += 1 }, 1)`, `clearTimeout(1); clearTimeout(2)`,
  `const controller = new AbortController(); llmQuery('x', { model: 'never/x', signal: controller.signal }).catch(() => 1); controller.abort()`,
  `await Promise.race([sleep(5), llmQuery('x', { model: 'never/x' })])`, `await new Promise(() => 1)`, `for (;;);`, `for (;;) await null`, `throw new Error('x')`,
  `await final(n)`, `FINAL({ a: n })`, `FINAL('x'.repeat(5_000))`, `await progress(0.5)`, `Promise.reject(new Error('f'))`, `console.log('x'.repeat(200))`,
  `for (let i = 0; i < 100; i++) console.log('y'.repeat(200))`, `await llmQuery('x', { model: 'no/no' })`, `try { await llmQuery('x', { model: 'rude/x' }) } catch { n = 2 }`,
  `await docs[0].slice(0, 10)`, `docs[0].slice(0, 1e5)`, `await budget()`, `queueMicrotask(function again() { if (n++ < 1e4) queueMicrotask(again) })`,
  `queueMicrotask(function again() { queueMicrotask(again) })`, `new Array(1e6).fill({})`, `await llmQuery('{"a":1}', { model: 'echo/x', schema: { type: 'object' } })`,
  `globalThis.later = sleep(20)`, `await globalThis.later`, `await Promise.all([sleep(1), sleep(2), llmQuery('q')])`, `for await (const piece of llmStream('abc')) n++`,
  `for await (const slot of llmBatchStream(['a', 'b'])) n++`, `(function deeper() { deeper() })()`, `try { await sleep(1e6) } catch { await sleep(3) }`, `({ a: 1 })`, `x'`,
] as const

/** Numbers from 0 up that a seed repeats. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (state >>> 8) % below
  }
}

describe('cells of random steps, interrupted at random', () => {
  let arena: Arena
  let session: Session
  beforeAll(async () => {
    arena = await openArena()
    session = await arena.replm.openSession({ limits: { ...attackLimits, wallMs: 1_500 }, context: { name: 'text', text: 'x'.repeat(200_000) } })
  })
  afterAll(() => arena[Symbol.asyncDispose]())

  it.each([1, 2, 3, 4])('all end, with a code of theirs, and the session goes on: seed %i', async (seed) => {
    const random = createRandom(seed)
    for (let count = 0; count < 200; count++) {
      const chosen = Array.from({ length: 1 + random(5) }, () => steps[random(steps.length)] ?? '')
      const cell = `var n = 0; ${chosen.map((step) => (random(3) === 0 ? `{ ${step} }` : step)).join('; ')}`
      const started = performance.now()
      const run = session.start(cell)
      const interrupts = random(4) === 0 ? [random(60)] : random(8) === 0 ? [5, 10] : []
      const timers = interrupts.map((ms) => setTimeout(() => run.interrupt(), ms))
      const code = await run.result.then(() => 'value', (error: ReplmError) => error.code)
      for (const timer of timers) clearTimeout(timer)
      expect(['value', 'CELL', 'SYNTAX', 'STALLED', 'CONFIG', 'CPU', 'TIMEOUT', 'MEMORY', 'OUTPUT', 'INTERRUPTED'], cell).toContain(code)
      expect(performance.now() - started, cell).toBeLessThan(6_000)
      if (random(4) === 0) expect((await session.run('40 + 2').catch((error: ReplmError) => error)), cell).toMatchObject({ value: 42 })
    }
    expect((await arena.bystander.run(`await llmQuery('beside')`)).value).toBe('BESIDE')
  })
})
