/** Values as `console.log` gets them in; one text out, by the rules of node's `util.format`. */
import {
  IntrinsicNumber, IntrinsicString, functionToString, hasOwn, jsonStringify, numberParseFloat, numberParseInt, ownDescriptor, stringCodeAt, stringEndsWith, stringSlice, stringStartsWith, symbolToPrimitive,
} from './primordials.ts'
import { maxPrototypes, prototypeOf } from './brand.ts'
import { inspect } from './inspect.ts'
import { dataProperty } from './inspect-name.ts'
import { formatBigInt, formatNumber } from './inspect-primitive.ts'
import { unproxied } from './proxies.ts'

const percent = 37

/** The first value may hold %s %d %i %f %j %o %O %c %%; what it does not name follows, with spaces between. `maxBytes` bounds what each object shows. */
export function format(values: readonly unknown[], maxBytes: number): string {
  if (values.length === 0) return ''
  const first = values[0]
  let used = 0
  let text = ''
  if (typeof first === 'string') {
    if (values.length === 1) return first
    let from = 0
    for (let at = 0; at < first.length - 1; at++) {
      if (stringCodeAt(first, at) !== percent) continue
      at++
      const directive = first[at] as string
      let shown: string | undefined
      if (directive === '%') shown = '%'
      else if (used + 1 < values.length) shown = formatOne(directive, values[used + 1], maxBytes)
      if (shown === undefined) continue
      if (directive !== '%') used++
      text += stringSlice(first, from, at - 1) + shown
      from = at + 1
    }
    text += stringSlice(first, from)
  } else text = inspect(first, { maxBytes })
  for (let index = used + 1; index < values.length; index++) {
    const value = values[index]
    text += ` ${typeof value === 'string' ? value : inspect(value, { maxBytes })}`
  }
  return text
}

/** Undefined for what is no directive. */
function formatOne(directive: string, value: unknown, maxBytes: number): string | undefined {
  switch (directive) {
    case 's': return formatText(value, maxBytes)
    case 'd': return typeof value === 'bigint' ? formatBigInt(value) : typeof value === 'symbol' ? 'NaN' : formatNumber(IntrinsicNumber(value))
    case 'i': return typeof value === 'bigint' ? formatBigInt(value) : typeof value === 'symbol' ? 'NaN' : formatNumber(numberParseInt(value as string))
    case 'f': return typeof value === 'symbol' ? 'NaN' : formatNumber(numberParseFloat(value as string))
    case 'j': return formatJson(value)
    case 'o': return inspect(value, { showHidden: true, depth: 4, maxBytes })
    case 'O': return inspect(value, { maxBytes })
    case 'c': return ''
    default: return undefined
  }
}

function formatText(value: unknown, maxBytes: number): string {
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'bigint') return formatBigInt(value)
  if (typeof value === 'function') return functionToString(value)
  if (typeof value === 'object' && value !== null && !hasOwnText(value)) return inspect(value, { depth: 0, maxBytes })
  return IntrinsicString(value)
}

/** Whether a class of the program's says how its instances read as text: not a built-in, not an accessor. */
function hasOwnText(value: object): boolean {
  let holder: object | null = unproxied(value)
  for (let steps = 0; holder !== null && steps < maxPrototypes; steps++) {
    const method: unknown = (ownDescriptor(holder, symbolToPrimitive) ?? ownDescriptor(holder, 'toString'))?.value
    if (typeof method === 'function') return !stringEndsWith(functionToString(method), '{ [native code] }')
    holder = prototypeOf(holder)
  }
  return false
}

function formatJson(value: unknown): string {
  try {
    // Undefined for what has no JSON, in spite of its type.
    return (jsonStringify(value) as string | undefined) ?? 'undefined'
  } catch (thrown) {
    const message = typeof thrown === 'object' && thrown !== null && hasOwn(thrown, 'message') ? dataProperty(thrown, 'message') : undefined
    if (typeof message === 'string' && stringStartsWith(message, 'Converting circular structure')) return '[Circular]'
    throw thrown
  }
}
