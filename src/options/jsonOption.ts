/** What claims to be JSON in; a frozen copy of it out. */
import { expected, isPlainObject } from './check.ts'

export function jsonObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) throw expected(name, 'an object of JSON values', value, false)
  // A plain object comes out as a plain object.
  return jsonValue(value, name) as Readonly<Record<string, unknown>>
}

export function jsonSchema(value: unknown, name: string): unknown {
  if (!isPlainObject(value)) throw expected(name, 'a JSON Schema object', value, false)
  return jsonValue(value, name)
}

/** A frozen copy: what is written into a session cannot change under it, and what JSON would drop in silence is refused by its place. */
function jsonValue(value: unknown, name: string, above: readonly unknown[] = []): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
  if (above.includes(value)) throw new RangeError(`Expected \`${name}\` to be a JSON value, got a reference to what it is in`)
  if (Array.isArray(value)) return Object.freeze(Array.from(value, (item: unknown, index) => jsonValue(item, `${name}[${index}]`, [...above, value])))
  if (!isPlainObject(value)) throw expected(name, 'a JSON value', value, typeof value === 'number')
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.freeze(Object.fromEntries(entries.map(([key, item]) => [key, jsonValue(item, `${name}.${key}`, [...above, value])])))
}
