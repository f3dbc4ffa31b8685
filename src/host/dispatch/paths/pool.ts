/** Attempts in; built-in providers asked in worker threads, those of the embedding program on the host's loop, out. */
import { availableParallelism } from 'node:os'
import type { Path, ProviderSource, Route } from '../path.ts'
import { Lane, type LaneTask } from './lane.ts'

export interface PoolPathOptions {
  readonly registry: ProviderSource
  readonly env: LaneTask['env']
  /** Where the providers of the embedding program are asked. */
  readonly async: Path
  /** Worker threads. @default one less than the processors, from 1 to 4: two threads gain nothing on two processors */
  readonly threads?: number
}

export function createPoolPath({ registry, env, async, threads = Math.min(4, Math.max(1, availableParallelism() - 1)) }: PoolPathOptions): Path {
  const lanes = new Set<Lane>()

  /** The lane with the least in flight; a new one while there may be more and all are busy. */
  function laneOf(): Lane {
    let best: Lane | undefined
    for (const lane of lanes) {
      if (lane.dead) lanes.delete(lane)
      else if (best === undefined || lane.inFlight < best.inFlight) best = lane
    }
    return best !== undefined && (best.inFlight === 0 || lanes.size >= threads) ? best : openLane()
  }

  function openLane(): Lane {
    const lane = new Lane(env)
    lanes.add(lane)
    return lane
  }

  const threaded: Route = {
    name: 'pool',
    ask: async (provider, query, options) => {
      const { attempt } = options
      const answer = await laneOf().ask({ provider, query, ...(attempt === undefined ? {} : { attempt }) }, options)
      // A thread answers `null` only where it was not asked anything.
      return answer as NonNullable<typeof answer>
    },
  }

  return {
    name: 'pool',
    prepare: async (provider) => {
      if (!registry.isBuiltIn(provider)) return async.prepare(provider)
      while (lanes.size < threads) openLane()
      await Promise.all([...lanes].map((lane) => lane.ask({ provider })))
    },
    route: (provider) => (registry.isBuiltIn(provider) ? threaded : async.route(provider)),
    close: async () => {
      await Promise.all([...lanes].map((lane) => lane.close()))
    },
  }
}
