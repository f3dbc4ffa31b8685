/** The isolate's bare global object in; one with what programs expect to find on it out. */
import { installClock } from './clock.ts'
import { structuredClone } from './clone.ts'
import { type Print, createConsole } from './console.ts'
import { DOMException } from './dom-exception.ts'
import { installEncoding } from './encoding.ts'
import { CustomEvent, Event, EventTarget } from './event-target.ts'
import { AbortController, AbortSignal, type Wait, setWait } from './events.ts'
import { installFinalization } from './finalization.ts'
import { queueMicrotask } from './microtask.ts'
import { defineHidden } from './primordials.ts'
import { installProxy } from './proxies.ts'
import { publish } from './publish.ts'
import { installRandom } from './random.ts'
import { installRecordedClock } from './recorded-clock.ts'
import { installStackTraces } from './stack-trace.ts'
import { installUrl } from './url.ts'
import { installWasm } from './wasm.ts'

export interface GlobalsOptions {
  /** Takes each text that `console` prints. */
  readonly print: Print
  /** Calls back after some milliseconds: for AbortSignal.timeout. */
  readonly wait: Wait
}

/** To be called once, before any code of a program runs. */
export function installGlobals(target: object, { print, wait }: GlobalsOptions): void {
  setWait(wait)
  installRecordedClock()
  installStackTraces()
  installClock(target)
  installRandom(target)
  installEncoding(target)
  installUrl(target)
  installWasm(target)
  installFinalization(target)
  publish(target, 'DOMException', DOMException)
  publish(target, 'EventTarget', EventTarget)
  publish(target, 'Event', Event)
  publish(target, 'CustomEvent', CustomEvent)
  publish(target, 'AbortSignal', AbortSignal)
  publish(target, 'AbortController', AbortController)
  defineHidden(target, 'structuredClone', structuredClone)
  defineHidden(target, 'queueMicrotask', queueMicrotask)
  defineHidden(target, 'console', createConsole(print))
  removeTimers()
  // Last: the runtime's own proxies are not to be seen through.
  installProxy(target)
}

/** They block the sandbox, or settle when nothing runs. */
function removeTimers(): void {
  for (const name of ['wait', 'waitAsync']) Reflect.deleteProperty(Atomics, name)
}
