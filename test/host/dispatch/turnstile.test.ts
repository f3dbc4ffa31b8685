import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { Turnstile } from '../../../src/host/dispatch/turnstile.ts'

/** A batch's window: goes through one by one, and writes down each. */
async function goThrough(turnstile: Turnstile, { count, name, seen, signal }: { readonly count: number; readonly name: string; readonly seen: string[]; readonly signal: AbortSignal }): Promise<void> {
  for (let index = 0; index < count; index++) {
    while (turnstile.isFull && !signal.aborted) await turnstile.room(signal)
    turnstile.enter()
    seen.push(`${name}${index}`)
  }
}

it('a bounded number is inside, however many come, and all get in in their order as others leave', async () => {
  const turnstile = new Turnstile()
  const { signal } = new AbortController()
  const seen: string[] = []
  const windows = ['a', 'b', 'c', 'd'].map((name) => goThrough(turnstile, { count: 300, name, seen, signal }))
  let inside = seen.length
  expect(inside).toBe(256)
  let left = 0
  while (left < 1_200) {
    turnstile.leave()
    left += 1
    await Promise.resolve()
    await Promise.resolve()
    inside = Math.max(inside, seen.length - left)
  }
  await Promise.all(windows)
  expect(inside).toBeLessThanOrEqual(256)
  expect(seen).toEqual(['a', 'b', 'c', 'd'].flatMap((name) => Array.from({ length: 300 }, (_, index) => `${name}${index}`)))
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('who waits outside hears of an abort at once', async () => {
  const turnstile = new Turnstile()
  const controller = new AbortController()
  const seen: string[] = []
  const all = goThrough(turnstile, { count: 600, name: 'a', seen, signal: controller.signal })
  expect(seen).toHaveLength(256)
  controller.abort()
  await all
  expect(seen).toHaveLength(600)
})
