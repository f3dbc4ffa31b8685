/** A callback in; its run at the end of the current step out: `queueMicrotask`. */
import { IntrinsicTypeError, promiseResolve, promiseThen } from './primordials.ts'

/** What the callback throws is reported like a rejection that nobody handles. */
export function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new IntrinsicTypeError('The "callback" argument must be of type function')
  promiseThen(promiseResolve(undefined), () => {
    ;(callback as () => unknown)()
  })
}
