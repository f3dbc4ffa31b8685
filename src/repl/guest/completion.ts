/** A path of names in; the names that may follow it, and the variables that cells have made, out. Looks only: no getter and no trap of the program's is run. */
import { variables, variableValue } from './bindings.ts'
import { brandOf, prototypeOf } from './brand.ts'
import { inspect } from './inspect.ts'
import { constructorName } from './inspect-name.ts'
import {
  arrayPush, arraySort, createList, IntrinsicSet, IntrinsicWeakMap, isArray, jsonParse, jsonStringify, mapGet, IntrinsicMap, ownDescriptor, ownKeys, reflectApply, regExpTest, setAdd, setHas,
  stringStartsWith, weakMapGet, weakMapSet,
} from './primordials.ts'
import { unproxied } from './proxies.ts'
import type { CompletionPath } from '../../protocol.ts'

/** Names that are given, variables that are listed, and the UTF-16 units of each one's text. */
const maxNames = 1_000
const maxVariables = 1_000
const maxTextUnits = 200

/** Own names of an array with more items are not gone through: most of them are its indexes. */
const maxItems = 1_000

/** Prototypes of a chain that are looked at. */
const maxPrototypes = 100

const scope: object = globalThis

/** Getters of the runtime's own, which may be asked. */
const readers = new IntrinsicWeakMap<object, () => unknown>()

/** Names of the runtime's that a program uses, for a line that is empty yet. */
const ownNames = createList<string>()

/** Lets a name of the runtime's be looked at: its getter runs nothing of the program's. */
export function allowReading(name: string, getter: () => unknown): void {
  weakMapSet(readers, getter, getter)
  arrayPush(ownNames, name)
}

const literals = new IntrinsicMap<string, object>([
  ['string', String.prototype], ['RegExp', RegExp.prototype], ['number', Number.prototype], ['boolean', Boolean.prototype], ['bigint', BigInt.prototype], ['symbol', Symbol.prototype],
])

/** The names that fit a path, as JSON: own ones before inherited ones, each sorted. */
export function complete(json: string): string {
  const { root, keys, prefix } = jsonParse(json) as CompletionPath
  const names = createList<string>()
  if (root === null) topNames(names, prefix)
  else {
    let found = 'literal' in root ? { value: undefined, holder: mapGet(literals, root.literal) } : lookUp(scope, root.name)
    for (let index = 0; index < keys.length && found !== undefined; index++) {
      const holder = holderOf(found)
      found = holder === undefined ? undefined : lookUp(holder, keys[index] as string)
    }
    const holder = found === undefined ? undefined : holderOf(found)
    if (holder !== undefined) members(names, holder, prefix)
  }
  return jsonStringify(names)
}

/** The variables, as JSON: name, kind and a short text of each. */
export function describeVariables(): string {
  const names = variables()
  const described = createList<object>()
  for (let index = 0; index < names.length && index < maxVariables; index++) {
    const name = names[index] as string
    const variable = variableValue(name)
    const text = variable === undefined ? '[Getter]' : inspect(variable.value, { depth: 0, maxLength: 6, maxStringLength: 100, maxBytes: maxTextUnits })
    arrayPush(described, { __proto__: null, name, kind: variable === undefined ? 'accessor' : kindOf(variable.value), text } as object)
  }
  return jsonStringify(described)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  const real = unproxied(value)
  return real === null ? 'Proxy' : (constructorName(real) ?? 'object')
}

interface Found {
  readonly value: unknown
  /** Whose members are meant, where there is no value. */
  readonly holder?: object | undefined
}

function holderOf({ value, holder }: Found): object | undefined {
  if (holder !== undefined) return holder
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'object' && typeof value !== 'function') return mapGet(literals, typeof value)
  return unproxied(value) ?? undefined
}

/** A property's value where that is data; undefined for nothing and for a getter of the program's. */
function lookUp(start: object, key: string): Found | undefined {
  let holder: object | null = unproxied(start)
  for (let steps = 0; holder !== null && steps < maxPrototypes; steps++) {
    const descriptor = ownDescriptor(holder, key)
    if (descriptor !== undefined) {
      if (descriptor.get === undefined && descriptor.set === undefined) return { value: descriptor.value as unknown }
      // Constants that something assigns to are accessors of the runtime's own.
      if (holder === scope && descriptor.enumerable === true) return variableValue(key)
      const reader = descriptor.get === undefined ? undefined : weakMapGet(readers, descriptor.get)
      return reader === undefined ? undefined : read(reader)
    }
    holder = prototypeOf(holder)
  }
  return undefined
}

/** `context` may have to say why it cannot be read. */
function read(reader: () => unknown): Found | undefined {
  try {
    return { value: reflectApply(reader, undefined, createList()) }
  } catch {
    return undefined
  }
}

/** With nothing typed yet: what cells have made, and what the runtime gives. */
function topNames(names: string[], prefix: string): void {
  const seen = new IntrinsicSet<string>()
  const own = variables()
  for (let index = 0; index < own.length; index++) add(names, seen, own[index] as string, prefix)
  arraySort(names, byText)
  if (prefix === '') {
    for (let index = 0; index < ownNames.length; index++) add(names, seen, ownNames[index] as string, prefix)
  } else chain(names, seen, scope, prefix)
}

function members(names: string[], holder: object, prefix: string): void {
  chain(names, new IntrinsicSet<string>(), holder, prefix)
}

function chain(names: string[], seen: Set<string>, start: object, prefix: string): void {
  let holder: object | null = start
  for (let steps = 0; holder !== null && steps < maxPrototypes && names.length < maxNames; steps++) {
    if (!isLong(holder)) {
      const level = createList<string>()
      const keys = ownKeys(holder)
      for (let index = 0; index < keys.length; index++) {
        const key: unknown = keys[index]
        if (typeof key === 'string') add(level, seen, key, prefix)
      }
      arraySort(level, byText)
      for (let index = 0; index < level.length && names.length < maxNames; index++) arrayPush(names, level[index] as string)
    }
    holder = prototypeOf(holder)
  }
}

function isLong(holder: object): boolean {
  if (isArray(holder)) return holder.length > maxItems
  const brand = brandOf(holder)
  return brand === 'typedarray' || brand === 'string'
}

/** Only what can stand behind a dot; what begins with `__` is asked for by its first letters. */
function add(names: string[], seen: Set<string>, name: string, prefix: string): void {
  if (!stringStartsWith(name, prefix) || setHas(seen, name) || !regExpTest(/^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u, name)) return
  if (stringStartsWith(name, '__') && !stringStartsWith(prefix, '_')) return
  setAdd(seen, name)
  arrayPush(names, name)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
