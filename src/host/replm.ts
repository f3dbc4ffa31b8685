/** Options in; a replm, with everything behind it wired, out. The only file that wires. */
import { existsSync } from 'node:fs'
import { ReplmError } from '../errors.ts'
import { resolveBudget } from '../options/budget.ts'
import { resolveLimits } from '../options/limits.ts'
import { parseModel } from '../options/modelName.ts'
import { type LongQueryOptions, type QueryOptions, type ResolvedQueryOptions, resolveLongQuery, resolveQueryOptions } from '../options/queryOptions.ts'
import { type ReplmOptions, type ResolvedReplmOptions, resolveDispatchPath, resolveModels, resolveReplmOptions } from '../options/replmOptions.ts'
import { type ResolvedSessionOptions, resolveSessionOptions, type SessionOptions } from '../options/sessionOptions.ts'
import type { Answer, BudgetLimits, BudgetState, Dispatch, DispatchPath, Job, ModelInfo, Query } from '../types.ts'
import type { WireRequest } from '../protocol.ts'
import { answeredOf, AskingSession } from './askingSession.ts'
import { Awake } from './awake.ts'
import { openDocuments } from './context/documents.ts'
import { type AnswerStore, fileBeside, openAnswerStore } from './dispatch/answerStore.ts'
import { Budget } from './dispatch/budget.ts'
import { createDispatcher, type Dispatcher } from './dispatch/dispatcher.ts'
import { createEndpoints } from './dispatch/endpoints.ts'
import { withBudget } from './dispatch/layers/budget.ts'
import { withCache } from './dispatch/layers/cache.ts'
import { withCoalescing } from './dispatch/layers/coalesce.ts'
import { createInstruments, type Instruments, withTelemetry } from './dispatch/layers/telemetry.ts'
import { createHandlers } from './jobs/handlers.ts'
import type { BatchInput, DocumentsInput } from './jobs/jobInput.ts'
import type { Jobs } from './jobs/jobs.ts'
import { OpenJobs } from './jobs/openJobs.ts'
import { LongQueries } from './longQueries.ts'
import { Models } from './models.ts'
import { findTelemetry } from './openTelemetry.ts'
import { createRegistry, type FoundProvider, type Registry } from './providers/registry.ts'
import { priceOf } from './prices.ts'
import type { Claim, Journal } from './journal/journal.ts'
import { openMemoryJournal } from './journal/memoryJournal.ts'
import { openSqliteJournal } from './journal/sqliteJournal.ts'
import { Session } from './session.ts'
import { documentRecords, limitsOf, limitsRecord, newConfig } from './sessionConfig.ts'
import { type OpenedSession, readingOf, SessionOpener } from './sessionOpener.ts'
import { createSessions, type Sessions, usageOf } from './sessions.ts'
import { Spares } from './spares.ts'
import { SessionTrace } from './trace.ts'
import { TraceFile } from './traceFile.ts'

/** A running replm: sessions, and questions of the host's own. Made by {@link openReplm}. */
export interface Replm extends AsyncDisposable {
  readonly dispatch: DispatchPath
  /** Opens a session: a sandbox for cells, with its documents and its budget. Rejects with NOT_FOUND for documents that are not there. */
  openSession(options?: SessionOptions): Promise<Session>
  /** Asks one question of the host's own, through the same dispatch and on the same budget. Rejects with ReplmError, or with the signal's reason. */
  query(prompt: string, options?: QueryOptions & { readonly background?: false; readonly onTimeout?: never }): Promise<Answer>
  /** Gives a job at once, in which the question is asked: `replm.jobs.wait` has its answer. */
  query(prompt: string, options: LongQueryOptions & { readonly background: true }): Promise<Job>
  /** Gives the answer when it comes within `timeoutMs`, else a job (it has a `status`) in which the same call goes on. */
  query(prompt: string, options: LongQueryOptions & { readonly onTimeout: 'job' }): Promise<Answer | Job>
  /** The model that answers where none is named. Rejects with CONFIG when there is none. */
  defaultModel(): Promise<string>
  /** What is there of each provider, in the order in which they are tried. Asks the local ones whether they run: takes 300 ms at the most. */
  providers(): Promise<readonly FoundProvider[]>
  /** The models that a provider offers now; none where it cannot tell. Rejects with ReplmError where it does not answer. */
  offered(provider: string, options?: { readonly signal?: AbortSignal }): Promise<readonly ModelInfo[]>
  /** What all sessions together have spent and may spend. */
  budget(): BudgetState
  /** The sessions of its store. */
  readonly sessions: Sessions
  /** The background jobs of its store. */
  readonly jobs: Jobs
  /** The sessions that are opened when a cell comes for them, and put to sleep when none does. */
  readonly awake: Awake
  /** Other limits for all sessions together, from now on; those not named stay as they are. Throws TypeError or RangeError. */
  setBudget(limits: Partial<BudgetLimits>): void
  /** Sends what is asked from now on another way. Throws TypeError or RangeError. */
  setDispatch(path: DispatchPath): void
}

/** Opens a replm. Throws TypeError or RangeError for wrong options; rejects with CONFIG for what cannot be had here. */
export async function openReplm(options: ReplmOptions = {}): Promise<Replm> {
  const resolved = resolveReplmOptions(options, process.env)
  const { telemetry, trace } = resolved
  const replm = new OpenReplm(resolved, {
    instruments: telemetry === undefined ? undefined : createInstruments(await findTelemetry(telemetry)),
    traceFile: trace === undefined ? undefined : await TraceFile.open(trace.file),
  })
  try {
    await replm.check()
    return replm
  } catch (error) {
    await replm[Symbol.asyncDispose]()
    throw error
  }
}

/** Who looks on; undefined where nobody wants to. */
interface Observers {
  readonly instruments: Instruments | undefined
  readonly traceFile: TraceFile | undefined
}

/** Node opens a debugger for whoever sends SIGUSR1; a sandbox that broke out on a machine without namespaces must not be able to. */
function shutDebugger(): void {
  if (process.platform !== 'win32' && process.listenerCount('SIGUSR1') === 0) process.on('SIGUSR1', () => undefined)
}

class OpenReplm implements Replm {
  readonly #spares: Spares
  readonly #dispatcher: Dispatcher
  readonly #registry: Registry
  readonly #budget: Budget
  readonly #models: Models
  readonly #sessions = new Set<Session>()
  /** Answers that equal questions share: for all sessions. */
  readonly #answers: AnswerStore
  readonly #shared: Dispatch
  readonly #ask: Dispatch
  readonly #observers: Observers
  readonly #tracesContent: boolean
  /** Of the host's own questions. */
  readonly #trace: SessionTrace | undefined
  readonly #options: ResolvedReplmOptions
  readonly #endpointOf: (provider: string) => string
  readonly #opener: SessionOpener
  readonly sessions: Sessions
  readonly jobs: OpenJobs
  readonly #longQueries: LongQueries<ResolvedQueryOptions>
  readonly awake: Awake
  #journal: Promise<Journal> | undefined
  #queries = 0
  #isDisposed = false

  constructor(options: ResolvedReplmOptions, observers: Observers) {
    shutDebugger()
    // First of all: the sandbox starts while everything else is made.
    this.#spares = new Spares({ containment: options.containment, spare: options.spare })
    this.#registry = createRegistry({ custom: options.providers, env: process.env })
    this.#budget = new Budget({ limits: options.budget, of: 'openReplm' })
    const { dispatch: path, concurrency, localConcurrency, maxAttempts } = options
    this.#dispatcher = createDispatcher({ registry: this.#registry, path, concurrency, localConcurrency, maxAttempts, env: process.env, priceOf })
    const endpointOf = createEndpoints(this.#registry, process.env)
    this.#options = options
    this.#endpointOf = endpointOf
    this.#answers = openAnswerStore({ file: fileBeside(options.store) })
    this.#shared = withCoalescing(withCache(this.#dispatcher.dispatch, { store: this.#answers, endpointOf }), { endpointOf })
    this.#models = new Models({ model: options.model, models: options.models, timeoutMs: options.timeoutMs, find: async () => (await this.#registry.defaultModel()) ?? null })
    const { model, models } = options
    this.#opener = new SessionOpener({ openJournal: () => this.#openJournal(), model, models, session: (opened) => this.#session(opened) })
    this.awake = new Awake({ open: (id, options) => this.#opener.living(id, options), idleMs: options.idleMs, atMost: options.maxAwake })
    this.#observers = observers
    this.#tracesContent = options.trace?.content ?? false
    observers.traceFile?.write({ type: 'trace.started', version: 1, atMs: performance.now(), time: new Date().toISOString(), pid: process.pid, dispatch: path, content: this.#tracesContent })
    this.#trace = this.#traceOf(null)
    this.#ask = this.#dispatchOf(this.#budget, null)
    this.jobs = this.#createJobs()
    this.sessions = createSessions(() => this.#openJournal(), () => this.#liveJobs())
    this.#longQueries = new LongQueries({
      ask: (prompt, request, { signal }) => this.#askNow(prompt, request, signal),
      submit: (prompt, request) => this.jobs.submit({ prompt, ...request }),
      adopt: (prompt, request, token) => this.jobs.adopt({ prompt, ...request }, token),
      wait: (id, { signal }) => this.jobs.wait(id, { signal }),
      cancel: (id) => this.jobs.cancel(id),
      isSlow: async ({ model }) => options.slowModels.length > 0 && isAmong(model ?? (await this.#models.default()), options.slowModels),
    })
  }

  /** Rejects with CONFIG for what was required and cannot be had. */
  check(): Promise<void> {
    return this.#spares.check()
  }

  get dispatch(): DispatchPath {
    return this.#dispatcher.path
  }

  async openSession(options: SessionOptions = {}): Promise<Session> {
    this.#checkOpen()
    return this.#opener.open(resolveSessionOptions(options))
  }

  #createJobs(): OpenJobs {
    const { model = null, models } = this.#options
    return new OpenJobs({
      openEngine: async () => {
        this.#checkOpen()
        // At first use: most runs have no job, and all of them are to start fast.
        const { openSqliteEngine } = await import('./jobs/sqliteEngine.ts')
        return openSqliteEngine({ file: fileBeside(this.#options.store, 'jobs') })
      },
      handlers: createHandlers({
        openSession: (id, input) => this.#opener.ofJob(id, input),
        openAsking: (id, input, dispatch) => this.#askingSession(id, input, dispatch),
        usage: async (id, queries) => {
          const record = await (await this.#openJournal()).find(id)
          if (record === undefined) throw new ReplmError('NOT_FOUND', `The session of the job ${id} is gone`)
          return usageOf(record, queries)
        },
        adopt: (token) => this.#longQueries.take(token),
        awake: this.awake,
      }),
      input: {
        session: resolveSessionOptions,
        query: resolveQueryOptions,
        models: resolveModels,
        record: limitsRecord,
        documents: (options) => this.#documentsInput(options),
        checkSession: async (id) => void (await this.sessions.get(id)),
        checkModel: (name) => this.#checkModel(name),
        defaults: { model, models },
      },
      holdDocuments: async (id, input) => {
        const session = await this.#opener.newOfJob(id, input).catch((thrown: unknown) => {
          // A worker was quicker.
          if (thrown instanceof ReplmError && thrown.code === 'IN_USE') return undefined
          throw thrown
        })
        await session?.[Symbol.asyncDispose]()
      },
      answered: async function* (this: OpenReplm, id: string, input: BatchInput) {
        const journal = await this.#openJournal()
        const record = await journal.find(id)
        if (record === undefined) return
        yield* answeredOf({ journal, record, input, endpoint: () => this.#endpointOf('compatible'), resolve: (request) => this.#resolveAny(request, record.config.model) })
      }.bind(this),
      jobSessions: async () => (await (await this.#openJournal()).list()).filter(({ config, owner }) => config.job === true && owner === null).map(({ id }) => id),
      removeSession: async (id) => (await this.#openJournal()).remove(id),
      canUse: async (id) => {
        if (this.awake.has(id)) return true
        const owner = (await (await this.#openJournal()).find(id))?.owner ?? null
        // One that is gone, or that this process has open by other means, can be: the cell is told what is wrong with it.
        return owner === null || owner.pid === process.pid
      },
    })
  }

  /** None where the store has had no job. */
  async #liveJobs(): Promise<readonly string[]> {
    const { store } = this.#options
    return store !== ':memory:' && !existsSync(fileBeside(store, 'jobs')) ? [] : this.jobs.live()
  }

  async #documentsInput(options: ResolvedSessionOptions): Promise<DocumentsInput> {
    const documents = await openDocuments(options.context ?? [], readingOf(options))
    try {
      return { documents: documents.list.length === 0 ? [] : await documentRecords(documents, await this.#openJournal()), isFirstPlain: documents.isFirstPlain }
    } finally {
      await documents.close()
    }
  }

  async #askingSession(id: string, { model, budget }: Pick<BatchInput, 'model' | 'budget'>, dispatch?: Dispatch): Promise<AskingSession> {
    const journal = await this.#openJournal()
    const known = await journal.find(id)
    const limits = resolveBudget(limitsOf(budget))
    const claim =
      known === undefined
        ? await journal.create({ id, name: null, parent: null, root: id, depth: 0, config: { ...newConfig({ args: undefined, limits: resolveLimits(), budget: limits }, { model: model ?? (await this.#models.default()), models: [], seed: id, documents: [], isFirstPlain: false }), job: true } })
        : await journal.claim(id, { replaces: true })
    const { config } = claim.session
    return AskingSession.open({
      journal,
      claim,
      dispatch: dispatch ?? this.#dispatchOf(this.#budgetOf(claim, limits), id),
      endpoint: () => this.#endpointOf('compatible'),
      resolve: (request) => this.#resolveAny(request, config.model),
    })
  }

  #resolveAny(request: WireRequest, model: string | null): Query | Promise<Query> {
    return this.#models.resolve(request, { anyModel: true, ...(model === null ? {} : { model }) })
  }

  async #checkModel(name: string): Promise<void> {
    await this.#registry.get(parseModel(name).provider)
  }

  #session({ options, budget: limits, ...parts }: OpenedSession): Session {
    const { id } = parts.claim.session
    const budget = this.#budgetOf(parts.claim, limits)
    const session = new Session({
      ...parts,
      acceptChanges: options.acceptChanges,
      takeSandbox: (frozen) => this.#spares.take(frozen),
      dispatch: this.#dispatchOf(budget, id),
      underscore: options.underscore,
      endpoint: () => this.#endpointOf('compatible'),
      resolve: (request, { model, models }) => this.#resolve(request, model, models),
      hashable: (request, model) => this.#models.resolve({ ...request, model }, { anyModel: true }) as Query, // no promise where the model is named
      checkModel: (name) => this.#checkModel(name),
      budget: () => budget.state(),
      trace: this.#traceOf(id),
      onClose: () => this.#sessions.delete(session),
    })
    this.#sessions.add(session)
    return session
  }

  /** What a session may spend, of which it has spent some in all its runs. */
  #budgetOf({ session: { spent } }: Claim, limits: BudgetLimits): Budget {
    const { queries, inputTokens, outputTokens, usd, unpriced, unknownQueries, unknownTokens, unknownUsd } = spent
    return new Budget({
      limits,
      of: 'this session',
      parent: this.#budget,
      // What was in flight when a process died may have been charged.
      spent: { queries: queries + unknownQueries, tokens: inputTokens + outputTokens + unknownTokens, usd: usd + unknownUsd, isUnpriced: unpriced > 0 },
    })
  }

  /** The model that was frozen in a session answers in it, whatever is the default now. */
  #resolve(request: WireRequest, model: string | null, models: readonly string[]): Query | Promise<Query> {
    return this.#models.resolve(request, { anyModel: false, models, ...(model === null ? {} : { model }) })
  }

  #openJournal(): Promise<Journal> {
    this.#checkOpen()
    const { store } = this.#options
    this.#journal ??= store === ':memory:' ? Promise.resolve(openMemoryJournal()) : openSqliteJournal({ file: store })
    return this.#journal
  }

  query(prompt: string, options?: QueryOptions & { readonly background?: false; readonly onTimeout?: never }): Promise<Answer>
  query(prompt: string, options: LongQueryOptions & { readonly background: true }): Promise<Job>
  query(prompt: string, options: LongQueryOptions & { readonly onTimeout: 'job' }): Promise<Answer | Job>
  async query(prompt: string, options: LongQueryOptions = {}): Promise<Answer | Job> {
    this.#checkOpen()
    if (typeof prompt !== 'string') throw new TypeError(`Expected \`prompt\` to be a string, got ${prompt === null ? 'null' : typeof prompt}`)
    const { background, onTimeout, query } = resolveLongQuery(options)
    const { signal = neverAborted, timeoutMs, ...rest } = query
    signal.throwIfAborted()
    // What bounds the wait does not bound the call.
    const request = onTimeout === undefined && timeoutMs !== undefined ? { ...rest, timeoutMs } : rest
    return this.#longQueries.query({ prompt, request, background, onTimeout, timeoutMs, signal })
  }

  async #askNow(prompt: string, request: ResolvedQueryOptions, signal: AbortSignal): Promise<Answer> {
    const trace = this.#trace?.query(null, { call: ++this.#queries, batch: null, index: null, arrivedMs: performance.now() })
    try {
      const query = await this.#models.resolve({ prompt, ...request }, { anyModel: true })
      trace?.dispatched(query)
      const answer = await this.#ask(query, { signal })
      trace?.answered(answer)
      return answer
    } catch (thrown) {
      trace?.failed(thrown, request.model ?? '', 'INTERRUPTED')
      throw thrown
    } finally {
      trace?.delivered()
    }
  }

  defaultModel(): Promise<string> {
    return this.#models.default()
  }

  providers(): Promise<readonly FoundProvider[]> {
    return this.#registry.found()
  }

  async offered(provider: string, { signal = neverAborted }: { readonly signal?: AbortSignal } = {}): Promise<readonly ModelInfo[]> {
    const { models } = await this.#registry.get(provider)
    return models === undefined ? [] : models({ signal })
  }

  budget(): BudgetState {
    return this.#budget.state()
  }

  setBudget(limits: Partial<BudgetLimits>): void {
    this.#budget.setLimits(resolveBudget({ ...this.#budget.limits, ...limits }))
  }

  setDispatch(path: DispatchPath): void {
    this.#dispatcher.setPath(resolveDispatchPath(path))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return
    this.#isDisposed = true
    // First of all: what is at work is left where it is, for others to go on with.
    await this.jobs[Symbol.asyncDispose]()
    await Promise.all([this.awake[Symbol.asyncDispose](), this.#spares.close(), ...[...this.#sessions].map((session) => session[Symbol.asyncDispose]())])
    await this.#dispatcher.close()
    await (await this.#journal)?.[Symbol.asyncDispose]()
    this.#answers.close()
    await this.#registry.close()
    const { traceFile } = this.#observers
    traceFile?.write({ type: 'trace.ended', atMs: performance.now() })
    await traceFile?.close()
  }

  /** The whole way of a question, for a session or for the host itself. */
  #dispatchOf(budget: Budget, session: string | null): Dispatch {
    const budgeted = withBudget(this.#shared, { budget, pricing: this.#dispatcher.pricing })
    const { instruments } = this.#observers
    return instruments === undefined ? budgeted : withTelemetry(budgeted, { instruments, session })
  }

  #traceOf(session: string | null): SessionTrace | undefined {
    const { traceFile } = this.#observers
    return traceFile === undefined ? undefined : new SessionTrace({ sink: traceFile, session, content: this.#tracesContent })
  }

  #checkOpen(): void {
    if (this.#isDisposed) throw new ReplmError('DISPOSED', 'This replm is closed; open another one')
  }
}

/** Whether a model is one of these, in which * stands for anything. */
function isAmong(model: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => new RegExp(`^${pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')}$`, 's').test(model))
}

const neverAborted = new AbortController().signal
