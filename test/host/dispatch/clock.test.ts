/** The timer wheel under a faked runtime clock. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createClock } from '../../../src/host/dispatch/clock.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

it('calls back not before the delay and at most two ticks of 10 ms after it', () => {
  const clock = createClock()
  vi.advanceTimersByTime(7)
  const lateness: number[] = []
  for (const ms of [0, 1, 9, 10, 11, 250, 999]) {
    const due = clock.now() + ms
    clock.after(ms, () => lateness.push(clock.now() - due))
  }
  vi.advanceTimersByTime(2_000)
  expect(lateness).toHaveLength(7)
  for (const ms of lateness) {
    expect(ms).toBeGreaterThanOrEqual(0)
    // One tick of rounding, one because the interval started between two ticks.
    expect(ms).toBeLessThanOrEqual(20)
  }
})

it('never calls back what was cancelled, not even from a callback of the same tick', () => {
  const clock = createClock()
  const called: string[] = []
  const cancels: (() => void)[] = []
  clock.after(100, () => {
    called.push('first')
    for (const cancel of cancels) cancel()
  })
  cancels.push(clock.after(100, () => called.push('second')), clock.after(150, () => called.push('third')))
  vi.advanceTimersByTime(1_000)
  expect(called).toEqual(['first'])
})

it('holds no timer while nothing waits, so that the process can end', () => {
  const clock = createClock()
  expect(vi.getTimerCount()).toBe(0)
  const cancel = clock.after(1_000, () => {})
  clock.after(10, () => {})
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(100)
  expect(vi.getTimerCount()).toBe(1)
  cancel()
  cancel()
  expect(vi.getTimerCount()).toBe(0)
})

it('calls back what a callback asks for', () => {
  const clock = createClock()
  const times: number[] = []
  const again = (): void => {
    times.push(clock.now())
    if (times.length < 3) clock.after(100, again)
  }
  clock.after(0, again)
  vi.advanceTimersByTime(1_000)
  expect(times).toHaveLength(3)
  expect(vi.getTimerCount()).toBe(0)
})

it('never calls back after Infinity', () => {
  const clock = createClock()
  clock.after(Infinity, () => {
    throw new Error('called')
  })()
  expect(vi.getTimerCount()).toBe(0)
})
