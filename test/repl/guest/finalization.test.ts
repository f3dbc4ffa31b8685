import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { drainFinalizers, installFinalization } from '../../../src/repl/guest/finalization.ts'

// The module itself, in this process: here garbage can be collected on demand.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const target = {} as { FinalizationRegistry: FinalizationRegistryConstructor }
installFinalization(target)

async function collected(isDone: () => boolean): Promise<void> {
  for (let round = 0; round < 50 && !isDone(); round++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
    drainFinalizers()
  }
}

test('a callback runs when the turn asks for it, and not by itself', async () => {
  const told: unknown[] = []
  const registry = new target.FinalizationRegistry((held) => told.push(held))
  registry.register({}, 'gone')
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(told).toEqual([])
  await collected(() => told.length > 0)
  expect(told).toEqual(['gone'])
})

test('what a callback throws is a rejection that nobody handles, and the others run', async () => {
  const told: unknown[] = []
  const rejections: unknown[] = []
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.once('unhandledRejection', (reason) => rejections.push(reason))
  const registry = new target.FinalizationRegistry((held) => {
    told.push(held)
    if (held === 1) throw new Error('in a finalizer')
  })
  for (const held of [1, 2, 3]) registry.register({}, held)
  await collected(() => told.length === 3 && rejections.length > 0)
  for (const listener of listeners) process.on('unhandledRejection', listener)
  expect(told.toSorted()).toEqual([1, 2, 3])
  expect(rejections).toEqual([new Error('in a finalizer')])
})

test('what was unregistered is not told of', async () => {
  const told: unknown[] = []
  const registry = new target.FinalizationRegistry((held) => told.push(held))
  const token = {}
  registry.register({}, 'never', token)
  registry.register({}, 'told')
  expect(registry.unregister(token)).toBe(true)
  await collected(() => told.length > 0)
  expect(told).toEqual(['told'])
})
