/** A collection in; the texts of its items and of its other properties out, as many as are shown. */
import {
  IntrinsicUint8Array, arrayBufferDetached, arrayPush, createList, getOwnPropertySymbols, hasOwn, isArray, mapEntries, mapIteratorNext, mapSize, min, objectKeys, ownDescriptor,
  ownKeys, propertyIsEnumerable, setIteratorNext, setPrototypeOf, setSize, setValues, typedArrayLength,
} from './primordials.ts'
import { isIndex, isListable, maxListedLength } from './arrays.ts'
import { formatBigInt, formatKey, formatNumber } from './inspect-primitive.ts'
import { type Inspection, remainingText, showIndented } from './inspection.ts'

/** `name: value`, or only the value for an item of an array. Getters are named, not run. */
export function formatProperty(state: Inspection, holder: object, key: PropertyKey, level: number, descriptor = ownDescriptor(holder, key)): string {
  const text = descriptor === undefined ? 'undefined' : descriptorText(state, descriptor, level)
  if (typeof key === 'number') return text
  const name = formatKey(key)
  state.room -= name.length + 2
  return `${descriptor?.enumerable === false ? `[${name}]` : name}: ${text}`
}

function descriptorText(state: Inspection, descriptor: PropertyDescriptor, level: number): string {
  if (descriptor.get !== undefined) return descriptor.set === undefined ? '[Getter]' : '[Getter/Setter]'
  if (descriptor.set !== undefined) return '[Setter]'
  return showIndented(state, descriptor.value, level)
}

/** Keys of an object that are shown. */
export function shownKeys(state: Inspection, value: object): (string | symbol)[] {
  const keys = setPrototypeOf(state.showHidden ? ownKeys(value) : objectKeys(value), null) as (string | symbol)[]
  if (state.showHidden) return keys
  const symbols = getOwnPropertySymbols(value)
  for (let index = 0; index < symbols.length; index++) {
    const symbol = symbols[index] as symbol
    if (propertyIsEnumerable(value, symbol)) arrayPush(keys, symbol)
  }
  return keys
}

/** Keys of a list that are shown beside its items; those of a long dense list are symbols only, as finding others takes as long as the list. */
export function extraKeys(state: Inspection, value: object, length: number): (string | symbol)[] {
  const extra = createList<string | symbol>()
  const named = isArray(value) ? isListable(value) : length <= maxListedLength
  const keys = named ? (state.showHidden ? ownKeys(value) : objectKeys(value)) : getOwnPropertySymbols(value)
  // Indices come first: what is left is at the end.
  let first = keys.length
  while (first > 0 && !isIndex(keys[first - 1] as string | symbol)) first--
  for (let index = first; index < keys.length; index++) arrayPush(extra, keys[index] as string | symbol)
  if (!state.showHidden && named) {
    const symbols = getOwnPropertySymbols(value)
    for (let index = 0; index < symbols.length; index++) if (propertyIsEnumerable(value, symbols[index] as symbol)) arrayPush(extra, symbols[index] as symbol)
  }
  return extra
}

export function arrayItems(state: Inspection, value: readonly unknown[], level: number): string[] {
  const parts = createList<string>()
  const limit = min(state.maxLength, value.length)
  let keys: readonly string[] | undefined
  let at = 0
  while (at < value.length && parts.length < limit && state.room > 0) {
    const descriptor = ownDescriptor(value, at)
    if (descriptor !== undefined) {
      arrayPush(parts, formatProperty(state, value, at, level, descriptor))
      at++
      continue
    }
    let next = nextByScan(value, at)
    if (next === -1 && keys === undefined && isListable(value)) keys = objectKeys(value)
    if (next === -1 && keys !== undefined) next = nextByKeys(value, keys, at)
    if (next === -1) break
    arrayPush(parts, `<${next - at} empty item${next - at > 1 ? 's' : ''}>`)
    at = next
  }
  if (at < value.length) arrayPush(parts, remainingText(value.length - at))
  return parts
}

/** Index of the next item after a hole, the length if there is none, -1 if it is not near. */
function nextByScan(value: readonly unknown[], from: number): number {
  const end = min(value.length, from + 100_000)
  for (let at = from; at < end; at++) if (hasOwn(value, at)) return at
  return end === value.length ? end : -1
}

function nextByKeys(value: readonly unknown[], keys: readonly string[], from: number): number {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string
    if (!isIndex(key)) break
    if (+key >= from) return +key
  }
  return value.length
}

export function typedArrayItems(state: Inspection, value: ArrayLike<number | bigint>): string[] {
  const parts = createList<string>()
  const length = typedArrayLength(value)
  const shown = min(state.maxLength, length)
  for (let at = 0; at < shown; at++) {
    const item = value[at] as number | bigint
    arrayPush(parts, typeof item === 'bigint' ? formatBigInt(item) : formatNumber(item))
  }
  state.room -= shown * 4
  if (length > shown) arrayPush(parts, remainingText(length - shown))
  return parts
}

export function setItems(state: Inspection, value: ReadonlySet<unknown>, level: number): string[] {
  const parts = createList<string>()
  const items = setValues(value)
  for (let item = setIteratorNext(items); item.done !== true && parts.length < state.maxLength && state.room > 0; item = setIteratorNext(items)) {
    arrayPush(parts, showIndented(state, item.value, level))
  }
  if (parts.length < setSize(value)) arrayPush(parts, remainingText(setSize(value) - parts.length))
  return parts
}

export function mapItems(state: Inspection, value: ReadonlyMap<unknown, unknown>, level: number): string[] {
  const parts = createList<string>()
  const entries = mapEntries(value)
  for (let entry = mapIteratorNext(entries); entry.done !== true && parts.length < state.maxLength && state.room > 0; entry = mapIteratorNext(entries)) {
    // The pair is the engine's own fresh array: both items are its own.
    const pair = entry.value as readonly unknown[]
    arrayPush(parts, `${showIndented(state, pair[0], level)} => ${showIndented(state, pair[1], level)}`)
  }
  if (parts.length < mapSize(value)) arrayPush(parts, remainingText(mapSize(value) - parts.length))
  return parts
}

/** `[Uint8Contents]: <00 01>` of a buffer. */
export function bufferContents(state: Inspection, value: ArrayBuffer | SharedArrayBuffer, shared: boolean): string {
  if (!shared && arrayBufferDetached(value)) return '(detached)'
  const bytes = new IntrinsicUint8Array(value)
  const length = typedArrayLength(bytes)
  const shown = min(state.maxLength, length)
  const digits = '0123456789abcdef'
  let text = ''
  for (let at = 0; at < shown; at++) {
    const byte = bytes[at] as number
    text += `${at === 0 ? '' : ' '}${digits[byte >> 4]}${digits[byte & 15]}`
  }
  state.room -= text.length
  if (length > shown) text += ` ... ${length - shown} more byte${length - shown > 1 ? 's' : ''}`
  return `[Uint8Contents]: <${text}>`
}
