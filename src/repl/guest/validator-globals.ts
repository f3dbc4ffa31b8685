/**
 * Nothing in; what the validator's library expects on the global object out. Only for the validator's own context, which no program reaches.
 * Imported before the library.
 */

/** As much of URL as resolving `#/…` and `$id` takes: no reference leaves the schema, so a host is never looked at. */
class SchemaUrl {
  #base: string
  #hash: string

  constructor(given: unknown, base = '') {
    // What is no text is found out later, with its place.
    const reference = String(given)
    const at = reference.indexOf('#')
    const before = at === -1 ? reference : reference.slice(0, at)
    this.#base = before === '' ? base.replace(/#.*$/su, '') : before
    this.#hash = at === -1 || at === reference.length - 1 ? '' : reference.slice(at)
  }

  get href(): string {
    return this.#base + this.#hash
  }

  get hash(): string {
    return this.#hash
  }

  set hash(hash: string) {
    this.#hash = hash === '' || hash.startsWith('#') ? hash : `#${hash}`
  }
}

const NativeRegExp = RegExp
const patterns = new Map<string, RegExp>()

/** Patterns are read as Unicode ones, or else as plain ones: many schemas escape what Unicode patterns must not escape. Each is compiled once. */
function LenientRegExp(source: string, flags?: string): RegExp {
  const key = `${flags}/${source}`
  const known = patterns.get(key)
  if (known !== undefined) return known
  const made = compile(source, flags)
  if (patterns.size >= 1_000) patterns.clear()
  patterns.set(key, made)
  return made
}

function compile(source: string, flags: string | undefined): RegExp {
  try {
    return new NativeRegExp(source, flags)
  } catch (error) {
    if (flags !== 'u') throw error
    return new NativeRegExp(source)
  }
}

Object.assign(globalThis, { URL: SchemaUrl, RegExp: LenientRegExp })
