/** Questions to one model in; their answers, never more under way at once than permits, out. */
import { ReplmError } from '../../errors.ts'
import type { Answer, Dispatch, DispatchOptions, ProviderAnswer, ProviderQuery, Query } from '../../types.ts'
import { withAttempts } from './attempts.ts'
import { backoffMs, longestRetryAfterMs } from './backoff.ts'
import type { Clock } from './clock.ts'
import { createGate, type Gate } from './gate.ts'
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
}

/** How long a provider has to let go of an attempt that was cut, in milliseconds; one that does not heed its signal cannot keep a permit for ever. */
const landingMs = 1_000

/** Once it has, the question keeps its permit this much longer, in milliseconds, so that the server sees the closed connection before the next question. */
const cutPermitMs = 50

/** One question on its way. */
interface Job {
  readonly query: Query
  readonly asked: ProviderQuery
  readonly signal: AbortSignal
  readonly onSend: DispatchOptions['onSend']
  readonly onText: DispatchOptions['onText']
  readonly arrivedMs: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
  /** False once its promise is settled. */
  open: boolean
  /** True from the gate on. */
  running: boolean
  attempts: number
  /** Whether a piece of its reply was given out: what was read cannot be taken back, so it is not asked again. */
  begun: boolean
  /** Tokens of failed attempts, as far as their errors name them. */
  readonly lost: { inputTokens: number; outputTokens: number }
  /** Ends the stage it is in: an attempt, or a wait. */
  cut: ((reason: unknown) => void) | undefined
  /** Whether its last attempt was ended from here, while the server may still be at it. */
  wasCut: boolean
  /** Its last attempt, as the path knows it. */
  flight: Promise<unknown>
  readonly letGo: () => void
}

/**
 * The pump of one provider and model: hands out permits, bounds each attempt in time, and asks again what failed for a while.
 *
 * A question keeps its permit while it waits for its next attempt. So a server in trouble is asked by `concurrency` questions at the most, again and again,
 * instead of by all that wait in line, once each, until none has an attempt left.
 */
export class Pump {
  readonly #options: PumpOptions
  readonly #name: string
  readonly #jobs = new Set<Job>()
  #active = 0
  #gate: Gate | undefined
  #opening: Promise<Gate> | undefined
  #pricing: Pricing | undefined

  constructor(options: PumpOptions) {
    this.#options = options
    this.#name = `${options.provider}/${options.model}`
  }

  get state(): PumpState {
    let waiting = 0
    for (const job of this.#jobs) if (!job.running) waiting += 1
    return { model: this.#name, active: this.#active, waiting }
  }

  /** Nothing under way, nothing in line. */
  get idle(): boolean {
    return this.#active === 0 && this.#jobs.size === 0
  }

  readonly dispatch: Dispatch = (query, { signal, onSend, onText }) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const { provider: _, timeoutMs: __, timeoutIsFinal: ___, ...asked } = query
      const job: Job = {
        query, asked, signal, onSend, onText, resolve, reject,
        arrivedMs: this.#options.clock.now(),
        open: true,
        running: false,
        attempts: 0,
        begun: false,
        lost: { inputTokens: 0, outputTokens: 0 },
        cut: undefined,
        wasCut: false,
        flight: Promise.resolve(),
        letGo: onAbort(signal, () => this.#end(job, signal.reason)),
      }
      this.#jobs.add(job)
      if (this.#gate === undefined) void this.#enterLater(job)
      else this.#enter(job, this.#gate)
    })

  /** Ends every question with `reason`, wherever it is. */
  close(reason: ReplmError): void {
    for (const job of this.#jobs) this.#end(job, reason)
  }

  async #enterLater(job: Job): Promise<void> {
    try {
      this.#opening ??= this.#open()
      this.#enter(job, await this.#opening)
    } catch (thrown) {
      this.#opening = undefined
      this.#fail(job, ReplmError.from(thrown))
    }
  }

  async #open(): Promise<Gate> {
    const { concurrency, path, provider } = this.#options
    const prepared = path.prepare(provider).catch((thrown: unknown) => {
      // What asking again can mend is for the attempts to find out.
      if (!ReplmError.from(thrown).retryable) throw thrown
    })
    const [gate] = await Promise.all([createGate(concurrency), prepared])
    this.#gate = gate
    return gate
  }

  #enter(job: Job, gate: Gate): void {
    // A job that was aborted in the queue passes the gate without effect when its turn comes.
    void gate(() => (job.open ? this.#run(job) : Promise.resolve()))
  }

  /** Holds a permit until it returns. Never rejects. */
  async #run(job: Job): Promise<void> {
    this.#active += 1
    job.running = true
    while (job.open) {
      const sentMs = this.#options.clock.now()
      try {
        const answer = checked(await this.#attempt(job), this.#name)
        const llmMs = this.#options.clock.now() - sentMs
        // Prices load while the first answers are under way.
        this.#pricing ??= await this.#options.pricing()
        this.#answer(job, answer, { queueMs: sentMs - job.arrivedMs, llmMs }, this.#pricing)
      } catch (thrown) {
        if (job.open) await this.#recover(job, ReplmError.from(thrown))
      }
    }
    if (job.wasCut) {
      await this.#landing(job)
      await this.#wait(job, cutPermitMs)
    }
    this.#active -= 1
  }

  /** Sends once. Rejects with what the provider threw, with TIMEOUT, or with the reason the job was ended with, at once, also when the provider does not heed its signal. */
  async #attempt(job: Job): Promise<ProviderAnswer> {
    const { path, clock, provider } = this.#options
    const { timeoutMs, timeoutIsFinal } = job.query
    const controller = new AbortController()
    const { promise: ended, reject } = Promise.withResolvers<never>()
    job.cut = (reason) => {
      job.wasCut = true
      reject(reason)
      controller.abort(reason)
    }
    const cancelDeadline = clock.after(timeoutMs, () =>
      job.cut?.(new ReplmError('TIMEOUT', `${this.#name} did not answer within ${timeoutMs} ms. Name a longer \`timeoutMs\` if its answers take that long`, { retryable: !timeoutIsFinal })),
    )
    job.attempts += 1
    job.wasCut = false
    try {
      job.onSend?.(job.attempts)
      const flight = path.ask(provider, job.asked, { signal: controller.signal, attempt: job.attempts, onText: this.#teller(job) })
      job.flight = flight
      return await Promise.race([flight, ended])
    } finally {
      cancelDeadline()
    }
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
    const { attempts, lost } = job
    const usd = usdOf(pricing, usage)
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
    })
  }

  /** Waits for the time of the next attempt, or ends the job with `error` if there is none. */
  async #recover(job: Job, error: ReplmError): Promise<void> {
    const { maxAttempts, random } = this.#options
    const { attempts: attempt } = job
    const { retryable, retryAfterMs, usage } = error
    job.lost.inputTokens += usage?.inputTokens ?? 0
    job.lost.outputTokens += usage?.outputTokens ?? 0
    if (!retryable || attempt >= maxAttempts) return this.#fail(job, error, attempt > 1 ? `attempt ${attempt} of ${maxAttempts}` : undefined)
    if (job.begun) return this.#fail(job, error, 'a part of its reply was given out before, so it was not asked again')
    if (retryAfterMs !== undefined && retryAfterMs > longestRetryAfterMs) {
      return this.#fail(job, error, `it asks to wait ${Math.ceil(retryAfterMs / 1000)} s, and the longest wait is ${longestRetryAfterMs / 1000} s`)
    }
    await this.#wait(job, backoffMs({ attempt, retryAfterMs, random }))
    if (job.open && job.wasCut) await this.#landing(job)
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
    return true
  }
}

function nothing(): void {}

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
