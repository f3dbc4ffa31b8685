/** The query of a URL, or names and values, in; URLSearchParams out. */
import {
  IntrinsicTypeError, arrayPush, arraySort, createList, encodeComponent, isArray, objectKeys, reflectApply, stringReplaceAll, stringSlice, stringStartsWith, stringToWellFormed,
  symbolIterator,
} from './primordials.ts'
import { addDisplay } from './displays.ts'
import { takeNative } from './native.ts'

const parseQuery = takeNative<(text: string) => readonly string[]>('parseQuery')

interface Pair {
  readonly name: string
  value: string
}

/** Sets the list anew without telling the URL: it is the URL that has changed. */
export let resetParams: (params: URLSearchParams, query: string) => void
/** Makes one that tells a URL of its changes. */
export let createParams: (query: string, onChange: (query: string) => void) => URLSearchParams

export class URLSearchParams {
  #list: Pair[] = createList()
  #onChange: ((query: string) => void) | undefined

  static {
    resetParams = (params, query) => {
      params.#list = parse(query)
    }
    createParams = (query, onChange) => {
      const params = new URLSearchParams(query)
      params.#onChange = onChange
      return params
    }
    addDisplay((value) => (#list in value ? { type: 'pairs', pairs: value.#pairs() } : undefined))
  }

  constructor(init?: unknown) {
    if (init === undefined || init === null) return
    if (typeof init !== 'object' && typeof init !== 'function') this.#list = parse(textOf(init))
    else if (#list in init) for (let index = 0; index < init.#list.length; index++) arrayPush(this.#list, { ...(init.#list[index] as Pair) })
    else if ((init as Partial<Record<symbol, unknown>>)[symbolIterator] !== undefined) this.#list = pairsOf(init as Iterable<unknown>)
    else this.#list = recordOf(init)
  }

  get size(): number {
    return this.#list.length
  }

  append(name: unknown, value: unknown): void {
    arrayPush(this.#list, { name: textOf(name), value: textOf(value) })
    this.#changed()
  }

  delete(name: unknown, value?: unknown): void {
    const [wantedName, wantedValue] = [textOf(name), value === undefined ? undefined : textOf(value)]
    const kept = createList<Pair>()
    for (let index = 0; index < this.#list.length; index++) {
      const pair = this.#list[index] as Pair
      if (pair.name !== wantedName || (wantedValue !== undefined && pair.value !== wantedValue)) arrayPush(kept, pair)
    }
    this.#list = kept
    this.#changed()
  }

  get(name: unknown): string | null {
    return this.#find(textOf(name))?.value ?? null
  }

  getAll(name: unknown): string[] {
    const wanted = textOf(name)
    const values: string[] = []
    for (let index = 0; index < this.#list.length; index++) {
      const pair = this.#list[index] as Pair
      if (pair.name === wanted) arrayPush(values, pair.value)
    }
    return values
  }

  has(name: unknown, value?: unknown): boolean {
    const found = this.#find(textOf(name), value === undefined ? undefined : textOf(value))
    return found !== undefined
  }

  set(name: unknown, value: unknown): void {
    const [wanted, text] = [textOf(name), textOf(value)]
    const kept = createList<Pair>()
    let isSet = false
    for (let index = 0; index < this.#list.length; index++) {
      const pair = this.#list[index] as Pair
      if (pair.name !== wanted) arrayPush(kept, pair)
      else if (!isSet) {
        isSet = true
        arrayPush(kept, { name: wanted, value: text })
      }
    }
    if (!isSet) arrayPush(kept, { name: wanted, value: text })
    this.#list = kept
    this.#changed()
  }

  sort(): void {
    arraySort(this.#list, (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    this.#changed()
  }

  forEach(callback: unknown, self?: unknown): void {
    if (typeof callback !== 'function') throw new IntrinsicTypeError('The "callback" argument must be of type function')
    for (let index = 0; index < this.#list.length; index++) {
      const pair = this.#list[index] as Pair
      reflectApply(callback as () => unknown, self, [pair.value, pair.name, this])
    }
  }

  *entries(): Generator<[string, string], undefined> {
    for (let index = 0; index < this.#list.length; index++) {
      const pair = this.#list[index] as Pair
      yield [pair.name, pair.value]
    }
    return undefined
  }

  *keys(): Generator<string, undefined> {
    for (let index = 0; index < this.#list.length; index++) yield (this.#list[index] as Pair).name
    return undefined
  }

  *values(): Generator<string, undefined> {
    for (let index = 0; index < this.#list.length; index++) yield (this.#list[index] as Pair).value
    return undefined
  }

  toString(): string {
    let text = ''
    for (let index = 0; index < this.#list.length; index++) {
      const pair = this.#list[index] as Pair
      text += `${index === 0 ? '' : '&'}${escaped(pair.name)}=${escaped(pair.value)}`
    }
    return text
  }

  #find(name: string, value?: string): Pair | undefined {
    for (let index = 0; index < this.#list.length; index++) {
      const pair = this.#list[index] as Pair
      if (pair.name === name && (value === undefined || pair.value === value)) return pair
    }
    return undefined
  }

  #pairs(): (readonly [string, string])[] {
    const pairs = createList<readonly [string, string]>()
    for (let index = 0; index < this.#list.length; index++) arrayPush(pairs, [(this.#list[index] as Pair).name, (this.#list[index] as Pair).value])
    return pairs
  }

  #changed(): void {
    this.#onChange?.(textOfParams(this))
  }
}

const { toString } = URLSearchParams.prototype
function textOfParams(params: URLSearchParams): string {
  return reflectApply(toString, params, createList<never>() as [])
}

/** As the engine reads a USVString: a half of a surrogate pair becomes U+FFFD. */
function textOf(value: unknown): string {
  return stringToWellFormed(`${value as string}`)
}

function parse(query: string): Pair[] {
  const list = createList<Pair>()
  const text = stringStartsWith(query, '?') ? stringSlice(query, 1) : query
  if (text === '') return list
  const flat = parseQuery(text)
  for (let index = 0; index < flat.length; index += 2) arrayPush(list, { name: flat[index] as string, value: flat[index + 1] as string })
  return list
}

/** The program's own iterable of pairs, read as such. */
function pairsOf(init: Iterable<unknown>): Pair[] {
  const list = createList<Pair>()
  for (const item of init) {
    const pair = createList<string>()
    if (typeof item !== 'object' || item === null) throw new IntrinsicTypeError('Each query pair must be an iterable [name, value] tuple')
    if (isArray(item)) for (let index = 0; index < item.length; index++) arrayPush(pair, textOf(item[index]))
    else for (const part of item as Iterable<unknown>) arrayPush(pair, textOf(part))
    if (pair.length !== 2) throw new IntrinsicTypeError('Each query pair must be an iterable [name, value] tuple')
    arrayPush(list, { name: pair[0] as string, value: pair[1] as string })
  }
  return list
}

function recordOf(init: object): Pair[] {
  const list = createList<Pair>()
  const keys = objectKeys(init)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string
    arrayPush(list, { name: textOf(key), value: textOf((init as Record<string, unknown>)[key]) })
  }
  return list
}

/** Percent-encoding of application/x-www-form-urlencoded: beyond what encodeURIComponent does, !'()~ are encoded, and a space is a plus. */
function escaped(text: string): string {
  let result = encodeComponent(text)
  for (let index = 0; index < replacements.length; index += 2) result = stringReplaceAll(result, replacements[index] as string, replacements[index + 1] as string)
  return result
}

const replacements = ['%20', '+', '!', '%21', "'", '%27', '(', '%28', ')', '%29', '~', '%7E']
