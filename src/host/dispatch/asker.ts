/** A question whose turn has come in; its answer after as many attempts as that takes, or the failure that is its last, out. */
import { ReplmError } from '../../errors.ts'
import type { Answer, ProviderAnswer } from '../../types.ts'
import { withAttempts } from './attempts.ts'
import { backoffMs, longestRetryAfterMs } from './backoff.ts'
import type { Breaker } from './breaker.ts'
import type { Clock } from './clock.ts'
import type { Governor } from './governor.ts'
import type { Job } from './job.ts'
import type { Path } from './path.ts'
import { usdOf, type Pricing } from './pricing.ts'

export interface AskerOptions {
  readonly provider: string
  readonly model: string
  /** Most attempts at one question. */
  readonly maxAttempts: number
  readonly path: Path
  readonly pricing: () => Pricing | Promise<Pricing>
  readonly clock: Clock
  /** As Math.random. */
  readonly random: () => number
}

/** What a question needs of the others that are asked of its server. */
interface Others {
  readonly governor: Governor
  readonly breaker: Breaker
  /** Another turn for a question that is asked again, counted as sent; undefined where it was ended meanwhile. */
  readonly turn: (job: Job) => Job | undefined | Promise<Job | undefined>
  /** What waited for an attempt to end may be sent. */
  readonly grant: () => void
  /** Tells those who wait for a server that has been down for long. */
  readonly impatient: (nowMs: number) => void
  /** Takes a question out; false if it was before: the first outcome counts. */
  readonly close: (job: Job) => boolean
  /** Ends a question with `reason`, wherever it is. */
  readonly end: (job: Job, reason: unknown) => void
}

/** How long a provider has to let go of an attempt that was cut, in milliseconds; one that does not heed its signal cannot keep a permit for ever. */
const landingMs = 1_000

/** Once it has, the question keeps its permit this much longer, in milliseconds, so that the server sees the closed connection before the next question. */
const cutPermitMs = 50

/** Makes the attempts at questions of one provider and model, each bounded in time, and tells the others what they say of the server. */
export class Asker {
  readonly #options: AskerOptions
  readonly #name: string
  readonly #others: Others
  #pricing: Pricing | undefined
  readonly #answered = { async: 0, pool: 0 }

  constructor(options: AskerOptions, others: Others) {
    this.#options = options
    this.#name = `${options.provider}/${options.model}`
    this.#others = others
  }

  /** Answers so far, by the path they came on. */
  get answered(): Readonly<Record<'async' | 'pool', number>> {
    return { ...this.#answered }
  }

  /** From its first send to its outcome. Never rejects. */
  async run(job: Job): Promise<void> {
    for (;;) {
      if (job.open) await this.#try(job)
      else this.#landed(job)
      if (!job.open) break
      const turn = this.#others.turn(job)
      if ((turn instanceof Promise ? await turn : turn) === undefined) break
    }
    if (job.wasCut) {
      await this.#landing(job)
      await this.#wait(job, cutPermitMs)
    }
  }

  async #try(job: Job): Promise<void> {
    const { clock } = this.#options
    const cancelDeadline = clock.after(job.query.timeoutMs, () => this.#late(job))
    try {
      const answer = checked(await this.#attempt(job), this.#name)
      cancelDeadline()
      const llmMs = clock.now() - job.sentMs
      this.#others.breaker.alive()
      this.#others.governor.answered(job.sending, answer, { llmMs, nowMs: clock.now() })
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
    job.isSent = false
    this.#others.breaker.unknown()
    this.#others.governor.landed(job.sending)
    this.#others.grant()
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
      job.isSent = true
      job.onSend?.(job.attempts)
      const route = path.route(provider, model, job.onText !== undefined)
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
        this.#others.end(job, thrown)
      }
    }
  }

  #answer(job: Job, { text, usage, finishReason = 'stop' }: ProviderAnswer, { queueMs, llmMs }: Pick<Answer, 'queueMs' | 'llmMs'>, pricing: Pricing): void {
    if (!this.#others.close(job)) return
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
    const refusal = job.wasCut || (job.begun && usage === undefined) ? lose(job) : undefined
    const reason = retryable ? lastReason(job, error, maxAttempts) : ''
    const isLast = reason !== undefined || refusal !== undefined
    const isPaused = this.#heed(job, error, isLast)
    this.#landed(job)
    if (reason === undefined && refusal !== undefined) return this.#fail(job, refusal)
    if (reason !== undefined) return this.#fail(job, error, reason === '' ? undefined : reason)
    // The pause is its wait; one that was refused again waits longer than others, to have attempts left when there is room.
    if (isPaused && attempt === 1) return
    await this.#wait(job, backoffMs({ attempt, retryAfterMs, random }))
    if (job.open && job.wasCut) await this.#landing(job)
    this.#others.impatient(clock.now())
  }

  /** What a failure says of the server. True when the pump pauses for it. */
  #heed(job: Job, error: ReplmError, isLast: boolean): boolean {
    const nowMs = this.#options.clock.now()
    const isPaused = this.#others.governor.failed(job.sending, error, nowMs)
    if (this.#others.breaker.heed(error, { nowMs, isLast })) this.#others.impatient(nowMs)
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
    if (!this.#others.close(job)) return
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
}

function nothing(): void {}

/** An attempt was sent, and nobody says what it cost. Gives why its question cannot be asked again, if that is so. */
export function lose(job: Job): ReplmError | undefined {
  if (!job.isSent) return undefined
  job.isSent = false
  try {
    job.onLost?.()
    return undefined
  } catch (thrown) {
    return ReplmError.from(thrown)
  }
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
