/** Delays in; callbacks, a little later than asked, out: one timer for thousands of deadlines. */

/** Time as the query path sees it; tests hand in one of their own. */
export interface Clock {
  /** Milliseconds, never backward, from an origin of its own. */
  readonly now: () => number
  /** Calls `callback` once, after `ms` milliseconds or a little more; never for Infinity. Returns what cancels it. */
  readonly after: (ms: number, callback: () => void) => () => void
}

/** Grain of the wheel, in milliseconds: how late a callback may be besides what the loop adds. */
const tickMs = 10

/**
 * A timer wheel: entries lie in slots of {@link tickMs}, and one interval that runs only while there are entries turns it.
 * A timer per call costs more than the rest of a call's dispatch.
 */
export function createClock(): Clock {
  const slots = new Map<number, Set<() => void>>()
  let entries = 0
  let turned = 0
  let interval: NodeJS.Timeout | undefined

  const now = (): number => performance.now()

  function turn(): void {
    const until = Math.floor(now() / tickMs)
    while (turned < until) {
      turned += 1
      const slot = slots.get(turned)
      if (slot === undefined) continue
      slots.delete(turned)
      for (const callback of slot) {
        slot.delete(callback)
        entries -= 1
        callback()
      }
    }
    rest()
  }

  function rest(): void {
    if (entries > 0) return
    clearInterval(interval)
    interval = undefined
  }

  return {
    now,
    after: (ms, callback) => {
      if (ms === Infinity) return () => {}
      if (interval === undefined) {
        turned = Math.floor(now() / tickMs)
        interval = setInterval(turn, tickMs)
      }
      const due = Math.max(Math.ceil((now() + ms) / tickMs), turned + 1)
      // A callback of its own for every entry, so that the same function can wait twice.
      const entry = (): void => callback()
      const slot = slots.get(due) ?? new Set()
      if (slot.size === 0) slots.set(due, slot)
      slot.add(entry)
      entries += 1
      return () => {
        if (!slot.delete(entry)) return
        entries -= 1
        if (slot.size === 0 && slots.get(due) === slot) slots.delete(due)
        rest()
      }
    },
  }
}
