/** Pieces as they come in; an async iterator that gives them in order, and says when nobody wants more, out. */
import { defineHidden, IntrinsicPromise, promiseReject, promiseResolve } from './primordials.ts'

interface Piece {
  readonly value: unknown
  next: Piece | undefined
}

/** Filled by the runtime, read by the program. */
export class Pieces {
  #first: Piece | undefined
  #last: Piece | undefined
  #wake: (() => void) | undefined
  #ended = false
  #fault: { readonly make: () => unknown } | undefined

  push(value: unknown): void {
    if (this.#ended) return
    const piece: Piece = { value, next: undefined }
    if (this.#last === undefined) this.#first = piece
    else this.#last.next = piece
    this.#last = piece
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Ends with an error, after all pieces were read; it is made where it is thrown, so that its stack leads to the cell. */
  fail(make: () => unknown): void {
    this.#fault ??= { make }
    this.end()
  }

  async next(): Promise<IteratorResult<unknown>> {
    while (this.#first === undefined && !this.#ended) await new IntrinsicPromise<void>((resolve) => (this.#wake = resolve))
    const piece = this.#first
    if (piece !== undefined) {
      this.#first = piece.next
      if (this.#first === undefined) this.#last = undefined
      return { value: piece.value, done: false }
    }
    const fault = this.#fault
    this.#fault = undefined
    if (fault !== undefined) throw fault.make()
    return { value: undefined, done: true }
  }

  /** Drops what was not read. */
  clear(): void {
    this.#first = this.#last = undefined
    this.#fault = undefined
    this.end()
  }
}

/**
 * The program's view of pieces that `start` has made: nothing is asked before the first step, and leaving the loop calls what `start` gave back.
 * What `start` throws rejects the first step.
 */
export function createIterable(start: (pieces: Pieces) => () => void): AsyncIterableIterator<unknown> {
  const pieces = new Pieces()
  let stop: (() => void) | undefined
  const iterator = {
    next(): Promise<IteratorResult<unknown>> {
      try {
        stop ??= start(pieces)
      } catch (thrown) {
        stop = () => undefined
        pieces.end()
        return promiseReject(thrown)
      }
      return pieces.next()
    },
    return(value?: unknown): Promise<IteratorResult<unknown>> {
      stop?.()
      stop = () => undefined
      pieces.clear()
      return promiseResolve({ value, done: true })
    },
  }
  defineHidden(iterator, Symbol.asyncIterator, () => iterator)
  return iterator as unknown as AsyncIterableIterator<unknown>
}
