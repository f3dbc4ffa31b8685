/** Promises in; the same promises settled in simulated time, out: hours of waiting in milliseconds, and every wait on record. */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../../src/host/dispatch/clock.ts'

export interface SimulatedTime extends Clock {
  /** Milliseconds of all callbacks asked for so far, in order; Infinity included. */
  readonly asked: readonly number[]
  /** Callbacks not yet called nor cancelled. */
  readonly pending: number
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>
  /** Goes on by `ms`, callback by callback. */
  advance(ms: number): Promise<void>
  /** Goes on, from callback to callback, until `promise` is settled; settles as it does. */
  run<T>(promise: Promise<T>): Promise<T>
}

export function createSimulatedTime(): SimulatedTime {
  const entries = new Set<{ readonly due: number; readonly callback: () => void }>()
  const asked: number[] = []
  let now = 0

  /** Twice: a lazy import and the promises behind it may take a turn of the loop each. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) await setImmediate()
  }

  function next(): { readonly due: number; readonly callback: () => void } | undefined {
    let first: { readonly due: number; readonly callback: () => void } | undefined
    for (const entry of entries) if (first === undefined || entry.due < first.due) first = entry
    return first
  }

  function fire(entry: { readonly due: number; readonly callback: () => void }): void {
    entries.delete(entry)
    now = Math.max(now, entry.due)
    entry.callback()
  }

  return {
    asked,
    get pending() {
      return entries.size
    },
    now: () => now,
    after: (ms, callback) => {
      asked.push(ms)
      if (ms === Infinity) return () => {}
      const entry = { due: now + ms, callback }
      entries.add(entry)
      return () => entries.delete(entry)
    },
    settle,
    advance: async (ms) => {
      const until = now + ms
      await settle()
      for (let entry = next(); entry !== undefined && entry.due <= until; entry = next()) {
        fire(entry)
        await settle()
      }
      now = until
    },
    run: async (promise) => {
      let settled = false
      const mark = (): void => {
        settled = true
      }
      promise.then(mark, mark)
      for (;;) {
        await settle()
        if (settled) return promise
        const entry = next()
        if (entry !== undefined) fire(entry)
      }
    },
  }
}
