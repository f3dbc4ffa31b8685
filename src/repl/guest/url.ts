/** Nothing in; URL and URLSearchParams out. The sandbox process parses; the guest holds the parts. */
import { IntrinsicTypeError, defineHidden, defineOwn, defineProperty, stringToWellFormed, symbolIterator } from './primordials.ts'
import { addDisplay } from './displays.ts'
import { takeNative } from './native.ts'
import { publish } from './publish.ts'
import { URLSearchParams, createParams, resetParams } from './search-params.ts'

/** The parts, in the order of {@link partNames}. */
type Parts = readonly string[]

const parseUrl = takeNative<(input: string, base: string | undefined) => Parts | null>('parseUrl')
const setUrlPart = takeNative<(href: string, part: string, value: string) => Parts | null>('setUrlPart')

const partNames = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const

class URL {
  #parts: Parts
  #params: URLSearchParams | undefined

  constructor(input: unknown, base?: unknown) {
    if (arguments.length === 0) throw new IntrinsicTypeError('The "url" argument must be specified')
    const parts = parse(input, base)
    if (parts === null) throw invalidUrl(`${input as string}`)
    this.#parts = parts
  }

  static {
    for (let index = 0; index < partNames.length; index++) {
      const name = partNames[index] as string
      defineProperty(URL.prototype, name, {
        __proto__: null,
        get(this: URL) {
          return this.#parts[index]
        },
        ...(name === 'origin' ? {} : { set: setter(name) }),
        enumerable: true,
        configurable: true,
      } as PropertyDescriptor)
    }
    function setter(name: string): (value: unknown) => void {
      return function set(this: URL, value: unknown): void {
        this.#set(name, `${value as string}`)
      }
    }
    addDisplay((value) => {
      if (!(#parts in value)) return undefined
      const fields: Record<string, unknown> = { __proto__: null as never }
      for (let index = 0; index < partNames.length; index++) {
        if (partNames[index] === 'hash') defineOwn(fields, 'searchParams', value.#searchParams())
        defineOwn(fields, partNames[index] as string, value.#parts[index])
      }
      return { type: 'fields', fields }
    })
  }

  static canParse(input: unknown, base?: unknown): boolean {
    return parse(input, base) !== null
  }

  static parse(input: unknown, base?: unknown): URL | null {
    const parts = parse(input, base)
    return parts === null ? null : new URL(parts[0])
  }

  get searchParams(): URLSearchParams {
    return this.#searchParams()
  }

  toString(): string {
    return this.#parts[0] as string
  }

  toJSON(): string {
    return this.#parts[0] as string
  }

  #searchParams(): URLSearchParams {
    this.#params ??= createParams(this.#parts[9] as string, (query) => {
      this.#parts = setUrlPart(this.#parts[0] as string, 'search', query) ?? this.#parts
    })
    return this.#params
  }

  #set(name: string, value: string): void {
    const parts = setUrlPart(this.#parts[0] as string, name, stringToWellFormed(value))
    if (parts === null) throw invalidUrl(value)
    this.#parts = parts
    if (this.#params !== undefined && (name === 'href' || name === 'search')) resetParams(this.#params, parts[9] as string)
  }
}

function parse(input: unknown, base: unknown): Parts | null {
  return parseUrl(stringToWellFormed(`${input as string}`), base === undefined ? undefined : stringToWellFormed(`${base as string}`))
}

function invalidUrl(input: string): TypeError {
  const error = new IntrinsicTypeError('Invalid URL')
  defineOwn(error, 'code', 'ERR_INVALID_URL')
  defineOwn(error, 'input', input)
  return error
}

export function installUrl(target: object): void {
  publish(target, 'URL', URL)
  publish(target, 'URLSearchParams', URLSearchParams)
  defineHidden(URLSearchParams.prototype, symbolIterator, URLSearchParams.prototype.entries)
}
