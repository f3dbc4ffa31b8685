/** Options in; a replm, with everything behind it wired, out. The only file that wires. */
import { randomUUIDv7 } from 'node:crypto'
import { ReplmError } from '../errors.ts'
import {
  type QueryOptions, type ReplmOptions, type ResolvedReplmOptions, type ResolvedSessionOptions, parseModel, resolveBudget, resolveDispatchPath, resolveLimits, resolveQueryOptions,
  resolveReplmOptions, resolveSessionOptions, type SessionOptions,
} from '../options.ts'
import type { Answer, BudgetLimits, BudgetState, Dispatch, DispatchPath, ModelInfo, Query } from '../types.ts'
import type { WireRequest } from '../protocol.ts'
import { type Documents, openDocuments, type ReadingOptions } from './context/documents.ts'
import { type AnswerStore, fileBeside, openAnswerStore } from './dispatch/answerStore.ts'
import { Budget } from './dispatch/budget.ts'
import { createDispatcher, type Dispatcher } from './dispatch/dispatcher.ts'
import { createEndpoints } from './dispatch/endpoints.ts'
import { withBudget } from './dispatch/layers/budget.ts'
import { withCache } from './dispatch/layers/cache.ts'
import { withCoalescing } from './dispatch/layers/coalesce.ts'
import { createInstruments, type Instruments, withTelemetry } from './dispatch/layers/telemetry.ts'
import { Models } from './models.ts'
import { findTelemetry } from './openTelemetry.ts'
import { createRegistry, type FoundProvider, type Registry } from './providers/registry.ts'
import { priceOf } from './prices.ts'
import type { Claim, Journal, SessionConfig } from './journal/journal.ts'
import { openMemoryJournal } from './journal/memoryJournal.ts'
import { openSqliteJournal } from './journal/sqliteJournal.ts'
import { Session, type SessionParts } from './session.ts'
import { asChanged, changesOf, documentRecords, limitsOf, limitsRecord, newConfig, recordedContext } from './sessionConfig.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { Spares } from './spares.ts'
import { SessionTrace } from './trace.ts'
import { TraceFile } from './traceFile.ts'

/** A running replm: sessions, and questions of the host's own. Made by {@link openReplm}. */
export interface Replm extends AsyncDisposable {
  readonly dispatch: DispatchPath
  /** Opens a session: a sandbox for cells, with its documents and its budget. Rejects with NOT_FOUND for documents that are not there. */
  openSession(options?: SessionOptions): Promise<Session>
  /** Asks one question of the host's own, through the same dispatch and on the same budget. Rejects with ReplmError, or with the signal's reason. */
  query(prompt: string, options?: QueryOptions): Promise<Answer>
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

/** How what is named as context is found and read; also what is loaded later. */
function readingOf({ ignoreFiles, encoding }: ResolvedSessionOptions): ReadingOptions {
  return { ignoreFiles, encoding }
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
  readonly sessions = createSessions(() => this.#openJournal())
  #journal: Promise<Journal> | undefined
  #queries = 0
  #isDisposed = false

  constructor(options: ResolvedReplmOptions, observers: Observers) {
    shutDebugger()
    // First of all: the sandbox starts while everything else is made.
    this.#spares = new Spares({ containment: options.containment })
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
    this.#observers = observers
    this.#tracesContent = options.trace?.content ?? false
    observers.traceFile?.write({ type: 'trace.started', version: 1, atMs: performance.now(), time: new Date().toISOString(), pid: process.pid, dispatch: path, content: this.#tracesContent })
    this.#trace = this.#traceOf(null)
    this.#ask = this.#dispatchOf(this.#budget, null)
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
    const resolved = resolveSessionOptions(options)
    const journal = await this.#openJournal()
    const { id, name } = resolved
    const known = id === undefined && name === undefined ? undefined : await journal.find(id ?? name ?? '')
    if (id !== undefined && known === undefined) throw new ReplmError('NOT_FOUND', `There is no session ${id} in this store`)
    return known === undefined ? this.#newSession(journal, resolved) : this.#oldSession(journal, known.id, resolved)
  }

  async #newSession(journal: Journal, options: ResolvedSessionOptions): Promise<Session> {
    const documents = await openDocuments(options.context ?? [], readingOf(options))
    try {
      const id = randomUUIDv7()
      const { isFirstPlain } = documents
      const config = newConfig(options, { model: this.#options.model ?? null, models: this.#options.models, seed: id, documents: await documentRecords(documents, journal), isFirstPlain })
      const claim = await journal.create({ id, name: options.name ?? null, parent: null, root: id, depth: 0, config })
      return this.#session({ journal, claim, documents, config, options, executions: [], changes: [], limits: options.limits, budget: options.budget })
    } catch (error) {
      await documents.close()
      throw error
    }
  }

  /** Takes the session over from whoever had it. */
  async #oldSession(journal: Journal, id: string, options: ResolvedSessionOptions): Promise<Session> {
    const claim = await journal.claim(id)
    try {
      const { config: before, generation } = claim.session
      const budget = options.hasBudget ? options.budget : resolveBudget(limitsOf(before.budget))
      const documents = options.context === undefined ? await this.#reopenDocuments(before, journal, options) : await openDocuments(options.context, readingOf(options))
      const { model: given } = this.#options
      const config: SessionConfig = {
        ...before,
        model: given ?? before.model,
        models: this.#options.models.length === 0 ? before.models : this.#options.models,
        args: options.args ?? before.args,
        limits: options.hasLimits ? limitsRecord(options.limits) : before.limits,
        budget: limitsRecord(budget),
        documents: await documentRecords(documents, journal),
        isFirstPlain: documents.isFirstPlain,
        initialDocuments: options.context === undefined ? before.initialDocuments : documents.list.length,
      }
      const limits = options.hasLimits ? options.limits : resolveLimits(limitsOf(before.limits))
      if (!options.fresh) {
        // What it may spend holds from now on, whatever becomes of the rest.
        const kept: SessionConfig = { ...before, budget: config.budget }
        if (JSON.stringify(before.budget) !== JSON.stringify(kept.budget)) await journal.write(claim, [{ type: 'session.changed', config: kept }])
        const known: Claim = { ...claim, session: { ...claim.session, config: kept } }
        return this.#session({ journal, claim: known, documents, config, options, limits, budget, executions: await journal.executions(id), changes: changesOf(before, config, options) })
      }
      const fresh: Claim = { ...claim, session: { ...claim.session, generation: generation + 1, config } }
      await journal.write(claim, [{ type: 'executions.left' }, { type: 'session.changed', generation: generation + 1, config }])
      return this.#session({ journal, claim: fresh, documents, config, options, limits, budget, executions: [], changes: [] })
    } catch (error) {
      await journal.release(claim)
      throw error
    }
  }

  /** What the session had, as it is now. Rejects with CHANGED when one is gone. */
  async #reopenDocuments(config: SessionConfig, journal: Journal, options: ResolvedSessionOptions): Promise<Documents> {
    try {
      return await openDocuments(await recordedContext(config, journal), { ...readingOf(options), isFirstPlain: config.isFirstPlain, stdin: null })
    } catch (error) {
      throw asChanged(error)
    }
  }

  #session({ options, budget: limits, ...parts }: Pick<SessionParts, 'journal' | 'claim' | 'documents' | 'config' | 'executions' | 'changes' | 'limits'> & { readonly options: ResolvedSessionOptions; readonly budget: BudgetLimits }): Session {
    const { id, spent } = parts.claim.session
    const { queries, inputTokens, outputTokens, usd, unpriced, unknownQueries, unknownTokens, unknownUsd } = spent
    const budget = new Budget({
      limits,
      of: 'this session',
      parent: this.#budget,
      // What was in flight when a process died may have been charged.
      spent: { queries: queries + unknownQueries, tokens: inputTokens + outputTokens + unknownTokens, usd: usd + unknownUsd, isUnpriced: unpriced > 0 },
    })
    const session = new Session({
      ...parts,
      acceptChanges: options.acceptChanges,
      takeSandbox: (frozen) => this.#spares.take(frozen),
      dispatch: this.#dispatchOf(budget, id),
      underscore: options.underscore,
      endpoint: () => this.#endpointOf('compatible'),
      resolve: (request, { model, models }) => this.#resolve(request, model, models),
      hashable: (request, model) => this.#models.resolve({ ...request, model }, { anyModel: true }) as Query, // no promise where the model is named
      checkModel: async (name) => void (await this.#registry.get(parseModel(name).provider)),
      budget: () => budget.state(),
      trace: this.#traceOf(id),
      onClose: () => this.#sessions.delete(session),
    })
    this.#sessions.add(session)
    return session
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

  async query(prompt: string, options: QueryOptions = {}): Promise<Answer> {
    this.#checkOpen()
    if (typeof prompt !== 'string') throw new TypeError(`Expected \`prompt\` to be a string, got ${prompt === null ? 'null' : typeof prompt}`)
    const { signal = neverAborted, ...request } = resolveQueryOptions(options)
    signal.throwIfAborted()
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
    await Promise.all([this.#spares.close(), ...[...this.#sessions].map((session) => session[Symbol.asyncDispose]())])
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

const neverAborted = new AbortController().signal
