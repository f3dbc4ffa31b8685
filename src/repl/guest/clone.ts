/** Any value in; a deep copy of it out: `structuredClone`, made inside the guest, where its memory and its time count. */
import {
  ArrayPrototype, IntrinsicArrayBuffer, IntrinsicDate, IntrinsicMap, IntrinsicRegExp, IntrinsicSet, IntrinsicTypeError, IntrinsicUint8Array, ObjectPrototype, arrayBufferByteLength,
  arrayBufferDetached, arrayBufferMaxByteLength, arrayBufferResizable, arrayBufferTransfer, arrayPush, bigintValue, booleanValue, createList, dataViewBuffer, dataViewByteLength,
  dataViewByteOffset, dateGetTime, defineOwn, functionToString, hasOwn, isArray, mapForEach, mapGet, mapHas, mapSet, numberValue, objectKeys, reflectConstruct, regExpFlags,
  regExpSource, setAdd, setForEach, setPrototypeOf, stringValue, symbolToString, toObject, typedArrayBuffer, typedArrayByteOffset, typedArrayLength, typedArraySet, typedArrayTag,
  viewConstructors,
} from './primordials.ts'
import { extraProperties, isListable, maxListedLength } from './arrays.ts'
import { brandOf } from './brand.ts'
import { cloneError } from './clone-error.ts'
import { DOMException } from './dom-exception.ts'
import { constructorName } from './inspect-name.ts'
import { clipped } from './inspect-primitive.ts'
import { isProxy } from './proxies.ts'

/** Original → copy. */
export type Copies = Map<object, object>

/** Copies as the HTML standard says: getters run, prototypes are lost, and what cannot be copied is a DataCloneError. */
export function structuredClone(value: unknown, options?: { readonly transfer?: Iterable<unknown> }): unknown {
  if (arguments.length === 0) throw new IntrinsicTypeError('The "value" argument must be specified')
  const transfer = transferList(options?.transfer)
  const copies: Copies = new IntrinsicMap()
  for (let index = 0; index < transfer.length; index++) {
    const buffer = transfer[index] as ArrayBuffer
    if (mapHas(copies, buffer)) throw dataCloneError('ArrayBuffer occurs in the transfer list more than once')
    if (arrayBufferDetached(buffer)) throw dataCloneError('An ArrayBuffer is detached and could not be cloned.')
    mapSet(copies, buffer, copyBuffer(buffer))
  }
  const copy = clone(value, copies)
  for (let index = 0; index < transfer.length; index++) arrayBufferTransfer(transfer[index] as ArrayBuffer)
  return copy
}

function transferList(transfer: Iterable<unknown> | undefined): ArrayBuffer[] {
  const list = createList<ArrayBuffer>()
  if (transfer === undefined) return list
  // The program's own iterable, read as such.
  for (const item of transfer) {
    if (typeof item !== 'object' || item === null || isProxy(item) || brandOf(item) !== 'arraybuffer') throw dataCloneError('Value not transferable')
    arrayPush(list, item as ArrayBuffer)
  }
  return list
}

function clone(value: unknown, copies: Copies): unknown {
  if (typeof value === 'symbol') throw dataCloneError(`${clipped(symbolToString(value))} could not be cloned.`)
  if (typeof value === 'function') throw dataCloneError(`${clipped(functionToString(value))} could not be cloned.`)
  if (typeof value !== 'object' || value === null) return value
  return mapGet(copies, value) ?? cloneObject(value, copies)
}

function cloneObject(value: object, copies: Copies): object {
  if (isProxy(value)) throw dataCloneError('#<Object> could not be cloned.')
  if (isArray(value)) return cloneArray(value, copies)
  const keep = <T extends object>(copy: T): T => {
    mapSet(copies, value, copy)
    return copy
  }
  const brand = brandOf(value)
  switch (brand) {
    case 'date': return keep(new IntrinsicDate(dateGetTime(value)))
    case 'regexp': return keep(new IntrinsicRegExp(regExpSource(value), regExpFlags(value)))
    case 'number': return keep(toObject(numberValue(value)))
    case 'string': return keep(toObject(stringValue(value)))
    case 'boolean': return keep(toObject(booleanValue(value)))
    case 'bigint': return keep(toObject(bigintValue(value)))
    case 'map': return cloneMap(value as Map<unknown, unknown>, keep(new IntrinsicMap<unknown, unknown>()), copies)
    case 'set': return cloneSet(value as Set<unknown>, keep(new IntrinsicSet<unknown>()), copies)
    case 'error': return cloneError(value, keep, (cause) => clone(cause, copies))
    // Memory that is shared stays shared.
    case 'sharedarraybuffer': return value
    case 'arraybuffer': {
      if (arrayBufferDetached(value)) throw dataCloneError('An ArrayBuffer is detached and could not be cloned.')
      return keep(copyBuffer(value as ArrayBuffer))
    }
    case 'typedarray': return keep(cloneView(typedArrayTag(value) as string, typedArrayBuffer(value), typedArrayByteOffset(value), typedArrayLength(value), copies))
    case 'dataview': return keep(cloneView('DataView', dataViewBuffer(value), dataViewByteOffset(value), dataViewByteLength(value), copies))
    case 'object':
    case 'arguments': {
      const copy = keep({})
      cloneProperties(value, copy, objectKeys(value), copies)
      return copy
    }
    default: throw dataCloneError(`#<${constructorName(value) ?? 'Object'}> could not be cloned.`)
  }
}

function cloneArray(array: readonly unknown[], copies: Copies): object {
  const copy = createList<unknown>()
  mapSet(copies, array, copy)
  const { length } = array
  if (length > maxListedLength && isListable(array)) {
    copy.length = length
    cloneProperties(array, copy, objectKeys(array), copies)
  } else {
    for (let at = 0; at < length; at++) {
      if (hasOwn(array, at)) copy[at] = clone(array[at], copies)
      else copy.length = at + 1
    }
    cloneProperties(array, copy, extraProperties(array), copies)
  }
  return setPrototypeOf(copy, ArrayPrototype) as object
}

function cloneProperties(value: object, copy: object, keys: readonly string[], copies: Copies): void {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string
    // A getter that ran may have taken it away.
    if (!hasOwn(value, key)) continue
    const item = clone((value as Record<string, unknown>)[key], copies)
    if (key in ObjectPrototype) defineOwn(copy, key, item)
    else (copy as Record<string, unknown>)[key] = item
  }
}

function cloneMap(map: ReadonlyMap<unknown, unknown>, copy: Map<unknown, unknown>, copies: Copies): object {
  // First all entries, then their copies: a getter may change the map meanwhile.
  const flat = createList<unknown>()
  mapForEach(map, (item, key) => {
    arrayPush(flat, key)
    arrayPush(flat, item)
  })
  for (let index = 0; index < flat.length; index += 2) {
    const key = clone(flat[index], copies)
    mapSet(copy, key, clone(flat[index + 1], copies))
  }
  return copy
}

function cloneSet(set: ReadonlySet<unknown>, copy: Set<unknown>, copies: Copies): object {
  const items = createList<unknown>()
  setForEach(set, (item) => arrayPush(items, item))
  for (let index = 0; index < items.length; index++) setAdd(copy, clone(items[index], copies))
  return copy
}

function copyBuffer(buffer: ArrayBuffer): ArrayBuffer {
  const length = arrayBufferByteLength(buffer)
  const copy = arrayBufferResizable(buffer)
    ? new IntrinsicArrayBuffer(length, { __proto__: null, maxByteLength: arrayBufferMaxByteLength(buffer) } as { maxByteLength: number })
    : new IntrinsicArrayBuffer(length)
  typedArraySet(new IntrinsicUint8Array(copy), new IntrinsicUint8Array(buffer))
  return copy
}

function cloneView(name: string, buffer: ArrayBuffer, offset: number, length: number, copies: Copies): object {
  return reflectConstruct(mapGet(viewConstructors, name) as never, [clone(buffer, copies), offset, length]) as object
}

function dataCloneError(message: string): Error {
  return new DOMException(message, 'DataCloneError')
}
