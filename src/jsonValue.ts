/** A value as a program gave it in; the same as JSON can hold it out. */
import { types } from 'node:util'

/** Values nested deeper than this are null: JSON itself could not be written, or read, much deeper. */
const maxDepth = 1_000

/** Most values in the whole: a value that crossed may name one object a million times, which JSON would write out each time. */
const maxValues = 10_000_000

/** What JSON cannot hold (undefined, BigInt, Map, an object inside itself…) is null; a Date is its ISO text. */
export function jsonValue(value: unknown): unknown {
  const walk = { above: new Set<object>(), left: maxValues }
  const copy = jsonCopy(value, walk)
  return walk.left < 0 ? null : copy
}

function jsonCopy(value: unknown, walk: { readonly above: Set<object>; left: number }): unknown {
  walk.left -= 1
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object' || value === null || walk.left < 0 || walk.above.has(value) || walk.above.size >= maxDepth) return null
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (types.isBoxedPrimitive(value)) return jsonCopy(value.valueOf(), walk)
  if (!Array.isArray(value) && !isPlain(value)) return null
  // An array may claim four thousand million places and fill none of them.
  if (Array.isArray(value)) walk.left -= value.length
  if (walk.left < 0) return null
  walk.above.add(value)
  const copy = Array.isArray(value)
    ? Array.from(value, (item: unknown) => jsonCopy(item, walk))
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, jsonCopy(item, walk)]))
  walk.above.delete(value)
  return copy
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
