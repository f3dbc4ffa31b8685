/** What waits, each with its owner and its call, in; the next one, so that owners and calls take turns, out. */
import { Fifo } from './fifo.ts'

/** Whose it is, and what it came with: things of one call are served in their order. */
export interface Place {
  readonly owner: object
  readonly call: object
}

interface Owner<T extends NonNullable<unknown>> {
  readonly calls: Map<object, Fifo<T>>
  /** Calls that brought one thing, and those that brought more: they take turns, so that a single question is not behind a batch. */
  readonly singles: Fifo<object>
  readonly batches: Fifo<object>
  singleIsNext: boolean
}

/** Owners take turns; within an owner, single calls and batches do. Everything is O(1), whatever the length. */
export class Line<T extends NonNullable<unknown>> {
  readonly #owners = new Map<object, Owner<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(thing: T, { owner, call }: Place): void {
    let waits = this.#owners.get(owner)
    if (waits === undefined) {
      waits = { calls: new Map(), singles: new Fifo(), batches: new Fifo(), singleIsNext: true }
      this.#owners.set(owner, waits)
    }
    this.#size += 1
    const things = waits.calls.get(call)
    if (things === undefined) {
      const first = new Fifo<T>()
      first.add(thing)
      waits.calls.set(call, first)
      waits.singles.add(call)
      return
    }
    things.add(thing)
    if (waits.singles.delete(call)) waits.batches.add(call)
  }

  /** Takes out the one whose turn it is; undefined when nothing waits. */
  take(): T | undefined {
    for (const [owner, waits] of this.#owners) {
      // To the end of the round.
      this.#owners.delete(owner)
      this.#owners.set(owner, waits)
      const [first, second] = waits.singleIsNext ? [waits.singles, waits.batches] : [waits.batches, waits.singles]
      waits.singleIsNext = !waits.singleIsNext
      const call = first.first() ?? second.first()
      const thing = call === undefined ? undefined : waits.calls.get(call)?.first()
      // An owner is here only while something of its own waits.
      if (call === undefined || thing === undefined) return undefined
      this.#remove(thing, waits, { owner, call })
      return thing
    }
    return undefined
  }

  /** Whether it was there. */
  delete(thing: T, place: Place): boolean {
    const waits = this.#owners.get(place.owner)
    if (waits?.calls.get(place.call)?.has(thing) !== true) return false
    this.#remove(thing, waits, place)
    return true
  }

  #remove(thing: T, waits: Owner<T>, { owner, call }: Place): void {
    this.#size -= 1
    const things = waits.calls.get(call)
    things?.delete(thing)
    if (things?.size !== 0) return
    waits.calls.delete(call)
    waits.singles.delete(call)
    waits.batches.delete(call)
    if (waits.calls.size === 0) this.#owners.delete(owner)
  }
}
