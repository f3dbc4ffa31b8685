/** How a text is printed in; `console` as node's, out. */
import {
  IntrinsicError, IntrinsicMap, IntrinsicNumber, arrayPush, createList, defineHidden, defineOwn, floor, isArray, mapDelete, mapGet, mapSet, numberToFixed, stringIncludes, stringIndexOf,
  stringPadStart, stringReplaceAll, stringSlice, symbolToStringTag,
} from './primordials.ts'
import { clockMs } from './clock.ts'
import { table } from './console-table.ts'
import { format } from './format.ts'
import { inspect } from './inspect.ts'
import { stackOf } from './inspect-error.ts'
import { rename } from './publish.ts'

export type Print = (stream: 'stdout' | 'stderr', level: 'log' | 'info' | 'warn' | 'error' | 'debug', text: string) => void

/** Bytes that one object shows when it is logged. */
const maxObjectBytes = 1_000_000

/** log, info, debug, dir and table go to stdout; warn, error, trace and assert to stderr. */
export function createConsole(print: Print): object {
  let indentation = ''
  const counts = new IntrinsicMap<string, number>()
  const timers = new IntrinsicMap<string, number>()
  const write = (level: Parameters<Print>[1], text: string): void => {
    const indented = indentation === '' ? text : indentation + (stringIncludes(text, '\n') ? stringReplaceAll(text, '\n', `\n${indentation}`) : text)
    print(level === 'warn' || level === 'error' ? 'stderr' : 'stdout', level, indented)
  }
  const logger = (level: Parameters<Print>[1]) => (...values: unknown[]) => write(level, format(values, maxObjectBytes))
  const log = logger('log')
  const warn = logger('warn')
  const error = logger('error')
  const group = (...values: unknown[]): void => {
    if (values.length > 0) write('log', format(values, maxObjectBytes))
    indentation += '  '
  }
  const elapsed = (label: string, method: string): string | undefined => {
    const start = mapGet(timers, label)
    if (start === undefined) warn(`No such label '${label}' for console.${method}()`)
    return start === undefined ? undefined : `${label}: ${formatTime(clockMs('monotonic') - start)}`
  }
  const methods: Record<string, (...values: never[]) => void> = {
    log, warn, error,
    info: logger('info'),
    debug: logger('debug'),
    dirxml: (...values: unknown[]) => write('log', format(values, maxObjectBytes)),
    dir: (value?: unknown, options?: { readonly depth?: number | null; readonly showHidden?: boolean }) =>
      write('log', inspect(value, { depth: options?.depth === null ? Infinity : (options?.depth ?? 2), showHidden: options?.showHidden === true, maxBytes: maxObjectBytes })),
    table: (data?: unknown, columns?: unknown) => {
      const text = table(data, isArray(columns) ? textsOf(columns) : undefined)
      if (text === undefined) log(data)
      else write('log', text)
    },
    assert: (condition?: unknown, ...values: unknown[]) => {
      if (condition) return
      // A first text may hold directives for the values after it.
      if (typeof values[0] === 'string') write('error', `Assertion failed: ${format(values, maxObjectBytes)}`)
      else write('error', `Assertion failed${values.length === 0 ? '' : ` ${format(values, maxObjectBytes)}`}`)
    },
    trace: (...values: unknown[]) => {
      const stack = stackOf(new IntrinsicError())
      const frames = stringIndexOf(stack, '\n    at')
      write('error', `Trace${values.length === 0 ? '' : `: ${format(values, maxObjectBytes)}`}${frames === -1 ? '' : stringSlice(stack, frames)}`)
    },
    count: (label: unknown = 'default') => {
      const name = `${label as string}`
      const count = (mapGet(counts, name) ?? 0) + 1
      mapSet(counts, name, count)
      log(`${name}: ${count}`)
    },
    countReset: (label: unknown = 'default') => {
      const name = `${label as string}`
      if (!mapDelete(counts, name)) warn(`Count for '${name}' does not exist`)
    },
    time: (label: unknown = 'default') => {
      const name = `${label as string}`
      if (mapGet(timers, name) === undefined) mapSet(timers, name, clockMs('monotonic'))
      else warn(`Label '${name}' already exists for console.time()`)
    },
    timeLog: (label: unknown = 'default', ...values: unknown[]) => {
      const text = elapsed(`${label as string}`, 'timeLog')
      if (text !== undefined) write('log', values.length === 0 ? text : `${text} ${format(values, maxObjectBytes)}`)
    },
    timeEnd: (label: unknown = 'default') => {
      const text = elapsed(`${label as string}`, 'timeEnd')
      mapDelete(timers, `${label as string}`)
      if (text !== undefined) write('log', text)
    },
    group,
    groupCollapsed: (...values: unknown[]) => group(...values),
    groupEnd: () => {
      indentation = stringSlice(indentation, 2)
    },
    clear: () => undefined,
    profile: () => undefined,
    profileEnd: () => undefined,
    timeStamp: () => undefined,
  }
  const made = {}
  for (const [name, method] of Object.entries(methods)) {
    rename(method, name)
    defineOwn(made, name, method)
  }
  defineHidden(made, symbolToStringTag, 'console')
  return made
}

function textsOf(values: readonly unknown[]): string[] {
  const texts = createList<string>()
  for (let index = 0; index < values.length; index++) arrayPush(texts, `${values[index] as string}`)
  return texts
}

/** `1.5ms`, `2.345s`, `1:02.345 (m:ss.mmm)`, as node writes them. */
function formatTime(ms: number): string {
  if (ms < 1_000) return `${IntrinsicNumber(numberToFixed(ms, 3))}ms`
  const seconds = numberToFixed((ms % 60_000) / 1_000, 3)
  if (ms < 60_000) return `${seconds}s`
  const minutes = floor(ms / 60_000) % 60
  const hours = floor(ms / 3_600_000)
  const padded = stringPadStart(seconds, 6, '0')
  return hours === 0 ? `${minutes}:${padded} (m:ss.mmm)` : `${hours}:${stringPadStart(`${minutes}`, 2, '0')}:${padded} (h:mm:ss.mmm)`
}
