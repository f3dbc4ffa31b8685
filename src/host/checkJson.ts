/** A value that claims to be JSON in; the same value, within bounds, out. */

export interface JsonBounds {
  /** UTF-16 units of its JSON. */
  readonly maxUnits: number
  readonly maxDepth: number
}

/** Throws TypeError for what JSON cannot hold, RangeError for what is over a bound. Its depth is looked at first: to write it out takes stack. */
export function checkJson<T>(value: T, name: string, { maxUnits, maxDepth }: JsonBounds): T {
  let level: readonly unknown[] = [value]
  let left = maxUnits
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new RangeError(`Expected \`${name}\` to be nested at most ${maxDepth} levels deep`)
    const next: unknown[] = []
    for (const one of level) {
      if (!isJson(one)) throw new TypeError(`Expected \`${name}\` to hold nothing but JSON, found ${describe(one)}`)
      if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) next.push(inner)
    }
    left -= level.length
    if (left < 0) break
    level = next
  }
  if (left < 0 || JSON.stringify(value).length > maxUnits) throw new RangeError(`Expected \`${name}\` to be at most ${maxUnits} characters of JSON`)
  return value
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `an object of class ${value.constructor?.name ?? 'unknown'}` : String(value)
}
