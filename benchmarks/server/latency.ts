/** A behaviour in; a latency for each question, from its seed, out. */
import type { Behaviour } from './behaviour.ts'
import { createRandom } from './random.ts'

/** Spread of the lognormal latency: its 95th percentile is 2.3 times its median, its 99th 3.2 times. */
const sigma = 0.5

/** Gives the next latency, in whole milliseconds. */
export function createLatency({ latency, latencyMs, seed }: Behaviour): () => number {
  const random = createRandom(seed)
  switch (latency) {
    case 'fixed':
      return () => latencyMs
    case 'uniform':
      return () => Math.round(latencyMs * 2 * random())
    case 'exponential':
      return () => Math.round(-latencyMs * Math.log(1 - random()))
    case 'lognormal':
      return () => Math.round(latencyMs * Math.exp(sigma * normal(random)))
  }
}

/** Box and Muller's transform of two uniform numbers into a normal one. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
