/** Times in; calls to the host that end when the time has come, so that the order of things is the host's to record, out. */
import { type Handle, send } from './calls.ts'
import { createError } from './errors.ts'
import type { GuestError } from '../../protocol.ts'
import { IntrinsicMap, IntrinsicPromise, IntrinsicRangeError, IntrinsicTypeError, isNaNumber, mapDelete, mapGet, mapSet, max, promiseReject, reflectApply } from './primordials.ts'

/** Resolves after `ms` milliseconds. Rejects when the cell is interrupted. */
export async function sleep(ms: unknown): Promise<void> {
  if (typeof ms !== 'number') throw new IntrinsicTypeError(`Expected \`ms\` to be a number, got ${typeof ms}`)
  if (isNaNumber(ms) || ms < 0) throw new IntrinsicRangeError(`Expected \`ms\` to be a number from 0 up, got ${ms}`)
  const refused = await new IntrinsicPromise<GuestError | undefined>((resolve) => wait(ms, () => resolve(undefined), resolve))
  if (refused !== undefined) throw createError(refused)
}

/** Shortest time of a timer, and the time of one whose delay is no number, in milliseconds: Node's own. */
const minTimerMs = 1

let timers = new IntrinsicMap<number, Handle>()
let lastTimer = 0

export function setTimeout(callback: unknown, delay?: unknown, ...args: unknown[]): number {
  const timer = ++lastTimer
  arm(timer, checkCallback(callback), delay, args, false)
  return timer
}

export function setInterval(callback: unknown, delay?: unknown, ...args: unknown[]): number {
  const timer = ++lastTimer
  arm(timer, checkCallback(callback), delay, args, true)
  return timer
}

/** Clears a timer of either kind; anything else is ignored, as everywhere. */
export function clearTimeout(timer?: unknown): void {
  if (typeof timer !== 'number') return
  mapGet(timers, timer)?.abort()
  mapDelete(timers, timer)
}

/** Drops all timers, without a word to the host: their calls are dropped with all others. */
export function forgetTimers(): void {
  timers = new IntrinsicMap()
}

/** Calls back after `ms`; for the runtime's own deadlines. */
export function wait(ms: number, wake: () => void, refuse: (error: GuestError) => void): Handle {
  let wasSent = false
  return send({
    prompts: 0,
    next: () => {
      if (wasSent) return undefined
      wasSent = true
      return { type: 'sleep', rest: `,"ms":${ms > maxMs ? maxMs : ms}`, prompts: 0, answer: wake, refuse }
    },
    refuse,
  })
}

/** Infinity has no JSON; this is 31 years. */
const maxMs = 1e12

type Callback = (...args: unknown[]) => unknown

function arm(timer: number, callback: Callback, delay: unknown, args: readonly unknown[], repeat: boolean): void {
  const ms = max(minTimerMs, +(delay as number) || 0)
  const fire = (): void => {
    if (repeat) arm(timer, callback, delay, args, repeat)
    else mapDelete(timers, timer)
    try {
      reflectApply(callback, undefined, args)
    } catch (thrown) {
      // Nobody can catch it: it is reported like any rejection that nobody handles.
      promiseReject(thrown)
    }
  }
  mapSet(timers, timer, wait(ms, fire, () => mapDelete(timers, timer)))
}

function checkCallback(callback: unknown): Callback {
  if (typeof callback !== 'function') throw new IntrinsicTypeError(`Expected \`callback\` to be a function, got ${callback === null ? 'null' : typeof callback}`)
  return callback as Callback
}
