/** Jobs that somebody here waits for, in; a word when one has changed, out. */
export interface Watches {
  readonly open: (id: string) => Watch
  readonly changed: (ids: readonly string[]) => void
  /** All of them, whatever became of them. */
  readonly changedAll: () => void
}

export interface Watch extends Disposable {
  /** Resolves when the job has changed since the last call, or since it is watched. */
  readonly next: () => Promise<void>
}

/** `onWatch` is told of the first who watches a job, and when the last has left. */
export function openWatches(onWatch: (id: string, isWatched: boolean) => void): Watches {
  const watched = new Map<string, Set<() => void>>()

  function changed(id: string): void {
    for (const hear of watched.get(id) ?? []) hear()
  }

  return {
    open: (id) => {
      let isNews = false
      let hearing: (() => void) | undefined
      const hear = (): void => {
        if (hearing === undefined) isNews = true
        else hearing()
        hearing = undefined
      }
      const all = watched.get(id) ?? new Set()
      if (all.size === 0) {
        watched.set(id, all)
        onWatch(id, true)
      }
      all.add(hear)
      return {
        next: async () => {
          if (!isNews) await new Promise<void>((resolve) => (hearing = resolve))
          isNews = false
        },
        [Symbol.dispose]: () => {
          if (!all.delete(hear) || all.size > 0) return
          watched.delete(id)
          onWatch(id, false)
        },
      }
    },
    changed: (ids) => ids.forEach(changed),
    changedAll: () => [...watched.keys()].forEach(changed),
  }
}
