/** A class of the runtime in; how its instances show themselves out, as they have no properties of their own to show. */
import { arrayPush, createList } from './primordials.ts'

/** What an instance shows between its braces. */
export type Display =
  /** Named values: `Event { type: 'abort' }`. */
  | { readonly type: 'fields'; readonly fields: Readonly<Record<string, unknown>> }
  /** Keys and values: `URLSearchParams { 'a' => '1' }`. */
  | { readonly type: 'pairs'; readonly pairs: readonly (readonly [string, string])[] }

type Describe = (value: object) => Display | undefined

const describers = createList<Describe>()

/** Adds how instances of a class show themselves; `describe` gives undefined for what is no instance, and runs no user code. */
export function addDisplay(describe: Describe): void {
  arrayPush(describers, describe)
}

export function displayOf(value: object): Display | undefined {
  for (let index = 0; index < describers.length; index++) {
    const display = describers[index]?.(value)
    if (display !== undefined) return display
  }
  return undefined
}
