/** Options of one question in, as a caller wrote them; those that were named, checked, out. */
import { checkNames, expected, flag, given, listOf, oneOf, text } from './check.ts'
import { jsonSchema } from './jsonOption.ts'
import { modelName } from './modelName.ts'
import { numberFrom, timeMs, wholeFrom } from './number.ts'

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

/** What {@link resolveQueryOptions} gives: only what was named. */
export interface ResolvedQueryOptions extends Omit<QueryOptions, 'stop'> {
  readonly stop?: readonly string[]
}

const queryOptionNames = Object.freeze(['model', 'system', 'maxTokens', 'temperature', 'stop', 'schema', 'timeoutMs', 'signal', 'dedupe', 'cache'])

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

function stopList(value: unknown, name: string): readonly string[] {
  return listOf(text('a string of one character or more'), 'a string or a list of strings')(typeof value === 'string' ? [value] : value, name)
}

function abortSignal(value: unknown, name: string): AbortSignal {
  if (!(value instanceof AbortSignal)) throw expected(name, 'an AbortSignal', value, false)
  return value
}
