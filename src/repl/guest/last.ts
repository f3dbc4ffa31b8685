/** What a cell gave or threw in; `_` and `_error`, until the program takes these names for itself, out. */
import { defineHidden, IntrinsicMap, mapGet, mapSet, objectIs, ownDescriptor } from './primordials.ts'

/** What was kept under each name; `isOurs` is false once the program has made something of its own of it. */
const kept = new IntrinsicMap<string, { value: unknown; isOurs: boolean }>([
  ['_', { value: undefined, isOurs: true }],
  ['_error', { value: undefined, isOurs: true }],
])

/** The program may delete the name that it goes by. */
const scope: object = globalThis

export function keepLast(name: '_' | '_error', value: unknown): void {
  const last = mapGet(kept, name)
  if (last === undefined || !last.isOurs) return
  const descriptor = ownDescriptor(scope, name)
  const isUntouched = descriptor === undefined || (descriptor.enumerable === false && objectIs(descriptor.value, last.value))
  mapSet(kept, name, { value, isOurs: isUntouched })
  if (!isUntouched) return
  try {
    defineHidden(scope, name, value)
  } catch {
    // The program made the global object non-extensible.
  }
}
