/**
 * Nothing in; the intrinsics of the isolate as they were before any user code ran, out.
 *
 * Whatever guest code runs after user code has run takes its intrinsics from here, and keeps to these rules:
 * - a method is called as `arrayPush(list, x)`, never `list.push(x)`; a constructor is `new IntrinsicMap()`;
 * - no `for…of`, no array destructuring, no spread of arrays: they ask prototypes for their iterator;
 * - a list that is filled is made by {@link createList}: a setter on `Array.prototype[0]` does not see it;
 * - a descriptor is read by {@link ownDescriptor} and written with `__proto__: null`: `Object.prototype.get` does not reach it;
 * - an object that may lack a property is asked by {@link hasOwn} first.
 */

const { bind, call } = Function.prototype

/** A method as a function whose first argument is `this`. */
export const uncurryThis: <Args extends readonly unknown[], Result>(
  method: (this: never, ...args: Args) => Result,
) => (self: unknown, ...args: Args) => Result = bind.bind(call) as never

type Method<Self, Args extends readonly unknown[], Result> = (self: Self, ...args: Args) => Result

// Objects
export const {
  assign: objectAssign,
  create: objectCreate,
  defineProperty,
  freeze,
  getOwnPropertySymbols,
  getPrototypeOf,
  is: objectIs,
  keys: objectKeys,
  setPrototypeOf,
} = Object
export const ObjectPrototype = Object.prototype
/** A primitive as an object. */
export const toObject = Object as (value: unknown) => object
export const hasOwn: (target: object, key: PropertyKey) => boolean = Object.hasOwn
export const propertyIsEnumerable: Method<object, [key: PropertyKey], boolean> = uncurryThis(Object.prototype.propertyIsEnumerable)
export const objectToString: Method<unknown, [], string> = uncurryThis(Object.prototype.toString)
/** The getter found for a key on an object or its prototypes, undefined for data and for nothing. Runs no getter, but traps of a proxy. */
export const lookupGetter: Method<object, [key: PropertyKey], unknown> = uncurryThis(
  // Annex B, hence not in the types.
  (Object.prototype as unknown as { __lookupGetter__(key: PropertyKey): unknown }).__lookupGetter__,
)
export const { apply: reflectApply, construct: reflectConstruct, ownKeys } = Reflect
const { getOwnPropertyDescriptor } = Object

/** An own property's descriptor that inherits nothing, or undefined. */
export function ownDescriptor(target: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(target, key)
  if (descriptor !== undefined) setPrototypeOf(descriptor, null)
  return descriptor
}

/** Defines a writable, enumerable, configurable own property, past any setter. */
export function defineOwn(target: object, key: PropertyKey, value: unknown): void {
  defineProperty(target, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true } as PropertyDescriptor)
}

/** Defines a property as built-ins have them: writable and configurable, not enumerable. */
export function defineHidden(target: object, key: PropertyKey, value: unknown): void {
  defineProperty(target, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true } as PropertyDescriptor)
}

// Lists
export const ArrayPrototype = Array.prototype as readonly unknown[]
export const { isArray } = Array
export const arrayPush: <T>(list: T[], item: T) => number = uncurryThis(Array.prototype.push)
export const arrayPop: <T>(list: T[]) => T | undefined = uncurryThis(Array.prototype.pop)
export const arraySplice: <T>(list: T[], start: number, count: number) => T[] = uncurryThis(Array.prototype.splice)
export const arraySlice: <T>(list: readonly T[], start?: number, end?: number) => T[] = uncurryThis(Array.prototype.slice)
export const arrayIndexOf: <T>(list: readonly T[], item: T) => number = uncurryThis(Array.prototype.indexOf)
export const arrayJoin: (list: readonly string[], separator: string) => string = uncurryThis(Array.prototype.join)
export const arraySort: <T>(list: T[], compare: (a: T, b: T) => number) => T[] = uncurryThis(Array.prototype.sort) as never

/** An empty array without a prototype: for filling and reading by index inside the runtime, never for handing to user code. */
export function createList<T>(): T[] {
  return setPrototypeOf([], null) as T[]
}

// Strings
export const stringCodeAt: Method<string, [index: number], number> = uncurryThis(String.prototype.charCodeAt)
export const stringCodePointAt: Method<string, [index: number], number | undefined> = uncurryThis(String.prototype.codePointAt)
export const stringEndsWith: Method<string, [part: string], boolean> = uncurryThis(String.prototype.endsWith)
export const stringIncludes: Method<string, [part: string], boolean> = uncurryThis(String.prototype.includes)
export const stringIndexOf: Method<string, [part: string, from?: number], number> = uncurryThis(String.prototype.indexOf)
export const stringLastIndexOf: Method<string, [part: string], number> = uncurryThis(String.prototype.lastIndexOf)
export const stringNormalize: Method<string, [form: string], string> = uncurryThis(String.prototype.normalize)
export const stringPadEnd: Method<string, [length: number], string> = uncurryThis(String.prototype.padEnd)
export const stringPadStart: Method<string, [length: number, filler?: string], string> = uncurryThis(String.prototype.padStart)
export const stringRepeat: Method<string, [count: number], string> = uncurryThis(String.prototype.repeat)
export const stringSlice: Method<string, [from: number, to?: number], string> = uncurryThis(String.prototype.slice)
export const stringStartsWith: Method<string, [part: string, from?: number], boolean> = uncurryThis(String.prototype.startsWith)
export const stringToLowerCase: Method<string, [], string> = uncurryThis(String.prototype.toLowerCase)
export const stringTrim: Method<string, [], string> = uncurryThis(String.prototype.trim)
export const stringToWellFormed: Method<string, [], string> = uncurryThis(String.prototype.toWellFormed)
export const { fromCharCode } = String
export const IntrinsicString = String

/** Replaces every occurrence of a text; the replacement is taken as it is. */
export function stringReplaceAll(text: string, part: string, replacement: string): string {
  let at = stringIndexOf(text, part)
  if (at === -1) return text
  let result = ''
  let from = 0
  while (at !== -1) {
    result += stringSlice(text, from, at) + replacement
    from = at + part.length
    at = stringIndexOf(text, part, from)
  }
  return result + stringSlice(text, from)
}

/** The parts of a text between the occurrences of a separator. */
export function stringSplit(text: string, separator: string): string[] {
  const parts = createList<string>()
  let from = 0
  for (let at = stringIndexOf(text, separator); at !== -1; at = stringIndexOf(text, separator, from)) {
    arrayPush(parts, stringSlice(text, from, at))
    from = at + separator.length
  }
  arrayPush(parts, stringSlice(text, from))
  return parts
}

export const IntrinsicRegExp = RegExp

// Regular expressions. `exec` itself asks no prototype; only literals of the runtime are run.
const exec: Method<RegExp, [text: string], RegExpExecArray | null> = uncurryThis(RegExp.prototype.exec)
export function regExpTest(pattern: RegExp, text: string): boolean {
  return exec(pattern, text) !== null
}
export const regExpExec = exec
export const regExpSource: (pattern: object) => string = uncurryThis(getterOf<string>(RegExp.prototype, 'source'))
const flagGetters = (['hasIndices', 'global', 'ignoreCase', 'multiline', 'dotAll', 'unicode', 'unicodeSets', 'sticky'] as const).map((name) => uncurryThis(getterOf<boolean>(RegExp.prototype, name)))
/** The flags as the pattern was made with, whatever its properties say. */
export function regExpFlags(pattern: object): string {
  let flags = ''
  for (let index = 0; index < flagGetters.length; index++) if (flagGetters[index]?.(pattern) === true) flags += 'dgimsuvy'[index]
  return flags
}

// Numbers, BigInts, symbols
export const { isFinite: isFiniteNumber, isInteger, isNaN: isNaNumber, isSafeInteger, parseInt: numberParseInt, parseFloat: numberParseFloat } = Number
export const IntrinsicNumber = Number
export const numberToString: Method<number, [radix?: number], string> = uncurryThis(Number.prototype.toString)
export const numberToFixed: Method<number, [digits: number], string> = uncurryThis(Number.prototype.toFixed)
export const bigintToString: Method<bigint, [radix?: number], string> = uncurryThis(BigInt.prototype.toString)
export const IntrinsicBigInt = BigInt
export const numberValue: (value: unknown) => number = uncurryThis(Number.prototype.valueOf)
export const stringValue: (value: unknown) => string = uncurryThis(String.prototype.valueOf)
export const booleanValue: (value: unknown) => boolean = uncurryThis(Boolean.prototype.valueOf)
export const bigintValue: (value: unknown) => bigint = uncurryThis(BigInt.prototype.valueOf)
export const symbolValue: (value: unknown) => symbol = uncurryThis(Symbol.prototype.valueOf)
export const symbolToString: Method<symbol, [], string> = uncurryThis(Symbol.prototype.toString)
export const { iterator: symbolIterator, toPrimitive: symbolToPrimitive, toStringTag: symbolToStringTag } = Symbol
export const { abs, floor, imul, max, min, round, sqrt, trunc } = Math

// JSON. `parse` without a reviver reaches nothing; `stringify` asks objects for `toJSON`: give it primitives, or look first.
export const { parse: jsonParse, stringify: jsonStringify } = JSON

// Functions
export const functionToString: Method<object, [], string> = uncurryThis(Function.prototype.toString)
export const FunctionPrototype = Function.prototype as object

// Maps and sets
export const IntrinsicMap = Map
export const mapGet: <K, V>(map: ReadonlyMap<K, V>, key: K) => V | undefined = uncurryThis(Map.prototype.get) as never
export const mapSet: <K, V>(map: Map<K, V>, key: K, value: V) => Map<K, V> = uncurryThis(Map.prototype.set) as never
export const mapHas: <K>(map: ReadonlyMap<K, unknown>, key: K) => boolean = uncurryThis(Map.prototype.has)
export const mapDelete: <K>(map: Map<K, unknown>, key: K) => boolean = uncurryThis(Map.prototype.delete)
export const mapForEach: <K, V>(map: ReadonlyMap<K, V>, visit: (value: V, key: K) => void) => void = uncurryThis(Map.prototype.forEach) as never
export const mapEntries: <K, V>(map: ReadonlyMap<K, V>) => MapIterator<[K, V]> = uncurryThis(Map.prototype.entries) as never
export const mapSize: (map: object) => number = uncurryThis(getterOf<number>(Map.prototype, 'size'))
export const mapIteratorNext: <T>(iterator: MapIterator<T>) => IteratorResult<T, undefined> = uncurryThis(new Map().entries().next) as never
export const IntrinsicSet = Set
export const setHas: <T>(set: ReadonlySet<T>, item: T) => boolean = uncurryThis(Set.prototype.has)
export const setAdd: <T>(set: Set<T>, item: T) => Set<T> = uncurryThis(Set.prototype.add) as never
export const setDelete: <T>(set: Set<T>, item: T) => boolean = uncurryThis(Set.prototype.delete)
export const setForEach: <T>(set: ReadonlySet<T>, visit: (item: T) => void) => void = uncurryThis(Set.prototype.forEach) as never
export const setValues: <T>(set: ReadonlySet<T>) => SetIterator<T> = uncurryThis(Set.prototype.values) as never
export const setSize: (set: object) => number = uncurryThis(getterOf<number>(Set.prototype, 'size'))
export const setIteratorNext: <T>(iterator: SetIterator<T>) => IteratorResult<T, undefined> = uncurryThis(new Set().values().next) as never
export const IntrinsicWeakMap = WeakMap
export const weakMapGet: <K extends WeakKey, V>(map: WeakMap<K, V>, key: K) => V | undefined = uncurryThis(WeakMap.prototype.get) as never
export const weakMapSet: <K extends WeakKey, V>(map: WeakMap<K, V>, key: K, value: V) => unknown = uncurryThis(WeakMap.prototype.set) as never
export const weakMapHas: (map: WeakMap<WeakKey, unknown>, key: WeakKey) => boolean = uncurryThis(WeakMap.prototype.has)
export const IntrinsicWeakSet = WeakSet
export const weakSetAdd: <T extends WeakKey>(set: WeakSet<T>, item: T) => unknown = uncurryThis(WeakSet.prototype.add) as never
export const weakSetHas: (set: WeakSet<WeakKey>, item: WeakKey) => boolean = uncurryThis(WeakSet.prototype.has)

// Errors
export const IntrinsicError = Error
export const ErrorPrototype: object = Error.prototype
export const errorToString: (error: object) => string = uncurryThis(Error.prototype.toString) as never
export const IntrinsicTypeError = TypeError
export const IntrinsicReferenceError = ReferenceError
export const IntrinsicRangeError = RangeError
export const IntrinsicSyntaxError = SyntaxError
export const isError: (value: unknown) => value is Error = Error.isError
/** V8's: gives an object a `stack`, without the frames above a function. */
export const { captureStackTrace } = Error as unknown as { captureStackTrace(target: object, above?: object): void }

// Promises
export const IntrinsicPromise = Promise
const then: (promise: Promise<unknown>, fulfilled?: unknown, rejected?: unknown) => Promise<unknown> = uncurryThis(Promise.prototype.then) as never
export const promiseResolve: <T>(value: T | PromiseLike<T>) => Promise<Awaited<T>> = Promise.resolve.bind(Promise) as never
export const promiseReject: (reason: unknown) => Promise<never> = Promise.reject.bind(Promise)

/** `then` of a promise that the runtime made: the promise's own `constructor` is out of the way, so no species is asked for. */
export function promiseThen<T, A, B = never>(promise: Promise<T>, fulfilled?: (value: T) => A, rejected?: (reason: unknown) => B): Promise<Awaited<A> | Awaited<B>> {
  if (!hasOwn(promise, 'constructor')) defineHidden(promise, 'constructor', undefined)
  return then(promise, fulfilled, rejected) as Promise<Awaited<A> | Awaited<B>>
}

// Bytes
export const IntrinsicArrayBuffer = ArrayBuffer
export const IntrinsicUint8Array = Uint8Array
export const IntrinsicFloat64Array = Float64Array
export const { isView } = ArrayBuffer
const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object
export const typedArrayTag: (value: unknown) => string | undefined = uncurryThis(getterOf<string | undefined>(TypedArrayPrototype, Symbol.toStringTag))
export const typedArrayLength: (view: object) => number = uncurryThis(getterOf<number>(TypedArrayPrototype, 'length'))
export const typedArrayByteLength: (view: object) => number = uncurryThis(getterOf<number>(TypedArrayPrototype, 'byteLength'))
export const typedArrayByteOffset: (view: object) => number = uncurryThis(getterOf<number>(TypedArrayPrototype, 'byteOffset'))
export const typedArrayBuffer: (view: object) => ArrayBuffer = uncurryThis(getterOf<ArrayBuffer>(TypedArrayPrototype, 'buffer'))
export const typedArraySet: (view: object, source: ArrayLike<unknown>, offset?: number) => void = uncurryThis(Uint8Array.prototype.set) as never
export const arrayBufferByteLength: (buffer: object) => number = uncurryThis(getterOf<number>(ArrayBuffer.prototype, 'byteLength'))
export const arrayBufferDetached: (buffer: object) => boolean = uncurryThis(getterOf<boolean>(ArrayBuffer.prototype, 'detached'))
export const arrayBufferTransfer: (buffer: object) => ArrayBuffer = uncurryThis(ArrayBuffer.prototype.transfer)
export const sharedByteLength: (buffer: object) => number = uncurryThis(getterOf<number>(SharedArrayBuffer.prototype, 'byteLength'))
export const dataViewByteLength: (view: object) => number = uncurryThis(getterOf<number>(DataView.prototype, 'byteLength'))
export const dataViewByteOffset: (view: object) => number = uncurryThis(getterOf<number>(DataView.prototype, 'byteOffset'))
export const dataViewBuffer: (view: object) => ArrayBuffer = uncurryThis(getterOf<ArrayBuffer>(DataView.prototype, 'buffer'))
export const bytesToBase64: (bytes: Uint8Array) => string = uncurryThis(Uint8Array.prototype.toBase64)
export const bytesFromBase64: (text: string) => Uint8Array<ArrayBuffer> = Uint8Array.fromBase64

export const arrayBufferResizable: (buffer: object) => boolean = uncurryThis(getterOf<boolean>(ArrayBuffer.prototype, 'resizable'))
export const arrayBufferMaxByteLength: (buffer: object) => number = uncurryThis(getterOf<number>(ArrayBuffer.prototype, 'maxByteLength'))
/** Views of a buffer, by the name of their class. */
export const viewConstructors: ReadonlyMap<string, new (buffer: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView> = new Map(
  [
    DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array,
  ].map((made) => [made.name, made as never]),
)

// Dates
export const IntrinsicDate = Date
export const dateGetTime: (date: object) => number = uncurryThis(Date.prototype.getTime)
export const dateToISOString: (date: object) => string = uncurryThis(Date.prototype.toISOString)
export const dateToString: (date: object) => string = uncurryThis(Date.prototype.toString)

/** The getter of an own accessor. Only for load time. */
export function getterOf<Result>(target: object, key: PropertyKey): (this: never) => Result {
  const getter = Object.getOwnPropertyDescriptor(target, key)?.get
  if (getter === undefined) throw new TypeError(`The isolate has no getter ${String(key)}`)
  return getter as (this: never) => Result
}

// Texts of URLs
export const encodeComponent: (text: string) => string = encodeURIComponent
