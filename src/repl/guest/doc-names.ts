/** Handles of documents in; their numbers, by handle, number or name, out. */
import { shown } from './options.ts'
import { arrayPush, createList, IntrinsicRangeError, IntrinsicTypeError, IntrinsicWeakMap, isArray, isInteger, jsonStringify, weakMapGet, weakMapSet } from './primordials.ts'

export interface KnownDoc {
  readonly doc: number
  readonly name: string
  readonly bytes: number
}

const numbers = new IntrinsicWeakMap<object, number>()
const known = createList<KnownDoc>()

/** To be called for each document, in order. */
export function nameDoc(handle: object, doc: KnownDoc): void {
  weakMapSet(numbers, handle, doc.doc)
  known[doc.doc] = doc
}

/** How many documents there are. */
export function docCount(): number {
  return known.length
}

export function docOf(doc: number): KnownDoc {
  return known[doc] as KnownDoc // of numbersOf, or below docCount
}

/** The documents that a program means: by one of their names, numbers or handles, or several of them. Throws TypeError or RangeError for what is none. */
export function numbersOf(meant: unknown): readonly number[] {
  const found = createList<number>()
  if (!isArray(meant)) add(found, meant, '`docs`')
  else for (let index = 0; index < meant.length; index++) add(found, meant[index], `\`docs[${index}]\``)
  return found
}

function add(found: number[], meant: unknown, what: string): void {
  if (typeof meant === 'string') return addNamed(found, meant, what)
  if (typeof meant === 'object' && meant !== null) {
    const number = weakMapGet(numbers, meant)
    if (number !== undefined) return addOnce(found, number)
  }
  if (typeof meant !== 'number') throw new IntrinsicTypeError(`Expected ${what} to be a document's name, number or handle, got ${shown(meant)}`)
  if (!isInteger(meant) || meant < 0 || meant >= known.length) throw new IntrinsicRangeError(`Expected ${what} to be the number of one of ${known.length} documents, from 0, got ${meant}`)
  addOnce(found, meant)
}

function addNamed(found: number[], name: string, what: string): void {
  let isThere = false
  for (let index = 0; index < known.length; index++) {
    if (known[index]?.name !== name) continue
    isThere = true
    addOnce(found, index)
  }
  if (!isThere) throw new IntrinsicRangeError(`Expected ${what} to name a document, got ${shown(name)}; ${known.length === 0 ? 'none is loaded' : `the first of ${known.length} is ${jsonStringify(known[0]?.name)}`}`)
}

function addOnce(found: number[], doc: number): void {
  for (let index = 0; index < found.length; index++) if (found[index] === doc) return
  arrayPush(found, doc)
}
