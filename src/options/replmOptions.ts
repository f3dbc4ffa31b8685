/** Options of `openReplm` in, as a caller wrote them; the same, checked, with every default filled in, out. Defaults live in this folder and nowhere else. */
import type { BudgetLimits, DispatchPath, Provider } from '../types.ts'
import { budgetDefaults, resolveBudget } from './budget.ts'
import { checkNames, flag, given, listOf, oneOf, text } from './check.ts'
import { defaultStore, type Environment } from './defaultStore.ts'
import { modelName, modelPattern, slowModel } from './modelName.ts'
import { finiteTimeMs, timeMs, wholeFrom } from './number.ts'
import { providerList } from './providerList.ts'
import { type ResolvedTelemetryOptions, resolveTelemetry, type TelemetryOptions } from './telemetryOptions.ts'
import { type ResolvedTraceOptions, resolveTrace, type TraceOptions } from './traceOptions.ts'

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
  /** Keeps a sandbox ready for the next session, which then opens in a few milliseconds. Whoever opens none saves a process with false. @default true */
  readonly spare?: boolean
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
  readonly spare: boolean
  readonly slowModels: readonly string[]
  readonly idleMs: number
  readonly maxAwake: number
  readonly providers: readonly Provider[]
  readonly trace: ResolvedTraceOptions | undefined
  readonly telemetry: ResolvedTelemetryOptions | undefined
}

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
  spare: true,
  slowModels: Object.freeze([]),
  idleMs: 60_000,
  maxAwake: 32,
  providers: Object.freeze([]),
  trace: undefined,
  telemetry: false,
} as const)

/** One machine answers few questions at once: more only make each of them slower, until they time out. */
const localConcurrencyDefault = 4

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
    spare: given(options.spare, 'spare', flag) ?? replmDefaults.spare,
    slowModels: given(options.slowModels, 'slowModels', listOf(slowModel, "a list of `provider/model`, such as 'openai/o3-*'")) ?? replmDefaults.slowModels,
    idleMs: given(options.idleMs, 'idleMs', finiteTimeMs) ?? replmDefaults.idleMs,
    maxAwake: given(options.maxAwake, 'maxAwake', wholeFrom(1)) ?? replmDefaults.maxAwake,
    providers: given(options.providers, 'providers', providerList) ?? replmDefaults.providers,
    trace: given(options.trace, 'trace', resolveTrace),
    telemetry: given(options.telemetry, 'telemetry', resolveTelemetry),
  })
}

/** Checks who answers, and whom a program may name besides; keeps only what is named. Throws TypeError or RangeError. */
export function resolveModels({ model, models }: Pick<ReplmOptions, 'model' | 'models'>): { readonly model: string | undefined; readonly models: readonly string[] | undefined } {
  return { model: given(model, 'model', modelName), models: given(models, 'models', listOf(modelPattern, 'a list of `provider/model` or `provider/*`')) }
}

/** Checks the name of a dispatch path. Throws TypeError or RangeError. */
export function resolveDispatchPath(path: unknown): DispatchPath {
  return dispatchPath(path, 'dispatch')
}

function dispatchPath(value: unknown, name: string): DispatchPath {
  return oneOf(['async', 'pool', 'auto'])(value, name)
}
