/** What can be called off in; AbortController and AbortSignal, and how the runtime itself listens to a signal, out. */
import {
  IntrinsicRangeError, IntrinsicSet, IntrinsicTypeError, arrayPush, createList, isFiniteNumber, reflectApply, setAdd, setDelete, setForEach,
} from './primordials.ts'
import { addDisplay } from './displays.ts'
import { DOMException } from './dom-exception.ts'
import { Event, EventTarget, dispatch, listen } from './event-target.ts'

/** Calls back after some milliseconds, or at once where the cell is being interrupted. */
export type Wait = (ms: number, wake: () => void, refuse: () => void) => unknown

let wait: Wait = () => {
  throw new TypeError('The runtime has no timers yet')
}

/** Gives the timers on which AbortSignal.timeout runs. */
export function setWait(timers: Wait): void {
  wait = timers
}

/** Only the runtime makes signals. */
const permission = {}

interface SignalState {
  isAborted: boolean
  reason: unknown
  /** What the runtime does when it is aborted: before any listener of the program. */
  readonly callbacks: Set<() => void>
  /** Signals made by `AbortSignal.any` that follow this one, and that this one follows. */
  readonly dependents: Set<AbortSignal>
  readonly sources: Set<AbortSignal>
  /** What `onabort` was set to. */
  handler: unknown
  hasHandler: boolean
}

let stateOf: (signal: AbortSignal) => SignalState
let isSignal: (value: unknown) => value is AbortSignal

/** Whether a value is a genuine AbortSignal. */
export function isAbortSignal(value: unknown): value is globalThis.AbortSignal {
  return isSignal(value)
}

/** Calls back once when the signal is aborted, before the program's listeners; at no time for one that is aborted already. Gives what takes it back. */
export function onAbort(signal: globalThis.AbortSignal, callback: () => void): () => void {
  if (!isSignal(signal)) return () => undefined
  const { callbacks } = stateOf(signal)
  setAdd(callbacks, callback)
  return () => {
    setDelete(callbacks, callback)
  }
}

export class AbortSignal extends EventTarget {
  readonly #state: SignalState = { isAborted: false, reason: undefined, callbacks: new IntrinsicSet(), dependents: new IntrinsicSet(), sources: new IntrinsicSet(), handler: null, hasHandler: false }

  constructor(given?: unknown) {
    if (given !== permission) throw new IntrinsicTypeError('Illegal constructor')
    super()
  }

  static {
    stateOf = (signal) => signal.#state
    isSignal = (value): value is AbortSignal => typeof value === 'object' && value !== null && #state in value
    addDisplay((value) => (#state in value ? { type: 'fields', fields: { aborted: value.#state.isAborted } } : undefined))
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(permission)
    abort(signal, reason)
    return signal
  }

  static timeout(ms: unknown): AbortSignal {
    if (typeof ms !== 'number') throw new IntrinsicTypeError(`Expected \`ms\` to be a number, got ${typeof ms}`)
    if (!isFiniteNumber(ms) || ms < 0) throw new IntrinsicRangeError(`Expected \`ms\` to be a number from 0 up, got ${ms}`)
    const signal = new AbortSignal(permission)
    wait(ms, () => abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), () => undefined)
    return signal
  }

  static any(signals: Iterable<unknown>): AbortSignal {
    const signal = new AbortSignal(permission)
    const sources = createList<AbortSignal>()
    // The program's own iterable, read as such.
    for (const source of signals) {
      if (!isSignal(source)) throw new IntrinsicTypeError('Expected `signals` to hold AbortSignals only')
      arrayPush(sources, source)
    }
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index] as AbortSignal
      if (!source.#state.isAborted) continue
      abort(signal, source.#state.reason)
      return signal
    }
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index] as AbortSignal
      // A signal that itself follows others can only be aborted by those: it is followed through to them.
      if (source.#followed) setForEach(source.#state.sources, (root) => follow(signal, root))
      else follow(signal, source)
    }
    signal.#followed = true
    return signal
  }

  #followed = false

  get aborted(): boolean {
    return this.#state.isAborted
  }
  get reason(): unknown {
    return this.#state.reason
  }
  throwIfAborted(): void {
    if (this.#state.isAborted) throw this.#state.reason
  }
  get onabort(): unknown {
    return this.#state.handler
  }
  set onabort(handler: unknown) {
    const state = this.#state
    if (!state.hasHandler) {
      // It keeps its place among the listeners, whatever it is set to later.
      state.hasHandler = true
      listen(this, 'abort', (event) => {
        if (typeof state.handler === 'function') reflectApply(state.handler as () => unknown, this, [event])
      })
    }
    state.handler = typeof handler === 'function' ? handler : null
  }
}

export class AbortController {
  readonly #signal = new AbortSignal(permission)

  static {
    addDisplay((value) => (#signal in value ? { type: 'fields', fields: { signal: value.#signal } } : undefined))
  }

  get signal(): AbortSignal {
    return this.#signal
  }
  abort(reason?: unknown): void {
    abort(this.#signal, reason)
  }
}

function follow(signal: AbortSignal, source: AbortSignal): void {
  setAdd(stateOf(source).dependents, signal)
  setAdd(stateOf(signal).sources, source)
}

/** All that follow are aborted before any of them is told. */
function abort(signal: AbortSignal, given: unknown): void {
  if (stateOf(signal).isAborted) return
  const reason = given === undefined ? new DOMException('This operation was aborted', 'AbortError') : given
  const aborted = createList<AbortSignal>()
  mark(signal, reason, aborted)
  setForEach(stateOf(signal).dependents, (dependent) => mark(dependent, reason, aborted))
  for (let index = 0; index < aborted.length; index++) tell(aborted[index] as AbortSignal)
}

function mark(signal: AbortSignal, reason: unknown, aborted: AbortSignal[]): void {
  const state = stateOf(signal)
  if (state.isAborted) return
  state.isAborted = true
  state.reason = reason
  setForEach(state.sources, (source) => setDelete(stateOf(source).dependents, signal))
  arrayPush(aborted, signal)
}

function tell(signal: AbortSignal): void {
  const { callbacks } = stateOf(signal)
  setForEach(callbacks, (callback) => {
    setDelete(callbacks, callback)
    callback()
  })
  dispatch(signal, new Event('abort'), true)
}
