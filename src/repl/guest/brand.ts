/** An object in; which built-in it is out, without a line of user code being run. */
import {
  IntrinsicMap, ObjectPrototype, arrayBufferByteLength, bigintValue, booleanValue, dataViewByteLength, dateGetTime, getPrototypeOf, hasOwn, isArray, isError, isView, mapGet, mapSet, mapSize,
  numberValue, objectToString, regExpSource, setSize, sharedByteLength, stringValue, symbolIterator, symbolToStringTag, symbolValue, typedArrayTag, weakMapHas, weakSetHas,
} from './primordials.ts'
import { unproxied } from './proxies.ts'

/** 'opaque' is what has a state that nothing can copy: iterators, generators, objects of Intl, Temporal, WebAssembly and the web's classes. */
export type Brand =
  | 'object' | 'function' | 'array' | 'arguments' | 'error' | 'map' | 'set' | 'date' | 'regexp' | 'promise' | 'weakmap' | 'weakset' | 'weakref'
  | 'arraybuffer' | 'sharedarraybuffer' | 'typedarray' | 'dataview' | 'number' | 'string' | 'boolean' | 'bigint' | 'symbol' | 'opaque'

interface Kind {
  readonly brand: Brand
  /** Throws for what is not of the kind. Promises and weak references cannot be asked without an effect: their prototype decides. */
  readonly probe: (value: object) => unknown
}

const probeKey = {}
const kinds: readonly (readonly [prototype: object, kind: Kind])[] = [
  [Map.prototype, { brand: 'map', probe: mapSize }],
  [Set.prototype, { brand: 'set', probe: setSize }],
  [Date.prototype, { brand: 'date', probe: dateGetTime }],
  [RegExp.prototype, { brand: 'regexp', probe: regExpSource }],
  [ArrayBuffer.prototype, { brand: 'arraybuffer', probe: arrayBufferByteLength }],
  [SharedArrayBuffer.prototype, { brand: 'sharedarraybuffer', probe: sharedByteLength }],
  [DataView.prototype, { brand: 'dataview', probe: dataViewByteLength }],
  [WeakMap.prototype, { brand: 'weakmap', probe: (value) => weakMapHas(value as WeakMap<WeakKey, unknown>, probeKey) }],
  [WeakSet.prototype, { brand: 'weakset', probe: (value) => weakSetHas(value as WeakSet<WeakKey>, probeKey) }],
  [Number.prototype, { brand: 'number', probe: numberValue }],
  [String.prototype, { brand: 'string', probe: stringValue }],
  [Boolean.prototype, { brand: 'boolean', probe: booleanValue }],
  [BigInt.prototype, { brand: 'bigint', probe: bigintValue }],
  [Symbol.prototype, { brand: 'symbol', probe: symbolValue }],
]
const kindOf = new IntrinsicMap<object, Kind>(kinds)
const unprobed = new IntrinsicMap<object, Brand>([
  [Promise.prototype, 'promise'],
  [WeakRef.prototype, 'weakref'],
  [FinalizationRegistry.prototype, 'opaque'],
  // Its heirs are all iterators and generators; the asynchronous ones come from the prototype of `Symbol.asyncIterator`.
  [Iterator.prototype, 'opaque'],
  [Object.getPrototypeOf(Object.getPrototypeOf((async function* () {}).prototype)) as object, 'opaque'],
  ...[Intl, Temporal, (globalThis as unknown as { WebAssembly: object }).WebAssembly].flatMap(prototypesOf),
])

/** Prototypes of the classes in a namespace. */
function prototypesOf(namespace: object): [object, Brand][] {
  return Object.getOwnPropertyNames(namespace).flatMap((name): [object, Brand][] => {
    const { prototype } = ((namespace as Record<string, unknown>)[name] ?? {}) as { prototype?: object }
    return prototype === undefined || prototype instanceof Error ? [] : [[prototype, 'opaque']]
  })
}

/** Makes instances of a class of the runtime's count as 'opaque'. */
export function markOpaque(prototype: object): void {
  mapSet(unprobed, prototype, 'opaque')
}

/** Prototypes of a chain that are looked at. */
export const maxPrototypes = 1_000

/**
 * Which built-in an object is. It must not be a proxy.
 * A built-in whose prototype was replaced by Object.prototype counts as 'object'; one without any prototype is found when `thorough` is set.
 */
export function brandOf(value: object, thorough = false): Brand {
  if (typeof value === 'function') return 'function'
  if (isArray(value)) return 'array'
  if (isView(value)) return typedArrayTag(value) === undefined ? 'dataview' : 'typedarray'
  let prototype = prototypeOf(value)
  if (prototype === ObjectPrototype) return isArguments(value) ? 'arguments' : 'object'
  if (isError(value)) return 'error'
  let last = prototype
  for (let steps = 0; prototype !== null && steps < maxPrototypes; steps++) {
    const brand = mapGet(unprobed, prototype)
    if (brand !== undefined) return brand
    const kind = mapGet(kindOf, prototype)
    if (kind !== undefined && passes(kind, value)) return kind.brand
    last = prototype
    prototype = prototypeOf(prototype)
  }
  if (thorough && last !== ObjectPrototype) {
    for (let index = 0; index < kinds.length; index++) {
      const kind = kinds[index]?.[1]
      if (kind !== undefined && passes(kind, value)) return kind.brand
    }
  }
  return 'object'
}

/** The prototype as it is without traps: a proxy in a chain is passed over to what stands behind it. */
export function prototypeOf(value: object): object | null {
  const prototype = getPrototypeOf(value) as object | null
  return prototype === null ? null : unproxied(prototype)
}

/** Whether an object has another among its prototypes; no trap and no Symbol.hasInstance is asked. */
export function inherits(value: object, prototype: object): boolean {
  let holder = prototypeOf(value)
  for (let steps = 0; holder !== null && steps < maxPrototypes; steps++) {
    if (holder === prototype) return true
    holder = prototypeOf(holder)
  }
  return false
}

function passes(kind: Kind, value: object): boolean {
  try {
    kind.probe(value)
    return true
  } catch {
    // The probe's way of saying no.
    return false
  }
}

function isArguments(value: object): boolean {
  // A tag would be asked for first: with none on the object or on Object.prototype nothing can answer but the engine.
  return (
    hasOwn(value, 'callee') && hasOwn(value, symbolIterator) && !hasOwn(value, symbolToStringTag) && !hasOwn(ObjectPrototype, symbolToStringTag) &&
    objectToString(value) === '[object Arguments]'
  )
}
