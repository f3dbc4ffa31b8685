/** An engine, and what jobs are done with, in; `replm.jobs` out. */
import { randomUUID } from 'node:crypto'
import { ReplmError } from '../../errors.ts'
import { maxInputDataDepth, maxInputDataUnits } from '../../protocol.ts'
import type { Job, JobEvent } from '../../types.ts'
import { checkJson } from '../checkJson.ts'
import type { EventsOptions, JobEngine, JobHandler, JobPage, JobWorker, ListOptions, SubmitOptions, WaitOptions, WorkOptions } from './engine.ts'
import { type BatchInput, type CellInput, jobInput, type JobInputParts } from './jobInput.ts'
import type { BatchJobResult, BatchLine, JobInput, JobOptions, Jobs, JobWork, JobWorkOptions } from './jobs.ts'
import { noSuchJob, notWaiting } from './refusal.ts'
import { isOver } from './states.ts'

export interface OpenJobsParts {
  readonly openEngine: () => Promise<JobEngine>
  readonly handlers: Readonly<Record<string, JobHandler>>
  readonly input: JobInputParts
  /** Keeps the texts that a job was submitted with for as long as there is the job. */
  readonly holdDocuments: (id: string, input: CellInput) => Promise<void>
  /** What of a batch has been answered, whoever does it. */
  readonly answered: (id: string, input: BatchInput) => AsyncIterable<BatchLine>
  /** Sessions of jobs, to be removed when their job is. */
  readonly jobSessions: () => Promise<readonly string[]>
  readonly removeSession: (id: string) => Promise<void>
  /** False for a session that another process has open: its cells are that one's to run. */
  readonly canUse: (session: string) => Promise<boolean>
}

/** Cells of sessions that live on, which run where their session is open: whoever does only other jobs leaves them alone. */
const sessionGroup = 'sessions'

/** Of all sessions together: one of each, and how many of these are awake is bounded elsewhere. */
const cellsAtOnce = 10_000

/** Time between two looks at sessions whose jobs are gone, in milliseconds: jobs are kept for days. */
const sweepEveryMs = 3_600_000

export class OpenJobs implements Jobs, AsyncDisposable {
  readonly #parts: OpenJobsParts
  /** Names the jobs that this process does itself: nobody else takes them while it lives. */
  readonly #group = `own-${randomUUID()}`
  #engine: Promise<JobEngine> | undefined
  #own: JobWorker | undefined
  #hasCellWorker = false
  #sweeping: NodeJS.Timeout | undefined
  #isDisposed = false

  constructor(parts: OpenJobsParts) {
    this.#parts = parts
  }

  async submit(work: JobWork, options: JobOptions = {}): Promise<Job> {
    checkOptions(options)
    return this.#submit(await jobInput(work, this.#parts.input), options)
  }

  /** As {@link submit}, for a question whose call is under way here, under this token. */
  async adopt(work: JobWork, token: string): Promise<Job> {
    const submission = await jobInput(work, this.#parts.input)
    if (submission.kind !== 'query') throw new TypeError('Only a question can be taken over')
    return this.#submit({ kind: 'query', input: { ...submission.input, adopts: token } }, {})
  }

  async #submit({ kind, input }: Awaited<ReturnType<typeof jobInput>>, { work: isDoneHere = true, ...options }: JobOptions): Promise<Job> {
    const engine = await this.#open()
    const isOfSession = 'session' in input
    const submitted: SubmitOptions = isOfSession ? { ...options, group: sessionGroup, session: input.session } : isDoneHere ? { ...options, group: this.#group } : options
    const job = await engine.submit(kind, input, submitted)
    if ('documents' in input && !isOver(job.status) && input.documents.some(({ path }) => path === null)) await this.#parts.holdDocuments(job.id, input)
    if (isDoneHere && isOfSession) this.#runCellsHere(engine)
    else if (isDoneHere) this.#workHere(engine)
    return job
  }

  async get(id: string): Promise<Job> {
    checkId(id)
    const job = await (await this.#open()).get(id)
    if (job === undefined) throw noSuchJob(id)
    return job
  }

  async list(options?: ListOptions): Promise<JobPage> {
    return (await this.#open()).list(options)
  }

  async wait(id: string, options?: WaitOptions): Promise<Job> {
    checkId(id)
    return (await this.#open()).wait(id, options)
  }

  async *events(id: string, options?: EventsOptions): AsyncGenerator<JobEvent, void, undefined> {
    checkId(id)
    yield* (await this.#open()).events(id, options)
  }

  async cancel(id: string): Promise<Job> {
    checkId(id)
    return (await this.#open()).cancel(id)
  }

  async input(id: string, answer: JobInput): Promise<Job> {
    checkAnswer(answer)
    const { action, data, key } = answer
    if (data !== undefined) checkJson(data, 'data', { maxUnits: maxInputDataUnits, maxDepth: maxInputDataDepth })
    const job = await this.get(id)
    if (job.status !== 'awaiting_input') throw notWaiting(id, job.status)
    const { inputRequest } = job
    return (await this.#open()).resumeWithInput(id, key ?? inputRequest.key, { action, data: data === undefined ? inputRequest.data : data })
  }

  async *results(id: string): AsyncGenerator<BatchLine, void, undefined> {
    const job = await this.get(id)
    if (job.kind !== 'batch') throw new ReplmError('JOB_STATE', `The job ${id} is no batch: it is a ${job.kind}, whose result is in \`jobs.get\``)
    // What performBatch gave, and jobInput made.
    if (job.status === 'completed') yield* (job.result as BatchJobResult).value
    else yield* this.#parts.answered(id, (await (await this.#open()).input(id)) as BatchInput)
  }

  work({ concurrency, sessions = false, onJob, ...rest }: JobWorkOptions = {}): JobWorker {
    const unknown = Object.keys(rest)[0]
    if (unknown !== undefined) throw new TypeError(`Expected the options of work to be among \`concurrency\`, \`sessions\`, \`onJob\`, got \`${unknown}\``)
    if (concurrency !== undefined && (!Number.isSafeInteger(concurrency) || concurrency < 1)) throw new RangeError(`Expected \`concurrency\` to be a whole number from 1 up, got ${String(concurrency)}`)
    if (typeof sessions !== 'boolean') throw new TypeError(`Expected \`sessions\` to be true or false, got ${typeof sessions}`)
    if (onJob !== undefined && typeof onJob !== 'function') throw new TypeError(`Expected \`onJob\` to be a function, got ${typeof onJob}`)
    let worker: JobWorker | undefined
    let isClosed = false
    const opened = this.#open().then((engine) => {
      if (isClosed) return
      const { handlers, canUse } = this.#parts
      worker = startWorkers(engine, { handlers: onJob === undefined ? handlers : watched(handlers, onJob), canUse, ...(concurrency === undefined ? {} : { concurrency }) })
      if (sessions) this.#runCellsHere(engine)
      this.#sweepFromNowOn()
    })
    opened.catch(() => undefined) // whoever asks for something of the store is told what is wrong with it
    return {
      get running() {
        return worker?.running ?? 0
      },
      [Symbol.asyncDispose]: async () => {
        isClosed = true
        await opened.catch(() => undefined)
        await worker?.[Symbol.asyncDispose]()
      },
    }
  }

  /** Of the jobs that are not over, their ids, which are those of their sessions, and of sessions that live on: all of them are in use. */
  async live(): Promise<readonly string[]> {
    const engine = await this.#open()
    const ids: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await engine.list({ status: ['pending', 'queued', 'running', 'awaiting_input'], limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
      for (const { id, session } of page.jobs) ids.push(id, ...(session === null || session === id ? [] : [session]))
      ;({ cursor } = page)
    }
    return ids
  }

  /** What is at work here goes back, to be gone on with elsewhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    clearInterval(this.#sweeping)
    await this.#own?.[Symbol.asyncDispose]()
    await (await this.#engine?.catch(() => undefined))?.close()
  }

  #open(): Promise<JobEngine> {
    if (this.#isDisposed) return Promise.reject(new ReplmError('DISPOSED', 'This replm is closed; open another one'))
    this.#engine ??= this.#parts.openEngine()
    return this.#engine
  }

  #workHere(engine: JobEngine): void {
    if (this.#isDisposed) return
    this.#own ??= startWorkers(engine, { handlers: this.#parts.handlers, groups: [this.#group], keepAlive: false })
  }

  #runCellsHere(engine: JobEngine): void {
    const { cell } = this.#parts.handlers
    if (this.#isDisposed || this.#hasCellWorker || cell === undefined) return
    this.#hasCellWorker = true
    // It ends with the engine.
    engine.work({ handlers: { cell }, groups: [sessionGroup], concurrency: cellsAtOnce, keepAlive: false, canUse: this.#parts.canUse })
  }

  #sweepFromNowOn(): void {
    if (this.#sweeping !== undefined || this.#isDisposed) return
    this.#sweeping = setInterval(() => void this.#sweep(), sweepEveryMs).unref()
    void this.#sweep()
  }

  /** A session belongs to its job, and goes when that was kept long enough. */
  async #sweep(): Promise<void> {
    try {
      const engine = await this.#open()
      for (const id of await this.#parts.jobSessions()) if ((await engine.get(id)) === undefined) await this.#parts.removeSession(id)
    } catch {
      // It is somebody's at the moment, or the store cannot be written to: the next look finds it again.
    }
  }
}

/** Questions and batches at work at the same time: they need no sandbox, and it is the dispatch that says how many questions are under way. So many that those to a model that hangs do not keep others from theirs. */
const lightConcurrency = 4_096

/** Programs have places of their own: a question does not wait for one. */
function startWorkers(engine: JobEngine, { handlers, ...options }: WorkOptions): JobWorker {
  const { query, batch, ...programs } = handlers
  const light = { ...(query === undefined ? {} : { query }), ...(batch === undefined ? {} : { batch }) }
  const workers = [engine.work({ ...options, handlers: programs }), engine.work({ ...options, handlers: light, concurrency: lightConcurrency })]
  return {
    get running() {
      return workers.reduce((sum, { running }) => sum + running, 0)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()))
    },
  }
}

/** Handlers that tell of what they do. */
function watched(handlers: OpenJobsParts['handlers'], onJob: NonNullable<JobWorkOptions['onJob']>): OpenJobsParts['handlers'] {
  const watch = (handler: JobHandler): JobHandler => async (task) => {
    const { id, kind } = task
    onJob({ type: 'job.started', id, kind })
    try {
      const outcome = await handler(task)
      onJob({ type: outcome.type === 'completed' ? 'job.completed' : 'job.inputRequested', id, kind })
      return outcome
    } catch (thrown) {
      if (task.signal.aborted) onJob({ type: 'job.stopped', id, kind })
      else onJob({ type: 'job.failed', id, kind, error: ReplmError.from(thrown, 'CELL') })
      throw thrown
    }
  }
  return Object.fromEntries(Object.entries(handlers).map(([kind, handler]) => [kind, watch(handler)]))
}

const optionNames = ['idempotencyKey', 'priority', 'notBeforeMs', 'deadlineMs', 'ttlMs', 'maxAttempts', 'work']

function checkOptions(options: JobOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`Expected the options of a job to be an object, got ${options === null ? 'null' : typeof options}`)
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name))
  if (unknown !== undefined) throw new TypeError(`Expected the options of a job to be among ${optionNames.map((name) => `\`${name}\``).join(', ')}, got \`${unknown}\``)
  if (options.work !== undefined && typeof options.work !== 'boolean') throw new TypeError(`Expected \`work\` to be true or false, got ${typeof options.work}`)
}

const answerNames = ['action', 'data', 'key']

/** A misspelt `data` must not be ignored: what was asked about would go out as it was. */
function checkAnswer(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null) throw new TypeError(`Expected an answer to be {action, data?, key?}, got ${answer === null ? 'null' : typeof answer}`)
  const unknown = Object.keys(answer).find((name) => !answerNames.includes(name))
  if (unknown !== undefined) throw new TypeError(`Expected an answer to have nothing but ${answerNames.map((name) => `\`${name}\``).join(', ')}, got \`${unknown}\``)
}

function checkId(id: unknown): void {
  if (typeof id !== 'string') throw new TypeError(`Expected \`id\` to be a string, got ${id === null ? 'null' : typeof id}`)
}
