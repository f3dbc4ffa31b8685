/** An object in; what it calls itself out: the name of its class, its tag, the text that stands before its braces. */
import {
  FunctionPrototype, IntrinsicMap, createList, functionToString, mapGet, objectKeys, ownDescriptor, propertyIsEnumerable, reflectApply, regExpExec, regExpTest,
  stringEndsWith, stringIncludes, stringIndexOf, stringLastIndexOf, stringSlice, stringStartsWith, symbolToStringTag,
} from './primordials.ts'
import { inherits, maxPrototypes, prototypeOf } from './brand.ts'
import { clipped } from './inspect-primitive.ts'
import { unproxied } from './proxies.ts'

/** A property's value where it is data, on the object or its prototypes; undefined for nothing and for an accessor, which is not run. */
export function dataProperty(value: object, key: PropertyKey): unknown {
  let holder: object | null = value
  for (let steps = 0; holder !== null && steps < maxPrototypes; steps++) {
    const descriptor = ownDescriptor(holder, key)
    if (descriptor !== undefined) {
      const getter: unknown = descriptor.get
      return getter !== undefined && mapGet(nativeTags, getter) === true ? reflectApply(getter as () => unknown, value, createList()) : descriptor.value
    }
    holder = prototypeOf(holder)
  }
  return undefined
}

/** The tags that built-ins compute; these getters are the engine's own. */
const nativeTags = new IntrinsicMap<unknown, boolean>(
  [Object.getPrototypeOf(Uint8Array.prototype) as object, Iterator.prototype].map((prototype) => [Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.get, true]),
)

const names: readonly string[] = [
  'Array', 'ArrayBuffer', 'Function', 'Map', 'Set', 'Object', 'RegExp', 'Date', 'DataView', 'Error', 'AggregateError', 'RangeError', 'TypeError', 'Boolean', 'Number', 'String',
  'Promise', 'WeakMap', 'WeakSet',
]
/** Prototypes whose name holds even when their `constructor` was tampered with. */
const wellKnown = new IntrinsicMap<object, string>(names.map((name) => [(globalThis as unknown as Record<string, { prototype: object }>)[name]?.prototype ?? {}, name]))

/** Name of the class an object is an instance of; null when it has no prototype; `<…>` marks one that no constructor owns. */
export function constructorName(value: object, level = 0): string | null {
  let holder: object | null = value
  for (let steps = 0; holder !== null && steps < maxPrototypes; steps++) {
    const known = holder === value ? undefined : mapGet(wellKnown, holder)
    if (known !== undefined) return known
    const made = ownDescriptor(holder, 'constructor')?.value as unknown
    if (typeof made === 'function') {
      const name = functionName(made)
      if (name !== '' && isInstance(value, made)) return name
    }
    holder = prototypeOf(holder)
  }
  const prototype = prototypeOf(value)
  if (prototype === null) return null
  if (level > 2 || holder !== null) return 'Object <Complex prototype>'
  const nearest = constructorName(prototype, level + 1)
  if (nearest !== null) return `Object <${nearest}>`
  return `Object <[Object: null prototype]${objectKeys(prototype).length === 0 ? ' {}' : ''}>`
}

function isInstance(value: object, made: object): boolean {
  const real = unproxied(made)
  if (real === null) return false
  const wanted = ownDescriptor(real, 'prototype')?.value as unknown
  if (typeof wanted !== 'object' || wanted === null) return false
  return inherits(value, wanted)
}

/** A function's own name, '' for none. Where that is a getter, the name it was written with. */
export function functionName(value: object): string {
  const real = unproxied(value)
  const descriptor = real === null ? undefined : ownDescriptor(real, 'name')
  if (descriptor === undefined) return ''
  const name: unknown = descriptor.get === undefined ? descriptor.value : regExpExec(/^(?:class|function)\s+([^\s({]+)/, functionToString(real as object))?.[1]
  return typeof name === 'string' ? clipped(name) : ''
}

/** The Symbol.toStringTag of an object; '' for none, for an own one that is listed anyway, and for a getter of the program's. */
export function tagOf(value: object): string {
  const tag = dataProperty(value, symbolToStringTag)
  return typeof tag !== 'string' || tag === '' || propertyIsEnumerable(value, symbolToStringTag) ? '' : clipped(tag)
}

/** What stands before an opening brace, with a space behind it. `size` is `(3)` for what counts its items. */
export function prefixOf(constructor: string | null, tag: string, fallback: string, size = ''): string {
  if (constructor === null) return tag !== '' && fallback !== tag ? `[${fallback}${size}: null prototype] [${tag}] ` : `[${fallback}${size}: null prototype] `
  if (tag === '') return `${constructor}${size} `
  const dot = stringLastIndexOf(tag, '.')
  if (constructor === (dot >= 1 ? stringSlice(tag, dot + 1) : tag)) return `${tag}${size} `
  return `${constructor}${size} [${tag}] `
}

/** `[Function: f]`, `[class A extends B]`, `[AsyncGeneratorFunction (anonymous)]`. */
export function functionBase(value: object, constructor: string | null, tag: string): string {
  if (isClass(value)) return classBase(value, constructor, tag)
  const type = functionType(value)
  const name = functionName(value)
  let base = `[${type}${constructor === null ? ' (null prototype)' : ''}${name === '' ? ' (anonymous)' : `: ${name}`}]`
  if (constructor !== type && constructor !== null) base += ` ${constructor}`
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`
  return base
}

function isClass(value: object): boolean {
  const text = functionToString(value)
  if (!stringStartsWith(text, 'class') || !stringEndsWith(text, '}')) return false
  const brace = stringIndexOf(text, '{')
  if (brace === -1) return false
  const head = stringSlice(text, 5, brace)
  // A method may be called `class`: then an argument list comes before the brace.
  return !stringIncludes(head, '(') || regExpTest(/^\s+[^\s(]/, head)
}

function classBase(value: object, constructor: string | null, tag: string): string {
  const name = functionName(value)
  let base = `class ${name === '' ? '(anonymous)' : name}`
  if (constructor !== 'Function' && constructor !== null) base += ` [${constructor}]`
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`
  if (constructor === null) return `[${base} extends [null prototype]]`
  const parent = prototypeOf(value)
  const parentName = parent === null ? '' : functionName(parent)
  return `[${base}${parentName === '' ? '' : ` extends ${parentName}`}]`
}

const functionTypes = new IntrinsicMap<object, string>([
  [Object.getPrototypeOf(function* () {}) as object, 'GeneratorFunction'],
  [Object.getPrototypeOf(async () => {}) as object, 'AsyncFunction'],
  [Object.getPrototypeOf(async function* () {}) as object, 'AsyncGeneratorFunction'],
])

function functionType(value: object): string {
  let holder: object | null = prototypeOf(value)
  for (let steps = 0; holder !== null && holder !== FunctionPrototype && steps < maxPrototypes; steps++) {
    const type = mapGet(functionTypes, holder)
    if (type !== undefined) return type
    holder = prototypeOf(holder)
  }
  return 'Function'
}
