/** What is named as context in; where its documents come from, in a form that cannot change any more, out. */
import type { EncodingName } from '../types.ts'
import { type Check, expected, isPlainObject, listOf, oneOf } from './check.ts'

/** A text held in memory, under a name. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/** Files whose encoding is declared. */
export interface EncodedFiles {
  /** A path, a glob, `-` for stdin, or a `file:` URL. */
  readonly path: string | URL
  /** How their bytes are text where they have no byte order mark. */
  readonly encoding: EncodingName
}

/** Where a document comes from: a path or glob, a `file:` URL, one of these with its encoding, or a text. */
export type ContextSource = string | URL | EncodedFiles | NamedText

export const encodingName: Check<EncodingName> = oneOf(['utf-8', 'utf-16le', 'utf-16be', 'latin1'])

export function contextSources(value: unknown, name: string): readonly ContextSource[] | Readonly<Record<string, ContextSource>> {
  if (Array.isArray(value)) return listOf(contextSource, 'a list')(value, name)
  if (isPlainObject(value) && !isNamedText(value) && !isEncodedFiles(value)) {
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, source]) => [key, contextSource(source, `${name}.${key}`)])))
  }
  return Object.freeze([contextSource(value, name)])
}

function contextSource(value: unknown, name: string): ContextSource {
  const what = 'a path, a glob, a `file:` URL, {path, encoding} or {name, text}'
  if (typeof value === 'string' || value instanceof URL) return filePath(value, name, what)
  if (isPlainObject(value) && isEncodedFiles(value)) {
    return Object.freeze({ path: filePath(value.path, `${name}.path`, what), encoding: encodingName(value.encoding, `${name}.encoding`) })
  }
  if (isPlainObject(value) && isNamedText(value)) return Object.freeze({ name: value.name, text: value.text })
  throw expected(name, what, value, false)
}

function filePath(value: string | URL, name: string, what: string): string | URL {
  if (value === '' || (value instanceof URL && value.protocol !== 'file:')) throw expected(name, what, String(value), true)
  return value
}

/** With whatever encoding: that is checked apart, for its own message. */
function isEncodedFiles(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & { readonly path: string | URL } {
  return (typeof value['path'] === 'string' || value['path'] instanceof URL) && value['encoding'] !== undefined && Object.keys(value).length === 2
}

function isNamedText(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & NamedText {
  return typeof value['name'] === 'string' && typeof value['text'] === 'string' && Object.keys(value).length === 2
}
