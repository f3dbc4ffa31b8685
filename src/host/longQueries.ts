/** A question of the host's own in; its answer here and now, or the job that will have it, out. */
import { randomUUID } from 'node:crypto'
import { fromWire, ReplmError, type ErrorCode } from '../errors.ts'
import type { Answer, Dispatch, Job } from '../types.ts'
import { onAbort } from './dispatch/onAbort.ts'

/** What `replm.query` hands on, checked. */
export interface LongQuery<Request> {
  readonly prompt: string
  readonly request: Request
  readonly background: boolean | undefined
  readonly onTimeout: 'job' | undefined
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal
}

/** A call that a job takes over. */
export interface CallUnderWay {
  readonly dispatch: Dispatch
  readonly abort: (reason: unknown) => void
}

export interface LongQueriesParts<Request> {
  /** Asks at once, through the whole way. */
  readonly ask: (prompt: string, request: Request, options: { readonly signal: AbortSignal }) => Promise<Answer>
  /** Makes a job that asks. */
  readonly submit: (prompt: string, request: Request) => Promise<Job>
  /** Makes a job of what is under way under this token. */
  readonly adopt: (prompt: string, request: Request, token: string) => Promise<Job>
  readonly wait: (id: string, options: { readonly signal: AbortSignal }) => Promise<Job>
  readonly cancel: (id: string) => Promise<Job>
  /** Whether the model that would answer is marked slow. */
  readonly isSlow: (request: Request) => Promise<boolean>
}

const neverAborted = new AbortController().signal

export class LongQueries<Request> {
  readonly #parts: LongQueriesParts<Request>
  /** Calls that became jobs, until the job takes them over. */
  readonly #underWay = new Map<string, CallUnderWay>()

  constructor(parts: LongQueriesParts<Request>) {
    this.#parts = parts
  }

  async query(query: LongQuery<Request>): Promise<Answer | Job> {
    const { prompt, request, background, onTimeout, timeoutMs, signal } = query
    const { ask, submit, isSlow } = this.#parts
    if (background === true) return submit(prompt, request)
    if (background === undefined && (await isSlow(request))) {
      const job = await submit(prompt, request)
      return onTimeout === undefined ? this.#answerOf(job, signal) : job
    }
    if (onTimeout === undefined || timeoutMs === undefined) return ask(prompt, request, { signal })
    return this.#askFor(timeoutMs, query)
  }

  /** The call that a job has to go on with; once. */
  take(token: string): CallUnderWay | undefined {
    const call = this.#underWay.get(token)
    this.#underWay.delete(token)
    return call
  }

  /** A job that ends before anybody has taken its call over, ends the call. */
  async #end(id: string, token: string, controller: AbortController): Promise<void> {
    await this.#parts.wait(id, { signal: neverAborted }).catch(() => undefined) // closed: so is what the call is under way on
    if (this.#underWay.delete(token)) controller.abort(new ReplmError('INTERRUPTED', `The job ${id} has ended`))
  }

  async #askFor(timeoutMs: number, { prompt, request, signal }: LongQuery<Request>): Promise<Answer | Job> {
    // The job's, once there is one: the caller's signal ends only what the caller waits for.
    const controller = new AbortController()
    const letGo = onAbort(signal, () => controller.abort(signal.reason))
    const answer = this.#parts.ask(prompt, request, { signal: controller.signal })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, timeoutMs, undefined)))
    try {
      const given = await Promise.race([answer, late])
      if (given !== undefined) return given
      const token = randomUUID()
      answer.catch(() => undefined) // the job tells of it
      this.#underWay.set(token, { abort: (reason) => controller.abort(reason), dispatch: () => answer })
      try {
        const job = await this.#parts.adopt(prompt, request, token)
        void this.#end(job.id, token, controller)
        return job
      } catch (thrown) {
        // Nobody would hear of the answer.
        if (this.#underWay.delete(token)) controller.abort(thrown)
        throw thrown
      }
    } finally {
      clearTimeout(timer)
      letGo()
    }
  }

  /** A job that somebody waits for, as if it were none. */
  async #answerOf({ id }: Job, signal: AbortSignal): Promise<Answer> {
    try {
      const job = await this.#parts.wait(id, { signal })
      if (job.status === 'completed') {
        const { text, usage, finishReason, queueMs, llmMs, attempts, path } = job.result as Answer // as a question's job gives it
        return { text, usage, finishReason, queueMs, llmMs, attempts, ...(path === undefined ? {} : { path }) }
      }
      if (job.status === 'failed') throw fromWire({ code: job.error.code as ErrorCode, message: job.error.message }) // a question fails with a code of ours
      throw new ReplmError('INTERRUPTED', `The job ${id} was canceled`)
    } catch (thrown) {
      if (signal.aborted) await this.#parts.cancel(id).catch(() => undefined) // it may be over already
      throw thrown
    }
  }
}
