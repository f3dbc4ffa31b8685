/** Questions to one model in; their answers, no faster and no more at once than bounds and server allow, out. */
import { ReplmError } from '../../errors.ts'
import type { Answer, Dispatch, ProviderAnswer } from '../../types.ts'
import { withAttempts } from './attempts.ts'
import { backoffMs, longestRetryAfterMs } from './backoff.ts'
import { Breaker } from './breaker.ts'
import type { Clock } from './clock.ts'
import { createGate, type Gate } from './gate.ts'
import { Governor } from './governor.ts'
import { createJob, type Job } from './job.ts'
import { Line } from './line.ts'
import { onAbort } from './onAbort.ts'
import type { Path } from './path.ts'
import { usdOf, type Pricing } from './pricing.ts'

export interface PumpOptions {
  readonly provider: string
  readonly model: string
  /** Most questions past the gate at once: in flight or waiting for their next attempt. */
  readonly concurrency: number
  /** Most attempts at one question. */
  readonly maxAttempts: number
  readonly path: Path
  readonly pricing: () => Pricing | Promise<Pricing>
  readonly clock: Clock
  /** As Math.random. */
  readonly random: () => number
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

/** How long a provider has to let go of an attempt that was cut, in milliseconds; one that does not heed its signal cannot keep a permit for ever. */
const landingMs = 1_000

/** Once it has, the question keeps its permit this much longer, in milliseconds, so that the server sees the closed connection before the next question. */
const cutPermitMs = 50

/** Shortest wait for a turn, in milliseconds. */
const shortestWaitMs = 0.1

/**
 * The pump of one provider and model: hands out permits, sends no faster than the server takes it, bounds each attempt in time, and asks again what failed for a while.
 *
 * A question keeps its permit while it waits for its next attempt. So a server in trouble is asked by `concurrency` questions at the most, again and again,
 * instead of by all that wait in line, once each, until none has an attempt left.
 */
export class Pump {
  readonly #options: PumpOptions
  readonly #name: string
  readonly #governor: Governor
  readonly #breaker: Breaker
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
  #pricing: Pricing | undefined
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined
  readonly #answered = { async: 0, pool: 0 }

  constructor(options: PumpOptions) {
    this.#options = options
    this.#name = `${options.provider}/${options.model}`
    this.#governor = new Governor(options)
    this.#breaker = new Breaker(this.#name)
  }

  get state(): PumpState {
    let waiting = 0
    for (const job of this.#jobs) if (!job.running) waiting += 1
    return { model: this.#name, active: this.#active, waiting, limit: this.#governor.limit(this.#options.clock.now()), answered: { ...this.#answered } }
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
      for (const job of this.#jobs) this.#fail(job, ReplmError.from(thrown))
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
      await this.#run(job)
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
      const turn = this.#governor.isTrying ? (firstOf(this.#fresh) ?? firstOf(this.#again)) : (firstOf(this.#again) ?? firstOf(this.#fresh))
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

  /** From its first send to its outcome. Never rejects. */
  async #run(job: Job): Promise<void> {
    this.#active += 1
    job.running = true
    for (;;) {
      if (job.open) await this.#try(job)
      else this.#landed(job)
      if (!job.open) break
      const turn = this.#turn(job)
      if ((turn instanceof Promise ? await turn : turn) === undefined) break
    }
    if (job.wasCut) {
      await this.#landing(job)
      await this.#wait(job, cutPermitMs)
    }
    this.#active -= 1
  }

  async #try(job: Job): Promise<void> {
    const { clock } = this.#options
    const cancelDeadline = clock.after(job.query.timeoutMs, () => this.#late(job))
    try {
      const answer = checked(await this.#attempt(job), this.#name)
      cancelDeadline()
      const llmMs = clock.now() - job.sentMs
      this.#breaker.alive()
      this.#governor.answered(job.sending, answer, { llmMs, nowMs: clock.now() })
      this.#landed(job)
      // Prices load while the first answers are under way.
      this.#pricing ??= await this.#options.pricing()
      this.#answer(job, answer, { queueMs: job.sentMs - job.arrivedMs, llmMs }, this.#pricing)
    } catch (thrown) {
      cancelDeadline()
      if (job.open) await this.#recover(job, ReplmError.from(thrown))
      else this.#landed(job)
    }
  }

  /** An attempt ended: what waited for that may be sent. */
  #landed(job: Job): void {
    if (!job.isFlying) return
    job.isFlying = false
    this.#breaker.unknown()
    this.#governor.landed(job.sending)
    this.#grant()
  }

  #late(job: Job): void {
    const { timeoutMs, timeoutIsFinal } = job.query
    job.cut?.(new ReplmError('TIMEOUT', `${this.#name} did not answer within ${timeoutMs} ms. Name a longer \`timeoutMs\` if its answers take that long`, { retryable: !timeoutIsFinal }))
  }

  /** Sends once. Rejects with what the provider threw, with TIMEOUT, or with the reason the job was ended with, at once, also when the provider does not heed its signal. */
  #attempt(job: Job): Promise<ProviderAnswer> {
    const { path, provider, model } = this.#options
    return new Promise((resolve, reject) => {
      const controller = new AbortController()
      job.cut = (reason) => {
        job.wasCut = true
        reject(reason)
        controller.abort(reason)
      }
      job.attempts += 1
      job.wasCut = false
      job.onSend?.(job.attempts)
      const route = path.route(provider, model)
      job.route = route.name
      const flight = job.context.runInAsyncScope(route.ask, undefined, provider, job.asked, { signal: controller.signal, attempt: job.attempts, onText: this.#teller(job) })
      job.flight = flight
      flight.then(resolve, reject)
    })
  }

  /** Gives out the pieces of the attempt that is made now, unless that was cut. */
  #teller(job: Job): ((text: string) => void) | undefined {
    const { onText, attempts } = job
    if (onText === undefined) return undefined
    return (text) => {
      if (!job.open || job.wasCut || job.attempts !== attempts) return
      job.begun = true
      try {
        onText(text)
      } catch (thrown) {
        this.#end(job, thrown)
      }
    }
  }

  #answer(job: Job, { text, usage, finishReason = 'stop' }: ProviderAnswer, { queueMs, llmMs }: Pick<Answer, 'queueMs' | 'llmMs'>, pricing: Pricing): void {
    if (!this.#close(job)) return
    const { attempts, lost, route } = job
    const usd = usdOf(pricing, usage)
    this.#answered[route] += 1
    job.resolve({
      text,
      usage: {
        inputTokens: usage.inputTokens + lost.inputTokens,
        outputTokens: usage.outputTokens + lost.outputTokens,
        usd: usd === null ? null : usd + (usdOf(pricing, lost) ?? 0),
      },
      finishReason,
      queueMs,
      llmMs,
      attempts,
      path: route,
    })
  }

  /** Waits until its question may be asked again, or ends the job with `error` if that has no sense. */
  async #recover(job: Job, error: ReplmError): Promise<void> {
    const { maxAttempts, random, clock } = this.#options
    const { attempts: attempt } = job
    const { retryable, retryAfterMs, usage } = error
    job.lost.inputTokens += usage?.inputTokens ?? 0
    job.lost.outputTokens += usage?.outputTokens ?? 0
    const reason = retryable ? lastReason(job, error, maxAttempts) : ''
    const isPaused = this.#heed(job, error, reason !== undefined)
    this.#landed(job)
    if (reason !== undefined) return this.#fail(job, error, reason === '' ? undefined : reason)
    // The pause is its wait; one that was refused again waits longer than others, to have attempts left when there is room.
    if (isPaused && attempt === 1) return
    await this.#wait(job, backoffMs({ attempt, retryAfterMs, random }))
    if (job.open && job.wasCut) await this.#landing(job)
    this.#impatient(clock.now())
  }

  /** What a failure says of the server. True when the pump pauses for it. */
  #heed(job: Job, error: ReplmError, isLast: boolean): boolean {
    const nowMs = this.#options.clock.now()
    const isPaused = this.#governor.failed(job.sending, error, nowMs)
    if (this.#breaker.heed(error, { nowMs, isLast })) this.#impatient(nowMs)
    return isPaused
  }

  /** Until the provider has let go of the attempt that was cut. */
  async #landing(job: Job): Promise<void> {
    await Promise.race([job.flight.then(nothing, nothing), this.#wait(job, landingMs)])
    job.cut?.(undefined)
  }

  #wait(job: Job, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve)
      job.cut = () => {
        cancel()
        resolve()
      }
    })
  }

  #fail(job: Job, error: ReplmError, note?: string): void {
    if (!this.#close(job)) return
    const { code, message, retryable, retryAfterMs, status } = error
    const { attempts, lost } = job
    if (note === undefined) return job.reject(withAttempts(error, attempts))
    // An error of its own: a provider may throw the same object at many questions.
    const last = new ReplmError(code, `${message.replace(/\.$/, '')} (${note}).`, {
      cause: error,
      retryable,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(status === undefined ? {} : { status }),
      ...(lost.inputTokens + lost.outputTokens === 0 ? {} : { usage: lost }),
    })
    job.reject(withAttempts(last, attempts))
  }

  #end(job: Job, reason: unknown): void {
    if (!this.#close(job)) return
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

function nothing(): void {}

function firstOf<T>(things: ReadonlySet<T>): T | undefined {
  return things.values().next().value
}

/** Why a question that could be asked again is not. */
function lastReason({ attempts, begun }: Job, { retryAfterMs }: ReplmError, maxAttempts: number): string | undefined {
  if (attempts >= maxAttempts) return attempts > 1 ? `attempt ${attempts} of ${maxAttempts}` : ''
  if (begun) return 'a part of its reply was given out before, so it was not asked again'
  if (retryAfterMs === undefined || retryAfterMs <= longestRetryAfterMs) return undefined
  return `it asks to wait ${Math.ceil(retryAfterMs / 1000)} s, and the longest wait is ${longestRetryAfterMs / 1000} s`
}

/** Answers of a provider of the embedding program's own may be of any shape. */
function checked(answer: ProviderAnswer, model: string): ProviderAnswer {
  if (typeof answer?.text !== 'string') throw new ReplmError('PROVIDER', `The provider of ${model} gave an answer without \`text\`. It must give {text, usage: {inputTokens, outputTokens}}`)
  const { inputTokens, outputTokens, usd } = answer.usage ?? {}
  if (!isAmount(inputTokens) || !isAmount(outputTokens) || !(usd === undefined || isAmount(usd))) {
    throw new ReplmError('PROVIDER', `The provider of ${model} gave an answer without \`usage\`. It must give {text, usage: {inputTokens, outputTokens}}, in tokens from 0 up`)
  }
  return answer
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity
}
