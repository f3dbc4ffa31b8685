/** Pieces as they come in; an async iterator that gives them in order, and says when nobody wants more, out. */
import { defineHidden, IntrinsicPromise, promiseReject, promiseResolve } from './primordials.ts'

interface Piece {
  readonly value: unknown
  next: Piece | undefined
}

/** A step that was taken before there was a piece for it. */
interface Step {
  wake: () => void
  piece: Piece | undefined
  next: Step | undefined
}

/** Filled by the runtime, read by the program: in order, also by steps that do not wait for each other. */
export class Pieces {
  #first: Piece | undefined
  #last: Piece | undefined
  #firstStep: Step | undefined
  #lastStep: Step | undefined
  #ended = false
  #fault: { readonly make: () => unknown } | undefined

  push(value: unknown): void {
    if (this.#ended) return
    const piece: Piece = { value, next: undefined }
    const step = this.#firstStep
    if (step !== undefined) {
      this.#firstStep = step.next
      if (this.#firstStep === undefined) this.#lastStep = undefined
      step.piece = piece
      return step.wake()
    }
    if (this.#last === undefined) this.#first = piece
    else this.#last.next = piece
    this.#last = piece
  }

  end(): void {
    this.#ended = true
    let step = this.#firstStep
    this.#firstStep = this.#lastStep = undefined
    for (; step !== undefined; step = step.next) step.wake()
  }

  /** Ends with an error, after all pieces were read; it is made where it is thrown, so that its stack leads to the cell. */
  fail(make: () => unknown): void {
    this.#fault ??= { make }
    this.end()
  }

  async next(): Promise<IteratorResult<unknown>> {
    let piece = this.#first
    if (piece !== undefined) {
      this.#first = piece.next
      if (this.#first === undefined) this.#last = undefined
    } else if (!this.#ended) {
      const step: Step = { wake: () => undefined, piece: undefined, next: undefined }
      await new IntrinsicPromise<void>((resolve) => {
        step.wake = resolve
        if (this.#lastStep === undefined) this.#firstStep = step
        else this.#lastStep.next = step
        this.#lastStep = step
      })
      piece = step.piece
    }
    if (piece !== undefined) return { value: piece.value, done: false }
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
