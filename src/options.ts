/** Options as a caller wrote them in; the same options checked, with every default filled in, out. Defaults live here and nowhere else. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { BudgetLimits, DispatchPath, EncodingName, Provider, SessionLimits, TelemetryMeter, TelemetryTracer } from './types.ts'

/** Options of `openReplm`. */
export interface ReplmOptions {
  /** `provider/model` that answers where a question names none. @default the environment's `REPLM_MODEL`, else what is found when it is needed */
  readonly model?: string
  /** What a guest may name besides `model`: `provider/model`, or `provider/*` for all of a provider. @default [] */
  readonly models?: readonly string[]
  /** How questions leave the process. @default the environment's `REPLM_DISPATCH`, else 'auto' */
  readonly dispatch?: DispatchPath
  /** Most questions under way at once, per model; fewer where the server takes fewer. @default 64, and 4 for local servers (Ollama, LM Studio) */
  readonly concurrency?: number
  /** Most attempts at one question, the first included. @default 5 */
  readonly maxAttempts?: number
  /** Bounds one attempt from send to last byte, in milliseconds; Infinity for no bound. @default 300_000 */
  readonly timeoutMs?: number
  /** What all sessions together may spend. @default no limit */
  readonly budget?: Partial<BudgetLimits>
  /** File of the journal, or ':memory:' to keep nothing after the process. @default `replm/replm.db` in the user's data folder */
  readonly store?: string
  /** 'required' refuses to run where the sandbox cannot be fully contained. @default 'best effort' */
  readonly containment?: 'best effort' | 'required'
  /** Models whose questions are jobs: `provider/model`, in which * stands for anything, such as 'openai/o3-*'. @default [] */
  readonly slowModels?: readonly string[]
  /** After so long without a cell, a session that `awake` holds is put to sleep, in milliseconds. @default 60_000 */
  readonly idleMs?: number
  /** So many sessions `awake` holds at the most; cells of others wait until one of them has nothing to do. @default 32 */
  readonly maxAwake?: number
  /** Providers of the program's own, besides the built-in ones. @default [] */
  readonly providers?: readonly Provider[]
  /** A file that is written a line of JSON for everything that happens, or that and more; a file that is there is overwritten. @default none */
  readonly trace?: string | TraceOptions
  /** OpenTelemetry spans and metrics: true for those of the global provider, registered before replm is opened. @default false */
  readonly telemetry?: boolean | TelemetryOptions
}

/** What is written of a run into a file. */
export interface TraceOptions {
  readonly file: string
  /** Write prompts, answers, messages and what is printed as well. @default false */
  readonly content?: boolean
}

/** Where spans and metrics go. */
export interface TelemetryOptions {
  /** An OpenTelemetry `Tracer`. @default the global provider's */
  readonly tracer?: TelemetryTracer
  /** An OpenTelemetry `Meter`. @default the global provider's */
  readonly meter?: TelemetryMeter
  /** Put prompts, answers and error messages into the spans as well. @default false */
  readonly content?: boolean
}

/** A text held in memory, under a name. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/** Files whose encoding is declared. */
export interface EncodedFiles {
  /** A path, a glob, `-` for stdin, or a `file:` URL. */
  readonly path: string | URL
  /** How their bytes are text where they have no byte order mark. */
  readonly encoding: EncodingName
}

/** Where a document comes from: a path or glob, a `file:` URL, one of these with its encoding, or a text. */
export type ContextSource = string | URL | EncodedFiles | NamedText

/** Options of `openSession`. */
export interface SessionOptions {
  /** Documents of the session; opened only when they are read. In an object the keys are their names. @default [] */
  readonly context?: ContextSource | readonly ContextSource[] | Readonly<Record<string, ContextSource>>
  /** Whether folders are read without what their .gitignore files name. A file or glob, and a folder that is named itself, is read in any case. @default true */
  readonly ignoreFiles?: boolean
  /** How files are text that have no byte order mark, and are not given with an encoding of their own. @default 'utf-8' */
  readonly encoding?: EncodingName
  /** What the guest sees as `args`: JSON values. @default {} */
  readonly args?: Readonly<Record<string, unknown>>
  /** Bounds on what the guest may use. */
  readonly limits?: Partial<SessionLimits>
  /** What this session may spend over all its runs, within the budget of `openReplm`. @default no limit; for a session that is opened again, what it had */
  readonly budget?: Partial<BudgetLimits>
  /** A session to open again, by its id. @default a new one */
  readonly id?: string
  /** A session to open again by its name, or the name of a new one. @default a session without a name */
  readonly name?: string
  /** Forgets what a session that is opened again has run and bought. @default false */
  readonly fresh?: boolean
  /** Brings a session back although its documents have changed since. @default false */
  readonly acceptChanges?: boolean
  /** Keep what the last cell gave as `_`, and what the last failed one threw as `_error`, as at a prompt; until the program gives these names a meaning of its own. @default false */
  readonly underscore?: boolean
}

/** Options of one question. */
export interface QueryOptions {
  /** `provider/model`. @default the model of `openReplm` */
  readonly model?: string
  readonly system?: string
  /** Upper bound of the reply, in tokens. @default the provider's own */
  readonly maxTokens?: number
  /** From 0 up. @default the provider's own */
  readonly temperature?: number
  readonly stop?: string | readonly string[]
  /** JSON Schema that the reply shall follow. */
  readonly schema?: unknown
  /** Bounds one attempt from send to last byte, in milliseconds. Named here, a TIMEOUT is not asked again. @default that of `openReplm` */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** True shares the answer of an equal question under way. @default only at an explicit `temperature: 0` */
  readonly dedupe?: boolean
  /** True takes the answer of an equal question asked before. @default only at an explicit `temperature: 0` */
  readonly cache?: boolean
}

/** Options of one question that may take longer than whoever asks wants to wait. */
export interface LongQueryOptions extends QueryOptions {
  /** True gives a job at once. False asks here and now, also a model that is marked slow. @default only for a model that is marked slow: its question is a job, which is waited for */
  readonly background?: boolean
  /** 'job': what is not answered within `timeoutMs` becomes a job, in which the call goes on; a question to a model that is marked slow, at once. @default it fails with TIMEOUT */
  readonly onTimeout?: 'job'
}

export interface ResolvedReplmOptions {
  readonly model: string | undefined
  readonly models: readonly string[]
  readonly dispatch: DispatchPath
  readonly concurrency: number
  /** The same for servers on this machine. */
  readonly localConcurrency: number
  readonly maxAttempts: number
  readonly timeoutMs: number
  readonly budget: BudgetLimits
  readonly store: string
  readonly containment: 'best effort' | 'required'
  readonly slowModels: readonly string[]
  readonly idleMs: number
  readonly maxAwake: number
  readonly providers: readonly Provider[]
  readonly trace: { readonly file: string; readonly content: boolean } | undefined
  readonly telemetry: ResolvedTelemetryOptions | undefined
}

export interface ResolvedTelemetryOptions {
  readonly tracer: TelemetryTracer | undefined
  readonly meter: TelemetryMeter | undefined
  readonly content: boolean
}

export interface ResolvedSessionOptions {
  /** Undefined: for a session that is opened again, what it had. */
  readonly context: readonly ContextSource[] | Readonly<Record<string, ContextSource>> | undefined
  readonly ignoreFiles: boolean
  /** Undefined where none was declared. */
  readonly encoding: EncodingName | undefined
  readonly args: Readonly<Record<string, unknown>> | undefined
  readonly limits: SessionLimits
  /** Whether any limit was named. */
  readonly hasLimits: boolean
  readonly budget: BudgetLimits
  /** Whether a budget was named. */
  readonly hasBudget: boolean
  readonly id: string | undefined
  readonly name: string | undefined
  readonly fresh: boolean
  readonly acceptChanges: boolean
  readonly underscore: boolean
}

/** What {@link resolveQueryOptions} gives: only what was named. */
export interface ResolvedQueryOptions extends Omit<QueryOptions, 'stop'> {
  readonly stop?: readonly string[]
}

/** Variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

export const budgetDefaults: BudgetLimits = Object.freeze({ usd: Infinity, queries: Infinity, tokens: Infinity })

export const limitDefaults: SessionLimits = Object.freeze({ memoryMb: 256, cpuMs: 30_000, wallMs: Infinity, outputBytes: 1e6, valueBytes: 64e6 })

/** `model: undefined` is "find one"; `store: undefined` is {@link defaultStore}. */
export const replmDefaults = Object.freeze({
  model: undefined,
  models: Object.freeze([]),
  dispatch: 'auto',
  concurrency: 64,
  maxAttempts: 5,
  timeoutMs: 300_000,
  budget: budgetDefaults,
  store: undefined,
  containment: 'best effort',
  slowModels: Object.freeze([]),
  idleMs: 60_000,
  maxAwake: 32,
  providers: Object.freeze([]),
  trace: undefined,
  telemetry: false,
} as const)

/** One machine answers few questions at once: more only make each of them slower, until they time out. */
const localConcurrencyDefault = 4

export const sessionDefaults = Object.freeze({ context: Object.freeze([]), ignoreFiles: true, encoding: undefined, args: Object.freeze({}), limits: limitDefaults, budget: budgetDefaults, id: undefined, name: undefined, fresh: false, acceptChanges: false, underscore: false } as const)

const queryOptionNames = Object.freeze(['model', 'system', 'maxTokens', 'temperature', 'stop', 'schema', 'timeoutMs', 'signal', 'dedupe', 'cache'])

/** Longest finite time that a timer of the runtime can hold, in milliseconds (24.8 days). */
const maxTimerMs = 2 ** 31 - 1

/** Checks the options of `openReplm`; what is missing comes from `env`, then from {@link replmDefaults}. Throws TypeError or RangeError. */
export function resolveReplmOptions(options: ReplmOptions = {}, env: Environment = {}): ResolvedReplmOptions {
  checkNames('openReplm', options, Object.keys(replmDefaults))
  return Object.freeze({
    model: given(options.model, 'model', modelName) ?? given(env['REPLM_MODEL'] || undefined, 'REPLM_MODEL', modelName),
    models: given(options.models, 'models', listOf(modelPattern, 'a list of `provider/model` or `provider/*`')) ?? replmDefaults.models,
    dispatch: given(options.dispatch, 'dispatch', dispatchPath) ?? given(env['REPLM_DISPATCH'] || undefined, 'REPLM_DISPATCH', dispatchPath) ?? replmDefaults.dispatch,
    concurrency: given(options.concurrency, 'concurrency', wholeFrom(1)) ?? replmDefaults.concurrency,
    localConcurrency: given(options.concurrency, 'concurrency', wholeFrom(1)) ?? localConcurrencyDefault,
    maxAttempts: given(options.maxAttempts, 'maxAttempts', wholeFrom(1)) ?? replmDefaults.maxAttempts,
    timeoutMs: given(options.timeoutMs, 'timeoutMs', timeMs) ?? replmDefaults.timeoutMs,
    budget: resolveBudget(options.budget),
    store: given(options.store, 'store', text('a path or \':memory:\'')) ?? defaultStore(env),
    containment: given(options.containment, 'containment', oneOf(['best effort', 'required'])) ?? replmDefaults.containment,
    slowModels: given(options.slowModels, 'slowModels', listOf(slowModel, "a list of `provider/model`, such as 'openai/o3-*'")) ?? replmDefaults.slowModels,
    idleMs: given(options.idleMs, 'idleMs', finiteTimeMs) ?? replmDefaults.idleMs,
    maxAwake: given(options.maxAwake, 'maxAwake', wholeFrom(1)) ?? replmDefaults.maxAwake,
    providers: given(options.providers, 'providers', providerList) ?? replmDefaults.providers,
    trace: given(options.trace, 'trace', traceOptions),
    telemetry: given(options.telemetry, 'telemetry', telemetryOptions),
  })
}

/** Checks the options of `openSession` and fills in {@link sessionDefaults}. Throws TypeError or RangeError. */
export function resolveSessionOptions(options: SessionOptions = {}): ResolvedSessionOptions {
  checkNames('openSession', options, Object.keys(sessionDefaults))
  return Object.freeze({
    context: given(options.context, 'context', contextSources),
    ignoreFiles: given(options.ignoreFiles, 'ignoreFiles', flag) ?? sessionDefaults.ignoreFiles,
    encoding: given(options.encoding, 'encoding', encodingName),
    args: given(options.args, 'args', jsonObject),
    limits: resolveLimits(options.limits),
    hasLimits: options.limits !== undefined,
    budget: resolveBudget(options.budget),
    hasBudget: options.budget !== undefined,
    id: given(options.id, 'id', text('the id of a session')),
    name: given(options.name, 'name', text('the name of a session')),
    fresh: given(options.fresh, 'fresh', flag) ?? sessionDefaults.fresh,
    acceptChanges: given(options.acceptChanges, 'acceptChanges', flag) ?? sessionDefaults.acceptChanges,
    underscore: given(options.underscore, 'underscore', flag) ?? sessionDefaults.underscore,
  })
}

/** Checks bounds on a guest and fills in {@link limitDefaults}. Throws TypeError or RangeError. */
export function resolveLimits(limits: Partial<SessionLimits> = {}): SessionLimits {
  checkNames('limits', limits, Object.keys(limitDefaults))
  return Object.freeze({
    // isolated-vm refuses an isolate of less than 8 MiB.
    memoryMb: given(limits.memoryMb, 'limits.memoryMb', wholeFrom(8)) ?? limitDefaults.memoryMb,
    cpuMs: given(limits.cpuMs, 'limits.cpuMs', finiteTimeMs) ?? limitDefaults.cpuMs,
    wallMs: given(limits.wallMs, 'limits.wallMs', timeMs) ?? limitDefaults.wallMs,
    outputBytes: given(limits.outputBytes, 'limits.outputBytes', wholeFrom(0)) ?? limitDefaults.outputBytes,
    valueBytes: given(limits.valueBytes, 'limits.valueBytes', wholeFrom(0)) ?? limitDefaults.valueBytes,
  })
}

/** Checks upper bounds of spending and fills in {@link budgetDefaults}. Throws TypeError or RangeError. */
export function resolveBudget(budget: Partial<BudgetLimits> = {}): BudgetLimits {
  checkNames('budget', budget, Object.keys(budgetDefaults))
  return Object.freeze({
    usd: given(budget.usd, 'budget.usd', numberFrom(0, 'Infinity for no limit')) ?? budgetDefaults.usd,
    queries: given(budget.queries, 'budget.queries', wholeOrInfinity) ?? budgetDefaults.queries,
    tokens: given(budget.tokens, 'budget.tokens', wholeOrInfinity) ?? budgetDefaults.tokens,
  })
}

/** Checks who answers, and whom a program may name besides; keeps only what is named. Throws TypeError or RangeError. */
export function resolveModels({ model, models }: Pick<ReplmOptions, 'model' | 'models'>): { readonly model: string | undefined; readonly models: readonly string[] | undefined } {
  return { model: given(model, 'model', modelName), models: given(models, 'models', listOf(modelPattern, 'a list of `provider/model` or `provider/*`')) }
}

/** Checks how a question goes to the background. Throws TypeError or RangeError. */
export function resolveLongQuery({ background, onTimeout, ...query }: LongQueryOptions = {}): { readonly background: boolean | undefined; readonly onTimeout: 'job' | undefined; readonly query: ResolvedQueryOptions } {
  const way = { background: given(background, 'background', flag), onTimeout: given(onTimeout, 'onTimeout', oneOf(['job'])) }
  if (way.onTimeout !== undefined && query.timeoutMs === undefined) throw new TypeError('Expected `timeoutMs` beside `onTimeout`: how long to wait for an answer before there is a job')
  return { ...way, query: resolveQueryOptions(query) }
}

/** Checks the options of one question; keeps only what is named. Throws TypeError or RangeError. */
export function resolveQueryOptions(options: QueryOptions = {}): ResolvedQueryOptions {
  checkNames('a query', options, queryOptionNames)
  const resolved: Record<keyof QueryOptions, unknown> = {
    model: given(options.model, 'model', modelName),
    system: given(options.system, 'system', text('a string', { empty: true })),
    maxTokens: given(options.maxTokens, 'maxTokens', wholeFrom(1)),
    temperature: given(options.temperature, 'temperature', numberFrom(0)),
    stop: given(options.stop, 'stop', stopList),
    schema: given(options.schema, 'schema', jsonSchema),
    timeoutMs: given(options.timeoutMs, 'timeoutMs', timeMs),
    signal: given(options.signal, 'signal', abortSignal),
    dedupe: given(options.dedupe, 'dedupe', flag),
    cache: given(options.cache, 'cache', flag),
  }
  // The checks above give each name its type; what was not named is left out.
  return Object.freeze(Object.fromEntries(Object.entries(resolved).filter(([, value]) => value !== undefined))) as ResolvedQueryOptions
}

/** The two parts of `provider/model`; the model may hold slashes of its own. Throws TypeError or RangeError. */
export function parseModel(value: unknown, name = 'model'): { readonly provider: string; readonly model: string } {
  const checked = modelName(value, name)
  const slash = checked.indexOf('/')
  return { provider: checked.slice(0, slash), model: checked.slice(slash + 1) }
}

/** Checks the name of a dispatch path. Throws TypeError or RangeError. */
export function resolveDispatchPath(path: unknown): DispatchPath {
  return dispatchPath(path, 'dispatch')
}

/** Where the journal lies when no `store` is named: the user's data folder, by the custom of the platform. */
export function defaultStore(env: Environment): string {
  const data =
    process.platform === 'win32' ? (env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'))
    : process.platform === 'darwin' ? join(homedir(), 'Library', 'Application Support')
    : (env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'))
  return join(data, 'replm', 'replm.db')
}

type Check<T> = (value: unknown, name: string) => T

/** `undefined` is "not named", so that `{model: process.env.MODEL}` works; `null` is a value, and a wrong one. */
function given<T>(value: unknown, name: string, check: Check<T>): T | undefined {
  return value === undefined ? undefined : check(value, name)
}

/** A misspelt option must not be ignored: it can cost money. */
function checkNames(of: string, options: unknown, known: readonly string[]): void {
  if (!isPlainObject(options)) throw new TypeError(`Expected the options of ${of} to be an object, got ${show(options)}`)
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`Expected the options of ${of} to be among ${known.map((known) => `\`${known}\``).join(', ')}, got \`${name}\``)
  }
}

function expected(name: string, what: string, value: unknown, rightType: boolean): TypeError | RangeError {
  const message = `Expected \`${name}\` to be ${what}, got ${show(value)}`
  return rightType ? new RangeError(message) : new TypeError(message)
}

function show(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 5, customInspect: false })
}

function numberWhere(what: string, holds: (value: number) => boolean): Check<number> {
  return (value, name) => {
    if (typeof value !== 'number') throw expected(name, what, value, false)
    if (!holds(value)) throw expected(name, what, value, true)
    return value
  }
}

function wholeFrom(least: number): Check<number> {
  return numberWhere(`a whole number from ${least} up`, (value) => Number.isSafeInteger(value) && value >= least)
}

function numberFrom(least: number, infinity?: string): Check<number> {
  const what = `a number from ${least} up${infinity === undefined ? '' : `, or ${infinity}`}`
  return numberWhere(what, (value) => value >= least && (infinity !== undefined || value < Infinity))
}

function wholeOrInfinity(value: unknown, name: string): number {
  const what = 'a whole number from 0 up, or Infinity for no limit'
  return numberWhere(what, (value) => value === Infinity || (Number.isSafeInteger(value) && value >= 0))(value, name)
}

function timeMs(value: unknown, name: string): number {
  const what = `a number of milliseconds from 1 to ${maxTimerMs}, or Infinity for no bound`
  return numberWhere(what, (value) => value === Infinity || (value >= 1 && value <= maxTimerMs))(value, name)
}

function finiteTimeMs(value: unknown, name: string): number {
  return numberWhere(`a number of milliseconds from 1 to ${maxTimerMs}`, (value) => value >= 1 && value <= maxTimerMs)(value, name)
}

function text(what: string, { empty = false } = {}): Check<string> {
  return (value, name) => {
    if (typeof value !== 'string') throw expected(name, what, value, false)
    if (!empty && value === '') throw expected(name, what, value, true)
    return value
  }
}

function oneOf<const T extends string>(values: readonly T[]): Check<T> {
  const what = values.map((value) => `'${value}'`).join(values.length === 2 ? ' or ' : ', ').replace(/, ([^,]*)$/, ' or $1')
  return (value, name) => {
    const found = values.find((candidate) => candidate === value)
    if (found === undefined) throw expected(name, what, value, typeof value === 'string')
    return found
  }
}

function dispatchPath(value: unknown, name: string): DispatchPath {
  return oneOf(['async', 'pool', 'auto'])(value, name)
}

function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw expected(name, 'true or false', value, false)
  return value
}

/** A provider's name: what stands before the first slash of a model, so it has none itself. */
const providerName = /^[^\s/*]+$/

function modelName(value: unknown, name: string): string {
  const what = '`provider/model`, such as \'openai/gpt-5-mini\''
  if (typeof value !== 'string') throw expected(name, what, value, false)
  const slash = value.indexOf('/')
  if (slash === -1 || !providerName.test(value.slice(0, slash)) || value.slice(slash + 1).trim() === '') throw expected(name, what, value, true)
  return value
}

function modelPattern(value: unknown, name: string): string {
  if (typeof value === 'string' && value.endsWith('/*') && providerName.test(value.slice(0, -2))) return value
  return modelName(value, name)
}

/** The provider is named, its model may be a pattern. */
function slowModel(value: unknown, name: string): string {
  if (typeof value !== 'string') return modelName(value, name)
  const slash = value.indexOf('/')
  const hasPattern = value.slice(slash + 1).trim() !== '' && providerName.test(value.slice(0, Math.max(0, slash)))
  return hasPattern ? value : modelName(value, name)
}

function listOf<T>(check: Check<T>, what: string): Check<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw expected(name, what, value, false)
    return Object.freeze(Array.from(value, (item: unknown, index) => check(item, `${name}[${index}]`)))
  }
}

function stopList(value: unknown, name: string): readonly string[] {
  return listOf(text('a string of one character or more'), 'a string or a list of strings')(typeof value === 'string' ? [value] : value, name)
}

function jsonSchema(value: unknown, name: string): unknown {
  if (!isPlainObject(value)) throw expected(name, 'a JSON Schema object', value, false)
  return jsonValue(value, name)
}

function abortSignal(value: unknown, name: string): AbortSignal {
  if (!(value instanceof AbortSignal)) throw expected(name, 'an AbortSignal', value, false)
  return value
}

function providerList(value: unknown, name: string): readonly Provider[] {
  const providers = listOf(provider, 'a list of providers, as `defineProvider` makes them')(value, name)
  const names = providers.map((provider) => provider.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new RangeError(`Expected \`${name}\` to have each name once, got ${show(twice)} twice`)
  return providers
}

function provider(value: unknown, name: string): Provider {
  const what = 'a provider, as `defineProvider` makes it'
  if (typeof value !== 'object' || value === null) throw expected(name, what, value, false)
  // Read as what it claims to be, to see whether it is.
  const candidate = value as Partial<Provider>
  text('a name')(candidate.name, `${name}.name`)
  if (!providerName.test(candidate.name ?? '')) throw expected(`${name}.name`, 'a name without spaces, `/` and `*`', candidate.name, true)
  if (typeof candidate.query !== 'function') throw expected(`${name}.query`, 'a function', candidate.query, false)
  return candidate as Provider
}

function traceOptions(value: unknown, name: string): ResolvedReplmOptions['trace'] {
  if (typeof value === 'string') return Object.freeze({ file: text('a path')(value, name), content: false })
  if (!isPlainObject(value)) throw expected(name, 'a path or {file, content}', value, false)
  checkNames(name, value, ['file', 'content'])
  return Object.freeze({ file: text('a path')(value['file'], `${name}.file`), content: given(value['content'], `${name}.content`, flag) ?? false })
}

function telemetryOptions(value: unknown, name: string): ResolvedTelemetryOptions | undefined {
  if (value === false) return undefined
  if (value === true) return telemetryOptions({}, name)
  if (!isPlainObject(value)) throw expected(name, 'true, false or {tracer, meter, content}', value, false)
  checkNames(name, value, ['tracer', 'meter', 'content'])
  return Object.freeze({
    // Each has the one method that is called.
    tracer: given(value['tracer'], `${name}.tracer`, objectWith('startActiveSpan', 'an OpenTelemetry Tracer')) as TelemetryTracer | undefined,
    meter: given(value['meter'], `${name}.meter`, objectWith('createHistogram', 'an OpenTelemetry Meter')) as TelemetryMeter | undefined,
    content: given(value['content'], `${name}.content`, flag) ?? false,
  })
}

function objectWith(method: string, what: string): Check<object> {
  return (value, name) => {
    if (typeof value !== 'object' || value === null || typeof Reflect.get(value, method) !== 'function') throw expected(name, what, value, false)
    return value
  }
}

const encodingName: Check<EncodingName> = oneOf(['utf-8', 'utf-16le', 'utf-16be', 'latin1'])

function contextSources(value: unknown, name: string): readonly ContextSource[] | Readonly<Record<string, ContextSource>> {
  if (Array.isArray(value)) return listOf(contextSource, 'a list')(value, name)
  if (isPlainObject(value) && !isNamedText(value) && !isEncodedFiles(value)) {
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, source]) => [key, contextSource(source, `${name}.${key}`)])))
  }
  return Object.freeze([contextSource(value, name)])
}

function contextSource(value: unknown, name: string): ContextSource {
  const what = 'a path, a glob, a `file:` URL, {path, encoding} or {name, text}'
  if (typeof value === 'string' || value instanceof URL) return filePath(value, name, what)
  if (isPlainObject(value) && isEncodedFiles(value)) {
    return Object.freeze({ path: filePath(value.path, `${name}.path`, what), encoding: encodingName(value.encoding, `${name}.encoding`) })
  }
  if (isPlainObject(value) && isNamedText(value)) return Object.freeze({ name: value.name, text: value.text })
  throw expected(name, what, value, false)
}

function filePath(value: string | URL, name: string, what: string): string | URL {
  if (value === '' || (value instanceof URL && value.protocol !== 'file:')) throw expected(name, what, String(value), true)
  return value
}

/** With whatever encoding: that is checked apart, for its own message. */
function isEncodedFiles(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & { readonly path: string | URL } {
  return (typeof value['path'] === 'string' || value['path'] instanceof URL) && value['encoding'] !== undefined && Object.keys(value).length === 2
}

function isNamedText(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & NamedText {
  return typeof value['name'] === 'string' && typeof value['text'] === 'string' && Object.keys(value).length === 2
}

function jsonObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) throw expected(name, 'an object of JSON values', value, false)
  // A plain object comes out as a plain object.
  return jsonValue(value, name) as Readonly<Record<string, unknown>>
}

/** A frozen copy: what is written into a session cannot change under it, and what JSON would drop in silence is refused by its place. */
function jsonValue(value: unknown, name: string, above: readonly unknown[] = []): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
  if (above.includes(value)) throw new RangeError(`Expected \`${name}\` to be a JSON value, got a reference to what it is in`)
  if (Array.isArray(value)) return Object.freeze(Array.from(value, (item: unknown, index) => jsonValue(item, `${name}[${index}]`, [...above, value])))
  if (!isPlainObject(value)) throw expected(name, 'a JSON value', value, typeof value === 'number')
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.freeze(Object.fromEntries(entries.map(([key, item]) => [key, jsonValue(item, `${name}.${key}`, [...above, value])])))
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}
