/** A signal and a listener in; the listener called when it aborts, and a way to let go, out. */

interface Watch {
  readonly listeners: Set<() => void>
  readonly end: () => void
}

const watches = new WeakMap<AbortSignal, Watch>()

/**
 * Calls `listener` once, when `signal` aborts. Returns what lets go of it.
 * Thousands of questions share one signal, and an EventTarget searches all its listeners for every one added: hence one listener for all of them.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const watch = watches.get(signal) ?? openWatch(signal)
  watch.listeners.add(listener)
  return () => {
    if (watch.listeners.delete(listener) && watch.listeners.size === 0) watch.end()
  }
}

function openWatch(signal: AbortSignal): Watch {
  const listeners = new Set<() => void>()
  const fire = (): void => {
    watches.delete(signal)
    for (const listener of listeners) {
      listeners.delete(listener)
      listener()
    }
  }
  signal.addEventListener('abort', fire, { once: true })
  const end = (): void => {
    watches.delete(signal)
    signal.removeEventListener('abort', fire)
  }
  const watch = { listeners, end }
  watches.set(signal, watch)
  return watch
}
