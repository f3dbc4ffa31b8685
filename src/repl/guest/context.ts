/** The texts of `context` as they come in; the global `context`, which says why when it cannot be read, out. */
import { arrayPush, ArrayPrototype, createList, freeze, IntrinsicError, setPrototypeOf } from './primordials.ts'

export type ContextKind = 'none' | 'string' | 'array' | 'tooLarge'

let kind: ContextKind = 'none'
let value: string | readonly string[] | undefined
let texts = createList<string>()

export function setContextKind(given: ContextKind): void {
  kind = given
  texts = createList()
  value = kind === 'none' ? freeze([]) : undefined
}

/** Takes one text; with the last, `context` can be read. */
export function addContextText(text: string, last: boolean): void {
  arrayPush(texts, text)
  if (last) value = kind === 'string' ? texts[0] : freeze(setPrototypeOf(texts, ArrayPrototype) as string[])
}

/** What `context` is. Throws an error that names the way for one that is too large, or was not asked for by name. */
export function readContext(): string | readonly string[] {
  if (value !== undefined) return value
  if (kind === 'tooLarge') {
    throw new IntrinsicError('`context` is larger than this sandbox can hold; read it piece by piece with `docs`: docs[0].slice(from, to), docs[0].readLines(from, count), or for await (const text of docs[0].chunks())')
  }
  throw new IntrinsicError('`context` is loaded by the first cell whose own text names it: write `context` in the cell itself, or use `docs`')
}
