/** Many listeners on one signal. */
import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { onAbort } from '../../../src/host/dispatch/onAbort.ts'

it('calls every listener once when the signal aborts, with one listener on the signal itself', () => {
  const controller = new AbortController()
  const calls: number[] = []
  for (let index = 0; index < 1_000; index += 1) onAbort(controller.signal, () => calls.push(index))
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  controller.abort()
  expect(calls).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
})

it('does not call what was let go, also from another listener', () => {
  const controller = new AbortController()
  const calls: string[] = []
  onAbort(controller.signal, () => calls.push('gone'))()
  onAbort(controller.signal, () => {
    calls.push('first')
    letGo()
  })
  const letGo = onAbort(controller.signal, () => calls.push('second'))
  controller.abort()
  expect(calls).toEqual(['first'])
})

it('leaves nothing on a signal that everybody let go of, and can begin again', () => {
  const controller = new AbortController()
  const calls: string[] = []
  const letGo = onAbort(controller.signal, () => calls.push('old'))
  letGo()
  letGo()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  onAbort(controller.signal, () => calls.push('new'))
  letGo()
  controller.abort()
  expect(calls).toEqual(['new'])
})
