/** A step in; an iterator that takes one with each call, as an async generator does, out: calls wait for each other, and after an end or an error there is nothing more. */
import { defineHidden, IntrinsicPromise } from './primordials.ts'

export function iterate<T>(step: () => Promise<IteratorResult<T>>): AsyncIterableIterator<T> {
  let isOver = false
  let turn: Promise<void> | undefined

  async function inTurn<Result>(take: () => Promise<Result>): Promise<Result> {
    const before = turn
    let leave = (): void => undefined
    turn = new IntrinsicPromise((resolve) => (leave = resolve))
    await before
    try {
      return await take()
    } finally {
      leave()
    }
  }

  const iterator = {
    next: () =>
      inTurn(async () => {
        if (isOver) return { value: undefined, done: true } as const
        isOver = true
        const result = await step()
        isOver = result.done === true
        return result
      }),
    return: (value?: unknown) =>
      inTurn(async () => {
        isOver = true
        return { value, done: true } as const
      }),
    throw: (thrown: unknown) =>
      inTurn(async () => {
        isOver = true
        throw thrown
      }),
  }
  defineHidden(iterator, Symbol.asyncIterator, () => iterator)
  return iterator as unknown as AsyncIterableIterator<T>
}
