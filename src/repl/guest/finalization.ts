/** Nothing in; a FinalizationRegistry whose callbacks run in turns only, where their time counts, out. */
import { IntrinsicTypeError, arrayPush, createList, promiseReject, uncurryThis } from './primordials.ts'
import { publish } from './publish.ts'

const NativeRegistry = globalThis.FinalizationRegistry
const register: (registry: object, target: unknown, held: unknown, token: unknown) => void = uncurryThis(NativeRegistry.prototype.register) as never
const unregister: (registry: object, token: unknown) => boolean = uncurryThis(NativeRegistry.prototype.unregister) as never

type Cleanup = (held: unknown) => unknown

/** Something was collected, and somebody wants to know. */
interface Collected {
  readonly cleanup: Cleanup
  readonly held: unknown
}

let collected = createList<Collected>()

class FinalizationRegistry {
  readonly #native: object

  constructor(cleanup: Cleanup) {
    if (typeof cleanup !== 'function') throw new IntrinsicTypeError('FinalizationRegistry: cleanup must be callable')
    // The engine calls this between turns, untimed: nothing of the program's may run here.
    this.#native = new NativeRegistry((held: unknown) => arrayPush(collected, { cleanup, held }))
  }

  register(target: unknown, held?: unknown, token?: unknown): void {
    register(this.#native, target, held, token)
  }

  unregister(token: unknown): boolean {
    return unregister(this.#native, token)
  }
}

/** Runs the callbacks that have become due; to be called in a turn. What one throws is reported like a rejection that nobody handles. */
export function drainFinalizers(): void {
  while (collected.length > 0) {
    const due = collected
    collected = createList()
    for (let index = 0; index < due.length; index++) {
      const { cleanup, held } = due[index] as Collected
      try {
        cleanup(held)
      } catch (thrown) {
        promiseReject(thrown)
      }
    }
  }
}

export function installFinalization(target: object): void {
  publish(target, 'FinalizationRegistry', FinalizationRegistry)
}
