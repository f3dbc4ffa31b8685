/** An object in; what its text is made of out: what stands before the braces, which items and properties stand between them. */
import {
  ErrorPrototype, arrayBufferByteLength, arrayPush, bigintValue, booleanValue, createList, dataViewBuffer, dataViewByteLength, dataViewByteOffset, dateGetTime, dateToISOString, isNaNumber, mapSize,
  min, numberValue, objectKeys, ownDescriptor, regExpFlags, regExpSource, setSize, sharedByteLength, stringSlice, stringValue, symbolValue, typedArrayLength, typedArrayTag,
} from './primordials.ts'
import { type Brand, brandOf, inherits } from './brand.ts'
import { type Display, displayOf } from './displays.ts'
import { arrayItems, bufferContents, extraKeys, formatProperty, mapItems, setItems, shownKeys, typedArrayItems } from './inspect-entries.ts'
import { errorBase } from './inspect-error.ts'
import { constructorName, functionBase, prefixOf, tagOf } from './inspect-name.ts'
import { clipped, formatPrimitive } from './inspect-primitive.ts'
import { type Inspection, showIndented } from './inspection.ts'

export interface Shape {
  /** Properties that are listed. */
  readonly keys: (string | symbol)[]
  /** What stands before the braces, and alone when there is nothing to put between them. */
  readonly base: string
  readonly open: string
  readonly close: string
  /** Gives what is listed before the properties, its level told; undefined for nothing. */
  readonly items: ((level: number) => string[]) | undefined
  /** Set for arrays and their like: whether the first items are all numbers, and so line up to the right. */
  readonly areNumbers: ((count: number) => boolean) | undefined
  /** Stands for everything below the last level that is shown. */
  readonly shallow: string
}

/** What is known of an object before its kind is looked at. */
interface Subject {
  readonly state: Inspection
  readonly value: object
  readonly constructor: string | null
  readonly tag: string
  /** Class and tag, with a space behind: `Map `, `Foo [bar] `, `[Object: null prototype] `. */
  readonly named: string
  readonly fallback: string
  readonly shallow: string
}

const fallbacks: Partial<Record<Brand, string>> = {
  array: 'Array', map: 'Map', set: 'Set', date: 'Date', regexp: 'RegExp', error: 'Error', promise: 'Promise', weakmap: 'WeakMap', weakset: 'WeakSet', arraybuffer: 'ArrayBuffer',
  sharedarraybuffer: 'SharedArrayBuffer', dataview: 'DataView', function: 'Function', number: 'Number', string: 'String', boolean: 'Boolean', bigint: 'BigInt', symbol: 'Symbol',
}

/** The value must not be a proxy. */
export function shapeOf(state: Inspection, value: object): Shape {
  const constructor = constructorName(value)
  const known = brandOf(value, constructor === null)
  // A class made by hand on Error.prototype has no error inside, and is shown as one.
  const brand = known === 'object' && inherits(value, ErrorPrototype) ? 'error' : known
  const tag = tagOf(value)
  const fallback = (brand === 'typedarray' ? typedArrayTag(value) : fallbacks[brand]) ?? 'Object'
  const named = prefixOf(constructor, tag, fallback === tag && brand === 'object' ? 'Object' : fallback)
  const bare = stringSlice(named, 0, -1)
  const subject: Subject = { state, value, constructor, tag, named, fallback, shallow: constructor === null ? bare : `[${bare}]` }
  switch (brand) {
    case 'array': return listShape(subject, (value as unknown[]).length, (level) => arrayItems(state, value as unknown[], level))
    case 'typedarray': return listShape(subject, typedArrayLength(value), () => typedArrayItems(state, value as ArrayLike<number | bigint>))
    case 'set': return sizedShape(subject, setSize(value), (level) => setItems(state, value as Set<unknown>, level))
    case 'map': return sizedShape(subject, mapSize(value), (level) => mapItems(state, value as Map<unknown, unknown>, level))
    case 'function': return baseShape(subject, functionBase(value, constructor, tag))
    case 'arguments': return braceShape(subject, '[Arguments] {')
    case 'date': return baseShape(subject, `${unlessPlain(subject)}${isNaNumber(dateGetTime(value)) ? 'Invalid Date' : dateToISOString(value)}`)
    case 'regexp': {
      const text = `${unlessPlain(subject)}/${clipped(regExpSource(value))}/${regExpFlags(value)}`
      return { ...baseShape(subject, text), shallow: text }
    }
    case 'error': {
      const keys = shownKeys(state, value)
      return { ...baseShape(subject, errorBase(state, value, constructor, tag, keys)), keys }
    }
    case 'arraybuffer': return braceShape(subject, `${named}{`, () => bufferItems(subject, false, arrayBufferByteLength(value)))
    case 'sharedarraybuffer': return braceShape(subject, `${named}{`, () => bufferItems(subject, true, sharedByteLength(value)))
    case 'dataview': return braceShape(subject, `${named}{`, (level) => dataViewItems(subject, level))
    case 'promise': return braceShape(subject, `${named}{`, () => listOf('<state unknown>'))
    case 'weakset':
    case 'weakmap': return braceShape(subject, `${named}{`, () => listOf('<items unknown>'))
    case 'number': return boxedShape(subject, numberValue(value))
    case 'boolean': return boxedShape(subject, booleanValue(value))
    case 'bigint': return boxedShape(subject, bigintValue(value))
    case 'symbol': return boxedShape(subject, symbolValue(value))
    case 'string': {
      const text = stringValue(value)
      return { ...boxedShape(subject, text), keys: extraKeys(state, value, text.length) }
    }
    default: return objectShape(subject)
  }
}

function objectShape(subject: Subject): Shape {
  const { constructor, tag, named, value } = subject
  if (constructor === 'Object') return braceShape(subject, tag === '' ? '{' : `${named}{`)
  const display = displayOf(value)
  return braceShape(subject, `${named}{`, display === undefined ? undefined : displayItems(subject, display))
}

function displayItems({ state }: Subject, display: Display): ((level: number) => string[]) | undefined {
  if (display.type === 'fields') {
    const { fields } = display
    return (level) => {
      const parts = createList<string>()
      const names = objectKeys(fields)
      for (let index = 0; index < names.length; index++) arrayPush(parts, formatProperty(state, fields, names[index] as string, level))
      return parts
    }
  }
  const { pairs } = display
  if (pairs.length === 0) return undefined
  return () => {
    const parts = createList<string>()
    const shown = min(pairs.length, state.maxLength)
    for (let index = 0; index < shown && state.room > 0; index++) {
      const pair = pairs[index] as readonly [string, string]
      const part = `${formatPrimitive(state, pair[0])} => ${formatPrimitive(state, pair[1])}`
      state.room -= part.length
      arrayPush(parts, part)
    }
    return parts
  }
}

function braceShape(subject: Subject, open: string, items?: (level: number) => string[]): Shape {
  return { keys: shownKeys(subject.state, subject.value), base: '', open, close: '}', items, areNumbers: undefined, shallow: subject.shallow }
}

function baseShape(subject: Subject, base: string): Shape {
  return { ...braceShape(subject, '{'), base }
}

function sizedShape(subject: Subject, size: number, items: (level: number) => string[]): Shape {
  return braceShape(subject, `${prefixOf(subject.constructor, subject.tag, subject.fallback, `(${size})`)}{`, size === 0 ? undefined : items)
}

function listShape(subject: Subject, length: number, items: (level: number) => string[]): Shape {
  const { state, value, constructor, tag, fallback, shallow } = subject
  const prefix = constructor === 'Array' && tag === '' ? '' : prefixOf(constructor, tag, fallback, `(${length})`)
  return {
    keys: extraKeys(state, value, length), base: '', open: `${prefix}[`, close: ']', items: length === 0 ? undefined : items,
    areNumbers: (count) => areNumbers(value, count), shallow,
  }
}

function areNumbers(value: object, count: number): boolean {
  for (let index = 0; index < count; index++) {
    const type = typeof ownDescriptor(value, index)?.value
    if (type !== 'number' && type !== 'bigint') return false
  }
  return true
}

function boxedShape(subject: Subject, value: unknown): Shape {
  const { state, constructor, tag, fallback } = subject
  const by = constructor === fallback ? '' : constructor === null ? ' (null prototype)' : ` (${constructor})`
  return baseShape(subject, `[${fallback}${by}: ${formatPrimitive(state, value)}]${tag !== '' && tag !== constructor ? ` [${tag}]` : ''}`)
}

/** Class and tag of a date or a pattern, unless it is a plain one. */
function unlessPlain({ named, fallback }: Subject): string {
  return named === `${fallback} ` ? '' : named
}

function listOf(part: string): string[] {
  const parts = createList<string>()
  arrayPush(parts, part)
  return parts
}

function bufferItems({ state, value }: Subject, shared: boolean, byteLength: number): string[] {
  const parts = listOf(bufferContents(state, value as ArrayBuffer | SharedArrayBuffer, shared))
  arrayPush(parts, `[byteLength]: ${byteLength}`)
  return parts
}

function dataViewItems({ state, value }: Subject, level: number): string[] {
  const parts = createList<string>()
  let byteLength = 0
  let byteOffset = 0
  try {
    byteLength = dataViewByteLength(value)
    byteOffset = dataViewByteOffset(value)
  } catch {
    // The buffer was detached: nothing is left to be seen.
  }
  arrayPush(parts, `[byteLength]: ${byteLength}`)
  arrayPush(parts, `[byteOffset]: ${byteOffset}`)
  arrayPush(parts, `[buffer]: ${showIndented(state, dataViewBuffer(value), level)}`)
  return parts
}
