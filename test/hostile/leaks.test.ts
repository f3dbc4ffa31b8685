import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { attackLimits, failureOf, openArena } from './arena.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes that the host's heap holds after its garbage is gone. */
function heapBytes(): number {
  for (let round = 0; round < 3; round++) collectGarbage()
  return process.memoryUsage().heapUsed
}

describe('a thousand cells', () => {
  it('leave nothing behind on the host', { timeout: 60_000 }, async () => {
    await using arena = await openArena()
    await using session = await arena.replm.openSession({ limits: attackLimits })
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const cells = [
      `let x = await llmQuery('a'); console.log(x)`,
      `await llmBatchQuery(['a', 'b', 'c'])`,
      `throw new Error('x')`,
      `await new Promise(() => undefined)`,
      `Promise.reject(new Error('floating')); 1`,
      `await sleep(0); ({ a: [1, 2, 3] })`,
      `llmQuery('x', { signal: AbortSignal.abort() }).catch(() => 1)`,
      `await llmQuery('x', { model: 'rude/x' })`,
      `for await (const part of docs) part`,
      `syntax error`,
    ]
    const round = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await session.run(cells[index % cells.length] ?? '').catch(() => undefined)
    }
    await round(300)
    const before = heapBytes()
    const handles = process.getActiveResourcesInfo().length
    await round(1_000)
    expect(heapBytes() - before).toBeLessThan(5e6)
    expect(process.getActiveResourcesInfo().length - handles).toBeLessThan(5)
    expect(warnings).toEqual([])
    process.off('warning', onWarning)
  })
})

describe('sandboxes that die', () => {
  it('leave no process, no listener and no timer behind', { timeout: 60_000 }, async () => {
    await using arena = await openArena()
    await using session = await arena.replm.openSession({ limits: { ...attackLimits, cpuMs: 50 } })
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const die = async (): Promise<void> => expect((await failureOf(session.run('new Array(2 ** 32 - 1).fill(0)'))).code).toMatch(/CPU|MEMORY/)
    for (let index = 0; index < 2; index++) await die()
    const before = heapBytes()
    for (let index = 0; index < 4; index++) await die()
    expect(heapBytes() - before).toBeLessThan(3e6)
    expect(warnings).toEqual([])
    process.off('warning', onWarning)
  })
})
