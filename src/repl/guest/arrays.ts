/** An array in; its own properties out without naming every index, which for a long array costs more than the array. */
import { arrayPush, createList, hasOwn, lookupGetter, max, objectKeys, regExpTest } from './primordials.ts'

/** Longest array whose other properties are looked for: the engine names every index before the first of them. */
export const maxListedLength = 16_384

/** Longer arrays are kept as tables by the engine: their memory would not fit a guest. */
const maxDenseLength = 50_000_000

/** Whether naming all properties of an array is cheap: it is short, or nearly all holes, judged by items evenly spread over it. */
export function isListable(array: readonly unknown[]): boolean {
  const { length } = array
  if (length <= maxListedLength || length > maxDenseLength) return true
  const step = max(1, length / 1_000)
  let present = 0
  for (let at = 0; at < length; at += step) if (hasOwn(array, at - (at % 1))) present++
  return present * step < 50_000
}

/** Whether a key is an array index. */
export function isIndex(key: string | symbol): boolean {
  // The longest index, 4294967294, has ten digits.
  return typeof key === 'string' && key.length <= 10 && regExpTest(/^(?:0|[1-9]\d*)$/, key) && +key < 4_294_967_295
}

/** Enumerable properties of an array beside its items; none for what is not {@link isListable}. */
export function extraProperties(array: readonly unknown[]): string[] {
  const extra = createList<string>()
  if (!isListable(array)) return extra
  const keys = objectKeys(array)
  // Indices come first: what is left is at the end.
  let first = keys.length
  while (first > 0 && !isIndex(keys[first - 1] as string)) first--
  for (let index = first; index < keys.length; index++) arrayPush(extra, keys[index] as string)
  return extra
}

/** An own property's value; undefined for nothing, and for an accessor, which is not run. */
export function ownData(holder: object, key: string | number): unknown {
  // Own properties only: beyond a hole there may be anything, a proxy too.
  return hasOwn(holder, key) && lookupGetter(holder, key) === undefined ? (holder as Record<string | number, unknown>)[key] : undefined
}
