/** Attempts in; asked on the host's loop, and in worker threads once that loop is what slows them, out. */
import { performance } from 'node:perf_hooks'
import type { Clock } from '../clock.ts'
import type { Path, Route } from '../path.ts'

export interface AutoPathOptions {
  readonly async: Path
  readonly pool: Path
  readonly clock: Clock
  /** Share of the time since the last call in which the host's loop was busy, from 0 to 1. @default measured */
  readonly utilization?: () => number
}

/** How often the loop is looked at while questions are under way, in milliseconds. */
const sampleMs = 250

/** The loop is the bottleneck when it was busy for this share of a sample. */
const busyShare = 0.9

/**
 * Starts on the host's loop. When that was busy for a whole sample while questions were under way, threads are warmed up, and the attempts that come
 * after that are theirs, until nothing is under way. What is in flight stays where it is.
 */
export function createAutoPath({ async, pool, clock, utilization = createUtilization() }: AutoPathOptions): Path {
  let inFlight = 0
  let sampling = false
  let moving = false
  let moved = false
  const inUse = new Set<string>()
  const warm = new Set<string>()

  function sample(): void {
    sampling = false
    if (inFlight === 0) return
    if (utilization() >= busyShare && !moving) void move()
    watch()
  }

  function watch(): void {
    if (sampling) return
    sampling = true
    clock.after(sampleMs, sample)
  }

  async function move(): Promise<void> {
    moving = true
    try {
      for (const provider of inUse) {
        if (warm.has(provider)) continue
        await pool.prepare(provider)
        warm.add(provider)
      }
      moved = inFlight > 0
    } catch {
      // Threads that cannot start are a reason to stay on the loop, not to fail a question.
    } finally {
      moving = false
    }
  }

  function rest(): void {
    moved = false
    inUse.clear()
  }

  /** The same, watched while it is under way. */
  function watched(name: Route['name'], pathOf: () => Path): Route {
    return {
      name,
      ask: async (provider, query, options) => {
        inFlight += 1
        inUse.add(provider)
        if (!sampling) {
          // The first of a burst: what the loop did before it does not count.
          if (inFlight === 1) utilization()
          watch()
        }
        try {
          return await pathOf().route(provider).ask(provider, query, options)
        } finally {
          inFlight -= 1
          if (inFlight === 0) rest()
        }
      },
    }
  }

  const onLoop = watched('async', () => async)
  const inThreads = watched('pool', () => pool)

  return {
    name: 'auto',
    prepare: (provider) => async.prepare(provider),
    // A provider of the embedding program stays on the loop, whatever is moved.
    route: (provider) => (moved && warm.has(provider) && pool.route(provider).name === 'pool' ? inThreads : onLoop),
    close: async () => {
      await Promise.all([async.close(), pool.close()])
    },
  }
}

function createUtilization(): () => number {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const share = performance.eventLoopUtilization(now, last).utilization
    last = now
    return share
  }
}
