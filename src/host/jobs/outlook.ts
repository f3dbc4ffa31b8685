/** Changes of jobs in; what of them somebody in this process waits for, out. Kept by the jobs' thread, also while its file cannot be opened. */
import type { JobRow } from './row.ts'
import type { Demand, Notice, Stop } from './threadMessages.ts'

interface AtWork {
  readonly epoch: number
  readonly deadlineMs: number | null
  isTold: boolean
}

export class Outlook {
  readonly #instance: string
  /** What was last said of each job that is watched. */
  readonly #watched = new Map<string, string | undefined>()
  readonly #atWork = new Map<number, AtWork>()
  readonly #demands = new Map<number, { readonly demand: Demand; isHungry: boolean }>()
  #changed = new Set<string>()
  #stops: Stop[] = []
  #mayBeClaimable = false

  constructor(instance: string) {
    this.#instance = instance
  }

  /** Nobody waits and nobody works: nothing is to be looked for. */
  get isIdle(): boolean {
    return this.#watched.size === 0 && this.#demands.size === 0
  }

  watch(id: string, state: string | undefined): void {
    this.#watched.set(id, state)
  }

  unwatch(id: string): void {
    this.#watched.delete(id)
  }

  demanded(demand: Demand, isHungry: boolean): void {
    this.#demands.set(demand.worker, { demand, isHungry })
  }

  left(worker: number): void {
    this.#demands.delete(worker)
  }

  /** By this engine. */
  changed(row: JobRow, state: string): void {
    const { key, id, epoch, status } = row
    if (this.#watched.has(id)) this.#see(id, state)
    if (status === 'queued') this.#mayBeClaimable = true
    if (status !== 'running' || row.worker !== this.#instance) {
      this.#atWork.delete(key)
      return
    }
    if (this.#atWork.get(key)?.epoch !== epoch) this.#atWork.set(key, { epoch, deadlineMs: row.deadline_ms, isTold: false })
    if (row.cancel_requested_ms !== null) this.#stop(key, 'canceled')
  }

  /** Groups have become everyone's. */
  freed(): void {
    this.#mayBeClaimable = true
  }

  /** By another one: gets what this engine has at work by now, and how to look at one that is watched. */
  changedElsewhere(rows: readonly Pick<JobRow, 'key' | 'epoch' | 'cancel_requested_ms'>[], stateOf: (id: string) => string | undefined): void {
    this.#mayBeClaimable = true
    const own = new Map(rows.map((row) => [row.key, row]))
    for (const [key, { epoch }] of this.#atWork) {
      const row = own.get(key)
      if (row?.epoch !== epoch) {
        this.#stop(key, 'replaced')
        this.#atWork.delete(key)
      } else if (row.cancel_requested_ms !== null) this.#stop(key, 'canceled')
    }
    for (const id of this.#watched.keys()) this.#see(id, stateOf(id))
  }

  #see(id: string, state: string | undefined): void {
    if (this.#watched.get(id) === state) return
    this.#watched.set(id, state)
    this.#changed.add(id)
  }

  #stop(key: number, type: Stop['type']): void {
    const atWork = this.#atWork.get(key)
    if (atWork === undefined || (atWork.isTold && type !== 'replaced')) return
    atWork.isTold = true
    this.#stops.push({ key, epoch: atWork.epoch, type })
  }

  /** What is to be said now; undefined where there is nothing. */
  notice(isClaimable: (demand: Demand) => boolean): Notice | undefined {
    const now = Date.now()
    for (const [key, { deadlineMs }] of this.#atWork) if (deadlineMs !== null && deadlineMs <= now) this.#stop(key, 'expired')
    const claimable: number[] = []
    if (this.#mayBeClaimable) {
      for (const one of this.#demands.values()) {
        if (!one.isHungry || !isClaimable(one.demand)) continue
        one.isHungry = false
        claimable.push(one.demand.worker)
      }
    }
    const notice = { changed: [...this.#changed], claimable, stops: this.#stops }
    this.#changed = new Set()
    this.#stops = []
    this.#mayBeClaimable = false
    return notice.changed.length + claimable.length + notice.stops.length === 0 ? undefined : notice
  }
}
