/** A seed in; things drawn by chance, the same for the same seed, out. */
import { createRandom } from '../server/random.ts'

export interface Chance {
  /** A whole number from 0 to `below - 1`. */
  readonly whole: (below: number) => number
  readonly pick: <T>(values: readonly T[]) => T
  /** That many places among `below`, rising, no two the same. */
  readonly places: (count: number, below: number) => readonly number[]
  /** The same ones in an order of chance. */
  readonly shuffle: <T>(values: readonly T[]) => readonly T[]
}

export function createChance(seed: number): Chance {
  const random = createRandom(seed)
  const whole = (below: number): number => Math.floor(random() * below)
  return {
    whole,
    pick(values) {
      const value = values[whole(values.length)]
      if (value === undefined) throw new RangeError('Expected `values` to have one at least, got none')
      return value
    },
    places(count, below) {
      if (count > below) throw new RangeError(`Expected \`count\` to be at most ${below}, got ${count}`)
      const places = new Set<number>()
      while (places.size < count) places.add(whole(below))
      return [...places].toSorted((a, b) => a - b)
    },
    shuffle(values) {
      const left = [...values]
      return values.flatMap(() => left.splice(whole(left.length), 1))
    },
  }
}
