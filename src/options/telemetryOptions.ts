/** Where spans and metrics are to go in, as a caller wrote it; what was handed over of OpenTelemetry, checked, out; undefined for nowhere. */
import type { TelemetryMeter, TelemetryTracer } from '../types.ts'
import { type Check, checkNames, expected, flag, given, isPlainObject } from './check.ts'

/** Where spans and metrics go. */
export interface TelemetryOptions {
  /** An OpenTelemetry `Tracer`. @default the global provider's */
  readonly tracer?: TelemetryTracer
  /** An OpenTelemetry `Meter`. @default the global provider's */
  readonly meter?: TelemetryMeter
  /** Put prompts, answers and error messages into the spans as well. @default false */
  readonly content?: boolean
}

export interface ResolvedTelemetryOptions {
  readonly tracer: TelemetryTracer | undefined
  readonly meter: TelemetryMeter | undefined
  readonly content: boolean
}

export function resolveTelemetry(value: unknown, name: string): ResolvedTelemetryOptions | undefined {
  if (value === false) return undefined
  if (value === true) return resolveTelemetry({}, name)
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
