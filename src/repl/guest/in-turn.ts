/** A step in; the same one, taken once the step before it is over, however many are asked for at once, out. */
import { IntrinsicPromise } from './primordials.ts'

export function inTurn<T>(step: () => Promise<T>): () => Promise<T> {
  let turn: Promise<void> | undefined
  return async () => {
    const before = turn
    let leave = (): void => undefined
    turn = new IntrinsicPromise((resolve) => (leave = resolve))
    await before
    try {
      return await step()
    } finally {
      leave()
    }
  }
}
