/** Jobs that want to run a cell in a session in; whose turn it is, out: one at a time in each session, in the order in which they came. */
import { onAbort } from '../dispatch/onAbort.ts'

interface Place {
  readonly job: string
  /** Of one that waits. */
  start: (() => void) | undefined
}

export class Turns {
  readonly #queues = new Map<string, Place[]>()

  /** Resolves when it is the job's turn: until {@link done}, also while nobody works on the job. Rejects with the signal's reason, and gives up its place. */
  take(session: string, job: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const queue = this.#queues.get(session) ?? []
    this.#queues.set(session, queue)
    const place = queue.find((each) => each.job === job) ?? { job, start: undefined }
    if (!queue.includes(place)) queue.push(place)
    if (queue[0] === place) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const letGo = onAbort(signal, () => {
        this.done(session, job)
        reject(signal.reason)
      })
      place.start = () => {
        letGo()
        resolve()
      }
    })
  }

  /** Lets another job, which was here before this process, go first. */
  letFirst(session: string, job: string): void {
    const queue = this.#queues.get(session)
    const known = queue?.findIndex((each) => each.job === job) ?? -1
    const [place] = known === -1 ? [] : (queue?.splice(known, 1) ?? [])
    queue?.unshift(place ?? { job, start: undefined })
    place?.start?.()
  }

  /** The turn is the next one's. */
  done(session: string, job: string): void {
    const queue = this.#queues.get(session)
    const at = queue?.findIndex((each) => each.job === job) ?? -1
    if (queue === undefined || at === -1) return
    queue.splice(at, 1)
    if (queue.length === 0) this.#queues.delete(session)
    else if (at === 0) {
      const { start } = queue[0] ?? {}
      start?.()
    }
  }
}
