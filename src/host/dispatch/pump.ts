/** Questions to one model in; each sent when its turn comes, no faster and no more at once than bounds and server allow, out. */
import { ReplmError } from '../../errors.ts'
import type { Dispatch } from '../../types.ts'
import { Asker, type AskerOptions, lose } from './asker.ts'
import { withAttempts } from './attempts.ts'
import { Breaker } from './breaker.ts'
import { createGate, type Gate } from './gate.ts'
import { Governor } from './governor.ts'
import { createJob, type Job } from './job.ts'
import { Line } from './line.ts'
import { onAbort } from './onAbort.ts'

export interface PumpOptions extends AskerOptions {
  /** Most questions past the gate at once: in flight or waiting for their next attempt. */
  readonly concurrency: number
}

/** How busy a pump is. */
export interface PumpState {
  /** `provider/model`. */
  readonly model: string
  /** Questions that hold a permit. */
  readonly active: number
  /** Questions that wait for one. */
  readonly waiting: number
  /** Most that may be in flight now, as the server takes it; `concurrency` at the most. */
  readonly limit: number
  /** Answers so far, by the path they came on. */
  readonly answered: Readonly<Record<'async' | 'pool', number>>
}

/** A permit that waits for the time of a send: with a question that is asked again, or for the next one in line. */
interface Turn {
  readonly job: Job | undefined
  readonly take: (job: Job | undefined) => void
}

/** Shortest wait for a turn, in milliseconds. */
const shortestWaitMs = 0.1

/**
 * The pump of one provider and model: hands out permits, no faster than the server takes questions; what becomes of each, an {@link Asker} sees to.
 *
 * A question keeps its permit while it waits for its next attempt. So a server in trouble is asked by `concurrency` questions at the most, again and again,
 * instead of by all that wait in line, once each, until none has an attempt left.
 */
export class Pump {
  readonly #options: PumpOptions
  readonly #name: string
  readonly #governor: Governor
  readonly #breaker: Breaker
  readonly #asker: Asker
  readonly #jobs = new Set<Job>()
  readonly #line = new Line<Job>()
  /** Taken from the line, and waiting for what it needs of the server's limits. */
  #head: Job | undefined
  readonly #again = new Set<Turn>()
  readonly #fresh = new Set<Turn>()
  #permits = 0
  #active = 0
  #gate: Gate | undefined
  #opening: Promise<void> | undefined
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined

  constructor(options: PumpOptions) {
    this.#options = options
    this.#name = `${options.provider}/${options.model}`
    this.#governor = new Governor(options)
    this.#breaker = new Breaker(this.#name)
    this.#asker = new Asker(options, {
      governor: this.#governor,
      breaker: this.#breaker,
      turn: (job) => this.#turn(job),
      grant: () => this.#grant(),
      impatient: (nowMs) => this.#impatient(nowMs),
      close: (job) => this.#close(job),
      end: (job, reason) => this.#end(job, reason),
    })
  }

  get state(): PumpState {
    let waiting = 0
    for (const job of this.#jobs) if (!job.running) waiting += 1
    return { model: this.#name, active: this.#active, waiting, limit: this.#governor.limit(this.#options.clock.now()), answered: this.#asker.answered }
  }

  /** Nothing under way, nothing in line. */
  get idle(): boolean {
    return this.#active === 0 && this.#jobs.size === 0
  }

  readonly dispatch: Dispatch = (query, options) =>
    new Promise((resolve, reject) => {
      const { signal } = options
      if (signal.aborted) return reject(signal.reason)
      const nowMs = this.#options.clock.now()
      this.#impatient(nowMs)
      if (this.#breaker.patienceMs(nowMs) === 0 && this.#breaker.waitMs(nowMs) > 0 && !this.#breaker.isProbing) return reject(this.#breaker.error(nowMs))
      const job = createJob(query, options, { arrivedMs: nowMs, resolve, reject, letGo: onAbort(signal, () => this.#end(job, signal.reason)) })
      this.#jobs.add(job)
      this.#line.push(job, job)
      if (this.#gate === undefined) void (this.#opening ??= this.#open())
      else this.#permit(this.#gate)
    })

  /** Ends every question with `reason`, wherever it is. */
  close(reason: ReplmError): void {
    for (const job of this.#jobs) this.#end(job, reason)
  }

  async #open(): Promise<void> {
    const { concurrency, path, provider } = this.#options
    try {
      const prepared = path.prepare(provider).catch((thrown: unknown) => {
        // What asking again can mend is for the attempts to find out.
        if (!ReplmError.from(thrown).retryable) throw thrown
      })
      const [gate] = await Promise.all([createGate(concurrency), prepared])
      this.#gate = gate
      for (let waiting = this.#jobs.size; waiting > 0 && this.#permits < concurrency; waiting -= 1) this.#permit(gate)
    } catch (thrown) {
      this.#opening = undefined
      for (const job of this.#jobs) this.#end(job, withAttempts(ReplmError.from(thrown), job.attempts))
    }
  }

  #permit(gate: Gate): void {
    if (this.#permits >= this.#options.concurrency) return
    this.#permits += 1
    void gate(() => this.#serve())
  }

  /** Holds a permit as long as there are questions for it. Never rejects. */
  async #serve(): Promise<void> {
    for (;;) {
      const turn = this.#turn(undefined)
      const job = turn instanceof Promise ? await turn : turn
      if (job === undefined) break
      this.#active += 1
      job.running = true
      await this.#asker.run(job)
      this.#active -= 1
    }
    this.#permits -= 1
  }

  /** The question to send now, counted as sent; a promise of it where the server needs time; undefined where there is none, or it was ended. */
  #turn(mine: Job | undefined): Job | undefined | Promise<Job | undefined> {
    const isFirst = this.#again.size === 0 && this.#fresh.size === 0
    const next = isFirst ? this.#next(mine) : undefined
    if (isFirst && typeof next !== 'number') return next
    return new Promise((resolve) => {
      const waiting = mine === undefined ? this.#fresh : this.#again
      const take = (job: Job | undefined): void => {
        waiting.delete(turn)
        resolve(job)
      }
      const turn: Turn = { job: mine, take }
      waiting.add(turn)
      if (mine !== undefined) mine.cut = () => take(undefined)
      if (typeof next === 'number') this.#wakeIn(next)
      else this.#grant()
    })
  }

  /** Gives turns to permits until the server needs time: to questions asked again first, but trials are made with others, so that no question uses up its attempts on them. */
  #grant(): void {
    for (;;) {
      const turn = this.#governor.isTrying ? (firstOf(this.#fresh) ?? freshest(this.#again)) : (firstOf(this.#again) ?? firstOf(this.#fresh))
      if (turn === undefined) return
      const next = this.#next(turn.job)
      if (typeof next === 'number') return this.#wakeIn(next)
      turn.take(next)
    }
  }

  /** Milliseconds until something may be sent (Infinity: not before something else ends); else what is sent now. */
  #next(mine: Job | undefined): Job | undefined | number {
    const job = mine ?? (this.#head ??= this.#line.take())
    if (job === undefined) return undefined
    const nowMs = this.#options.clock.now()
    const wait = Math.max(this.#breaker.waitMs(nowMs), this.#governor.waitMs(job.asked, nowMs))
    if (wait > 0) return Math.min(wait, this.#breaker.patienceMs(nowMs))
    if (job === this.#head) this.#head = undefined
    this.#breaker.send()
    job.sending = this.#governor.send(job.asked, nowMs)
    job.sentMs = nowMs
    job.isFlying = true
    return job
  }

  #wakeIn(waitMs: number): void {
    if (waitMs === Infinity) return
    const { clock } = this.#options
    // A rest of rounding must not be waited for in steps that are lost in rounding, too.
    const ms = Math.max(waitMs, shortestWaitMs)
    const dueMs = clock.now() + ms
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) return
    this.#timer?.cancel()
    const cancel = clock.after(ms, () => {
      this.#timer = undefined
      this.#impatient(clock.now())
      this.#grant()
    })
    this.#timer = { dueMs, cancel }
  }

  /** Tells those who wait for a server that has been down for long. */
  #impatient(nowMs: number): void {
    const breaker = this.#breaker
    if (!breaker.isOpen || breaker.isProbing || breaker.waitMs(nowMs) === 0 || breaker.patienceMs(nowMs) > 0) return
    const shared = withAttempts(breaker.error(nowMs), 0)
    for (const job of this.#jobs) if (!job.isFlying) this.#end(job, job.attempts === 0 ? shared : withAttempts(breaker.error(nowMs), job.attempts))
  }

  #end(job: Job, reason: unknown): void {
    if (!this.#close(job)) return
    lose(job)
    job.reject(reason)
    job.cut?.(reason)
  }

  /** False if it was closed before: the first outcome of a job counts. */
  #close(job: Job): boolean {
    if (!job.open) return false
    job.open = false
    this.#jobs.delete(job)
    job.letGo()
    if (job === this.#head) this.#head = undefined
    else if (!job.running) this.#line.delete(job, job)
    if (this.#jobs.size === 0) this.#rest()
    return true
  }

  /** Nothing is left to wait for: permits and the timer end. */
  #rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const turn of this.#fresh) turn.take(undefined)
  }
}

function firstOf<T>(things: ReadonlySet<T>): T | undefined {
  return things.values().next().value
}

/** The one with the most attempts left. */
function freshest(turns: ReadonlySet<Turn>): Turn | undefined {
  let found: Turn | undefined
  for (const turn of turns) if (found === undefined || (turn.job?.attempts ?? 0) < (found.job?.attempts ?? 0)) found = turn
  return found
}
