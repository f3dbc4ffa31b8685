/** Any value in; how it can cross to the host out: as plain JSON, as a graph, or not at all. Ends as soon as it is known. */
import {
  ArrayPrototype, IntrinsicBigInt, IntrinsicMap, IntrinsicSet, ObjectPrototype, arrayBufferByteLength, arrayPush, bigintValue, createList, dataViewBuffer, floor, getPrototypeOf, hasOwn, isArray, lookupGetter, mapForEach,
  mapGet, mapSet, objectKeys, ownDescriptor, setAdd, setForEach, setHas, sharedByteLength, stringValue, typedArrayBuffer,
} from './primordials.ts'
import { extraProperties, isListable, maxListedLength, ownData } from './arrays.ts'
import { brandOf, maxPrototypes } from './brand.ts'
import { isProxy } from './proxies.ts'

export type Survey = 'json' | 'primitive' | 'graph' | 'opaque' | 'tooLarge' | 'tooDeep'

interface State {
  /** Objects found, in the order of their distance from the value. */
  readonly queue: object[]
  readonly seen: Set<object>
  /** Per prototype: whether JSON.stringify would find a `toJSON` there. */
  readonly toJson: Map<object, boolean>
  /** Bytes left; what is taken off is less than what the JSON will have. */
  room: number
  isJson: boolean
  isOpaque: boolean
}

/** Bytes of any limit that count: no text of the engine's is longer. */
const maxRoom = 0x4000_0000

export function surveyValue(value: unknown, maxBytes: number, maxDepth: number): Survey {
  const state: State = { queue: createList(), seen: new IntrinsicSet(), toJson: new IntrinsicMap(), room: maxBytes < maxRoom ? floor(maxBytes) : maxRoom, isJson: isJsonUntouched(), isOpaque: false }
  visit(state, value)
  let levelEnd = 1
  let depth = 1
  for (let at = 0; at < state.queue.length && state.room >= 0 && !state.isOpaque; at++) {
    if (at === levelEnd) {
      depth++
      levelEnd = state.queue.length
      if (depth > maxDepth) return 'tooDeep'
    }
    visitObject(state, state.queue[at] as object)
  }
  if (state.isOpaque) return 'opaque'
  if (state.room < 0) return 'tooLarge'
  return state.isJson ? 'json' : state.queue.length === 0 ? 'primitive' : 'graph'
}

/** Whether JSON.stringify would call nothing for plain objects and arrays. */
function isJsonUntouched(): boolean {
  return !hasOwn(ObjectPrototype, 'toJSON') && !hasOwn(ArrayPrototype, 'toJSON') && getPrototypeOf(ArrayPrototype) === ObjectPrototype
}

function visit(state: State, value: unknown): void {
  switch (typeof value) {
    case 'string':
      state.room -= value.length + 2
      return
    case 'number':
      state.room -= 1
      if (value - value !== 0 || (value === 0 && 1 / value < 0)) state.isJson = false
      return
    case 'boolean':
      state.room -= 4
      return
    case 'undefined':
      state.isJson = false
      return
    case 'bigint':
      visitBigInt(state, value)
      return
    case 'object':
      if (value === null) state.room -= 4
      else if (setHas(state.seen, value)) state.isJson = false
      else {
        setAdd(state.seen, value)
        arrayPush(state.queue, value)
        state.room -= 2
      }
      return
    default: state.isOpaque = true
  }
}

function visitBigInt(state: State, value: bigint): void {
  state.isJson = false
  // Four bits make a hexadecimal digit.
  if (state.room >= 0 && (value < 0n ? -value : value) >> (IntrinsicBigInt(state.room) * 4n) !== 0n) state.room = -1
}

function visitObject(state: State, value: object): void {
  if (isProxy(value)) {
    state.isOpaque = true
    return
  }
  if (isArray(value)) {
    visitArray(state, value)
    return
  }
  const prototype = getPrototypeOf(value) as object | null
  if (prototype === ObjectPrototype || prototype === null) {
    visitProperties(state, value)
    return
  }
  const brand = brandOf(value)
  switch (brand) {
    case 'object':
    case 'arguments':
      if (mayHaveToJson(state, prototype)) state.isJson = false
      visitProperties(state, value)
      return
    case 'function': case 'promise': case 'weakmap': case 'weakset': case 'weakref': case 'symbol': case 'opaque':
      state.isOpaque = true
      return
    default: state.isJson = false
  }
  switch (brand) {
    case 'map':
      mapForEach(value as Map<unknown, unknown>, (item, key) => {
        visit(state, key)
        visit(state, item)
      })
      return
    case 'set':
      setForEach(value as Set<unknown>, (item) => visit(state, item))
      return
    case 'error':
      visit(state, ownDescriptor(value, 'cause')?.value)
      visit(state, ownDescriptor(value, 'errors')?.value)
      return
    case 'arraybuffer':
      state.room -= floor((arrayBufferByteLength(value) * 4) / 3)
      return
    case 'sharedarraybuffer':
      state.room -= floor((sharedByteLength(value) * 4) / 3)
      return
    case 'typedarray':
      visit(state, typedArrayBuffer(value))
      return
    case 'dataview':
      visit(state, dataViewBuffer(value))
      return
    case 'string':
      visit(state, stringValue(value))
      return
    case 'bigint':
      visitBigInt(state, bigintValue(value))
      return
    default:
  }
}

function visitArray(state: State, array: readonly unknown[]): void {
  if (getPrototypeOf(array) !== ArrayPrototype) state.isJson = false
  const { length } = array
  if (length > maxListedLength && isListable(array)) {
    // Long, and nearly all holes.
    visitProperties(state, array)
    state.isJson = false
    return
  }
  for (let at = 0; at < length && state.room >= 0; at++) {
    const item = ownData(array, at)
    state.room -= 1
    visit(state, item)
  }
  const extra = extraProperties(array)
  if (extra.length > 0) state.isJson = false
  for (let index = 0; index < extra.length; index++) visit(state, ownData(array, extra[index] as string))
}

function visitProperties(state: State, value: object): void {
  const keys = objectKeys(value)
  for (let index = 0; index < keys.length && state.room >= 0; index++) {
    const key = keys[index] as string
    state.room -= key.length + 4
    if (lookupGetter(value, key) === undefined) visit(state, (value as Record<string, unknown>)[key])
    else state.isJson = false
  }
}

/** Whether a class of the program's could be asked for `toJSON`: then it is not left to JSON.stringify. */
function mayHaveToJson(state: State, prototype: object): boolean {
  const known = mapGet(state.toJson, prototype)
  if (known !== undefined) return known
  let found = false
  let holder: object | null = prototype
  let steps = 0
  for (; holder !== null && !found && steps < maxPrototypes; steps++) {
    found = isProxy(holder) || hasOwn(holder, 'toJSON')
    holder = getPrototypeOf(holder) as object | null
  }
  if (holder !== null) found = true
  mapSet(state.toJson, prototype, found)
  return found
}
