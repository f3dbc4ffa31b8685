/**
 * An object in; the JSON of the graph behind it out, in pieces: a flat list of nodes that refer to each other by number, so that neither side recurses.
 *
 * A slot is a string, finite number, boolean or null as it is; else an array:
 * - `[n]`: the node of that number;
 * - `["u"]` undefined; `["n", "NaN" | "Infinity" | "-Infinity" | "-0"]`; `["i", "-ff"]` a BigInt, hexadecimal.
 *
 * A node is an array that begins with its kind:
 * - `"o", key, slot, key, slot…` object; `"a", slot…` array; `"s", length, key, slot…` array with holes or other properties;
 * - `"map", key slot, value slot…`; `"set", slot…`; `"date", ms | null`; `"regexp", source, flags`; `"boxed", slot`;
 * - `"error", name, message, stack`, then maybe `"cause", slot` and `"errors", slot`;
 * - `"buffer", base64`; `"view", class, [buffer], byteOffset, length`.
 */
import {
  IntrinsicMap, IntrinsicUint8Array, arrayBufferDetached, arrayPush, bigintToString, bigintValue, booleanValue, bytesToBase64, createList, dataViewBuffer, dataViewByteLength,
  dataViewByteOffset, dateGetTime, hasOwn, isArray, isNaNumber, jsonStringify, lookupGetter, mapForEach, mapGet, mapSet, numberValue, objectKeys, ownDescriptor, regExpFlags,
  regExpSource, setForEach, stringValue, typedArrayBuffer, typedArrayByteOffset, typedArrayLength, typedArrayTag,
} from './primordials.ts'
import { extraProperties, isListable, maxListedLength, ownData } from './arrays.ts'
import { brandOf } from './brand.ts'
import { stackOf } from './inspect-error.ts'
import { dataProperty } from './inspect-name.ts'

interface State {
  /** Objects in the order of their numbers. */
  readonly queue: object[]
  readonly numbers: Map<object, number>
  readonly pieces: string[]
  /** UTF-16 units in `pieces`. */
  units: number
}

/** UTF-16 units that are gathered before they become a piece. */
const pieceUnits = 64 * 1024

/** The pieces of the graph's JSON; undefined as soon as it is longer than `maxUnits`. */
export function encodeGraph(root: object, maxUnits: number): string[] | undefined {
  const state: State = { queue: createList(), numbers: new IntrinsicMap(), pieces: createList(), units: 0 }
  numberOf(state, root)
  let text = '{"g":['
  for (let at = 0; at < state.queue.length; at++) {
    text += at === 0 ? '[' : ',['
    text = encodeNode(state, state.queue[at] as object, text, maxUnits) + ']'
    if (text.length > pieceUnits) text = flush(state, text)
    if (state.units > maxUnits) return undefined
  }
  flush(state, `${text}]}`)
  return state.units > maxUnits ? undefined : state.pieces
}

/** A primitive as a slot. */
export function encodePrimitive(value: unknown): string {
  switch (typeof value) {
    case 'string': return jsonStringify(value)
    case 'number': return value - value !== 0 || (value === 0 && 1 / value < 0) ? `["n","${value === 0 ? '-0' : value}"]` : `${value}`
    case 'bigint': return `["i","${bigintToString(value, 16)}"]`
    case 'undefined': return '["u"]'
    default: return `${value as boolean | null}`
  }
}

function encodeSlot(state: State, value: unknown): string {
  return typeof value === 'object' && value !== null ? `[${numberOf(state, value)}]` : encodePrimitive(value)
}

function numberOf(state: State, value: object): number {
  const known = mapGet(state.numbers, value)
  if (known !== undefined) return known
  const number = state.queue.length
  mapSet(state.numbers, value, number)
  arrayPush(state.queue, value)
  return number
}

function flush(state: State, text: string): string {
  state.units += text.length
  arrayPush(state.pieces, text)
  return ''
}

/** Adds a node to a text; what is long enough is flushed meanwhile. */
function encodeNode(state: State, value: object, before: string, maxUnits: number): string {
  if (isArray(value)) return encodeArray(state, value, before, maxUnits)
  switch (brandOf(value)) {
    case 'map': {
      let text = `${before}"map"`
      mapForEach(value as Map<unknown, unknown>, (item, key) => {
        text += `,${encodeSlot(state, key)},${encodeSlot(state, item)}`
        if (text.length > pieceUnits) text = flush(state, text)
      })
      return text
    }
    case 'set': {
      let text = `${before}"set"`
      setForEach(value as Set<unknown>, (item) => {
        text += `,${encodeSlot(state, item)}`
        if (text.length > pieceUnits) text = flush(state, text)
      })
      return text
    }
    case 'date': {
      const ms = dateGetTime(value)
      return `${before}"date",${isNaNumber(ms) ? 'null' : ms}`
    }
    case 'regexp': return `${before}"regexp",${jsonStringify(regExpSource(value))},"${regExpFlags(value)}"`
    case 'error': return before + errorNode(state, value)
    case 'arraybuffer': return `${before}"buffer","${arrayBufferDetached(value) ? '' : bytesToBase64(new IntrinsicUint8Array(value as ArrayBuffer))}"`
    case 'sharedarraybuffer': return `${before}"buffer","${bytesToBase64(new IntrinsicUint8Array(value as SharedArrayBuffer))}"`
    case 'typedarray':
      return `${before}"view","${typedArrayTag(value)}",[${numberOf(state, typedArrayBuffer(value))}],${typedArrayByteOffset(value)},${typedArrayLength(value)}`
    case 'dataview': return before + dataViewNode(state, value)
    case 'number': return `${before}"boxed",${encodePrimitive(numberValue(value))}`
    case 'string': return `${before}"boxed",${encodePrimitive(stringValue(value))}`
    case 'boolean': return `${before}"boxed",${encodePrimitive(booleanValue(value))}`
    case 'bigint': return `${before}"boxed",${encodePrimitive(bigintValue(value))}`
    default: return encodeProperties(state, value, `${before}"o"`, objectKeys(value), maxUnits)
  }
}

function encodeProperties(state: State, value: object, before: string, keys: readonly string[], maxUnits: number): string {
  let text = before
  for (let index = 0; index < keys.length && state.units <= maxUnits; index++) {
    const key = keys[index] as string
    if (lookupGetter(value, key) !== undefined) continue
    const item = (value as Record<string, unknown>)[key]
    // A setter alone reads as undefined, too.
    if (item === undefined && ownDescriptor(value, key)?.set !== undefined) continue
    text += `,${jsonStringify(key)},${encodeSlot(state, item)}`
    if (text.length > pieceUnits) text = flush(state, text)
  }
  return text
}

function encodeArray(state: State, array: readonly unknown[], before: string, maxUnits: number): string {
  const { length } = array
  if (length > maxListedLength ? isListable(array) : !isDense(array) || extraProperties(array).length > 0) {
    return encodeProperties(state, array, `${before}"s",${length}`, objectKeys(array), maxUnits)
  }
  let text = `${before}"a"`
  for (let at = 0; at < length && state.units <= maxUnits; at++) {
    text += `,${encodeSlot(state, ownData(array, at))}`
    if (text.length > pieceUnits) text = flush(state, text)
  }
  return text
}

function isDense(array: readonly unknown[]): boolean {
  for (let at = 0; at < array.length; at++) if (!hasOwn(array, at)) return false
  return true
}

function errorNode(state: State, error: object): string {
  const name = dataProperty(error, 'name')
  const message = dataProperty(error, 'message')
  let text = `"error",${jsonStringify(typeof name === 'string' ? name : 'Error')},${jsonStringify(typeof message === 'string' ? message : '')},${jsonStringify(stackOf(error))}`
  const cause = ownDescriptor(error, 'cause')
  if (cause !== undefined && hasOwn(cause, 'value')) text += `,"cause",${encodeSlot(state, cause.value)}`
  const errors = ownDescriptor(error, 'errors')?.value as unknown
  if (isArray(errors)) text += `,"errors",${encodeSlot(state, errors)}`
  return text
}

function dataViewNode(state: State, view: object): string {
  let offset = 0
  let length = 0
  try {
    offset = dataViewByteOffset(view)
    length = dataViewByteLength(view)
  } catch {
    // Its buffer was detached or became too short.
  }
  return `"view","DataView",[${numberOf(state, dataViewBuffer(view))}],${offset},${length}`
}
