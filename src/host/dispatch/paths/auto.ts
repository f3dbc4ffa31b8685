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

/** Models whose course is remembered: a guest that may name any model must not fill the host's memory. */
const maxCourses = 256

/** Starts every model on the host's loop, at once; where attempts go after that, each model's {@link Course} says. */
export function createAutoPath({ async, pool, clock, utilization = createUtilization() }: AutoPathOptions): Path {
  let inFlight = 0
  let isWatching = false
  const courses = new Map<string, Course>()
  const warm = new Map<string, Promise<void>>()

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
    for (const course of courses.values()) if (course.inFlight > 0) course.observe(share, clock.now())
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

  function courseOf(provider: string, model: string): Course {
    const name = `${provider}/${model}`
    const known = courses.get(name)
    if (known !== undefined) return known
    if (courses.size >= maxCourses) for (const [key, { inFlight: still }] of courses) if (still === 0) courses.delete(key)
    const course = new Course(() => prepare(provider))
    courses.set(name, course)
    return course
  }

  function routeOf(course: Course, { name, ask }: Route): Route {
    return {
      name,
      ask: async (provider, query, options) => {
        watch()
        inFlight += 1
        const flight = course.start(name, clock.now())
        try {
          return await ask(provider, query, options)
        } finally {
          inFlight -= 1
          course.end(flight, clock.now())
        }
      },
    }
  }

  return {
    name: 'auto',
    prepare: (provider) => async.prepare(provider),
    route: (provider, model = '') => {
      const threaded = pool.route(provider, model)
      // A provider of the embedding program stays on the loop: no thread can ask it.
      if (threaded.name !== 'pool') return threaded
      const course = courseOf(provider, model)
      return routeOf(course, course.way(clock.now()) === 'pool' ? threaded : async.route(provider, model))
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
