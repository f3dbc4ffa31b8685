/** Attempts in; asked on the host's loop, and in worker threads where that was measured to be faster, out. */
import { performance } from 'node:perf_hooks'
import type { Clock } from '../clock.ts'
import type { Path, Route } from '../path.ts'
import { Course } from './course.ts'

export interface AutoPathOptions {
  readonly async: Path
  readonly pool: Path
  readonly clock: Clock
  /** Share of the time since the last call in which the host's loop was busy, from 0 to 1. @default measured */
  readonly utilization?: () => number
}

/** How often the loop is looked at while questions are under way, in milliseconds. */
const sampleMs = 50

/** Loads that are remembered: a guest that may name any model must not fill the host's memory. */
const maxLoads = 256

interface Load {
  readonly provider: string
  readonly model: string
  /** Whether replies are wanted in pieces, each of which crosses. */
  readonly stream: boolean
  readonly course: Course
  readonly async: Route
  readonly pool: Route
}

/** Starts every load on the host's loop, at once; where attempts go after that, each load's {@link Course} says. */
export function createAutoPath({ async, pool, clock, utilization = createUtilization() }: AutoPathOptions): Path {
  let inFlight = 0
  let isWatching = false
  const loads = new Map<string, Load>()
  const warm = new Map<string, Promise<void>>()
  let last: Load | undefined

  function watch(): void {
    if (isWatching) return
    isWatching = true
    // The first of a burst: what the loop did before it does not count.
    if (inFlight === 0) utilization()
    clock.after(sampleMs, sample)
  }

  function sample(): void {
    isWatching = false
    if (inFlight === 0) return
    const share = utilization()
    for (const { course } of loads.values()) if (course.inFlight > 0) course.observe(share, clock.now())
    watch()
  }

  /** Once for each provider, and again where that failed. */
  function prepare(provider: string): Promise<void> {
    const known = warm.get(provider)
    if (known !== undefined) return known
    const preparing = pool.prepare(provider)
    warm.set(provider, preparing)
    preparing.catch(() => warm.delete(provider))
    return preparing
  }

  /** What is asked next is mostly what was asked last. */
  function loadOf(provider: string, model: string, stream: boolean): Load {
    if (last?.provider === provider && last.model === model && last.stream === stream) return last
    const name = `${stream ? 'pieces' : 'whole'} ${provider}/${model}`
    last = loads.get(name)
    if (last !== undefined) return last
    if (loads.size >= maxLoads) for (const [key, { course }] of loads) if (course.inFlight === 0) loads.delete(key)
    const course = new Course(() => prepare(provider))
    last = { provider, model, stream, course, async: watched(course, async.route(provider, model)), pool: watched(course, pool.route(provider, model)) }
    loads.set(name, last)
    return last
  }

  function watched(course: Course, { name, ask }: Route): Route {
    return {
      name,
      ask: (provider, query, options) => {
        watch()
        inFlight += 1
        const flight = course.start(name, clock.now())
        const landed = (): void => {
          inFlight -= 1
          course.end(flight, clock.now())
        }
        const asked = ask(provider, query, options)
        asked.then(landed, landed)
        return asked
      },
    }
  }

  return {
    name: 'auto',
    prepare: (provider) => async.prepare(provider),
    route: (provider, model = '', stream = false) => {
      const known = loadOf(provider, model, stream)
      // A provider of the embedding program stays on the loop: no thread can ask it.
      return known.pool.name === 'pool' && known.course.way(clock.now()) === 'pool' ? known.pool : known.async
    },
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
