/** The value of one option in; the same value, of its right type and within its range, out, or an error that names the option. */
import { inspect } from 'node:util'

/** Gives the value of an option as it claims to be. Throws TypeError for one of the wrong type, RangeError for one out of range; each names the option and shows the value. */
export type Check<T> = (value: unknown, name: string) => T

/** `undefined` is "not named", so that `{model: process.env.MODEL}` works; `null` is a value, and a wrong one. */
export function given<T>(value: unknown, name: string, check: Check<T>): T | undefined {
  return value === undefined ? undefined : check(value, name)
}

/** A misspelt option must not be ignored: it can cost money. */
export function checkNames(of: string, options: unknown, known: readonly string[]): void {
  if (!isPlainObject(options)) throw new TypeError(`Expected the options of ${of} to be an object, got ${show(options)}`)
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`Expected the options of ${of} to be among ${known.map((known) => `\`${known}\``).join(', ')}, got \`${name}\``)
  }
}

export function expected(name: string, what: string, value: unknown, rightType: boolean): TypeError | RangeError {
  const message = `Expected \`${name}\` to be ${what}, got ${show(value)}`
  return rightType ? new RangeError(message) : new TypeError(message)
}

export function show(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 5, customInspect: false })
}

export function text(what: string, { empty = false } = {}): Check<string> {
  return (value, name) => {
    if (typeof value !== 'string') throw expected(name, what, value, false)
    if (!empty && value === '') throw expected(name, what, value, true)
    return value
  }
}

export function oneOf<const T extends string>(values: readonly T[]): Check<T> {
  const what = values.map((value) => `'${value}'`).join(values.length === 2 ? ' or ' : ', ').replace(/, ([^,]*)$/, ' or $1')
  return (value, name) => {
    const found = values.find((candidate) => candidate === value)
    if (found === undefined) throw expected(name, what, value, typeof value === 'string')
    return found
  }
}

export function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw expected(name, 'true or false', value, false)
  return value
}

export function listOf<T>(check: Check<T>, what: string): Check<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw expected(name, what, value, false)
    return Object.freeze(Array.from(value, (item: unknown, index) => check(item, `${name}[${index}]`)))
  }
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}
