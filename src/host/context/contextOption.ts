/** The `context` option in; a flat list of what to load, checked, out. */
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import type { EncodingName } from '../../types.ts'
import { encodingNames } from './encoding.ts'

/** A text that is a document of its own. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/** What a session kept of a text that came from no file of its own. */
export interface KeptText {
  readonly name: string
  readonly hash: string
  /** Its UTF-8, or the path of a file that has it. Invalid bytes stay as they are. */
  readonly content: Uint8Array | string
}

/** Files whose encoding is declared: `path` is whatever may stand alone, a folder and `-` included. */
export interface EncodedFiles {
  readonly path: string | URL
  /** How their bytes are text, where they have no byte order mark. `latin1` is ISO 8859-1, each byte the character of its number. */
  readonly encoding: EncodingName
}

/** A path, a glob, `-` for stdin, a `file:` URL, one of these with its encoding, or a text. A path that exists wins over its reading as a glob. */
export type ContextSource = string | URL | EncodedFiles | NamedText

/** What to load: one source, a list of them, or an object whose keys become the documents' names. */
export type ContextOption = ContextSource | readonly ContextSource[] | Readonly<Record<string, ContextSource | readonly ContextSource[]>>

/** What a session had loaded, by name. */
export type KeptContext = Readonly<Record<string, string | EncodedFiles | KeptText>>

/** One source. `name` is the key it stood under, where it stood under one. */
export type ContextItem =
  | { readonly type: 'path'; readonly path: string; readonly isUrl: boolean; readonly name: string | undefined; readonly encoding: EncodingName | undefined }
  | { readonly type: 'stdin'; readonly name: string | undefined; readonly encoding: EncodingName | undefined }
  | { readonly type: 'text'; readonly utf8: Buffer; readonly name: string }
  | { readonly type: 'kept'; readonly text: KeptText }

/** Throws TypeError, or RangeError, for what is none of the above. */
export function contextItems(option: ContextOption | KeptContext): ContextItem[] {
  if (Array.isArray(option)) return sourceItems(option, undefined, '`context`')
  if (isSource(option)) return [sourceItem(option, undefined, '`context`')]
  if (typeof option !== 'object' || option === null) throw unexpected('`context`', option)
  return Object.entries(option).flatMap(([name, source]) =>
    Array.isArray(source) ? sourceItems(source, name, `\`context.${name}\``) : [sourceItem(source as AnySource, name, `\`context.${name}\``)],
  )
}

type AnySource = ContextSource | KeptText

function sourceItems(sources: readonly AnySource[], name: string | undefined, what: string): ContextItem[] {
  return sources.map((source) => sourceItem(source, name, what))
}

function sourceItem(source: AnySource, name: string | undefined, what: string): ContextItem {
  if (!isSource(source)) throw unexpected(what, source)
  if (typeof source === 'string' || source instanceof URL) return fileItem(source, { name, encoding: undefined }, what)
  if ('hash' in source) return { type: 'kept', text: source }
  // A half of a pair has no UTF-8: here it becomes what it would be in a file.
  if ('text' in source) return { type: 'text', utf8: Buffer.from(source.text), name: name ?? source.name }
  return fileItem(source.path, { name, encoding: checkedEncoding(source.encoding, `${what.slice(0, -1)}.encoding\``) }, what)
}

function fileItem(path: string | URL, rest: { readonly name: string | undefined; readonly encoding: EncodingName | undefined }, what: string): ContextItem {
  if (path instanceof URL) return { type: 'path', path: filePath(path, what), isUrl: true, ...rest }
  if (path === '-') return { type: 'stdin', ...rest }
  if (/^file:/i.test(path)) return { type: 'path', path: filePath(new URL(path), what), isUrl: true, ...rest }
  if (path === '' || path.includes('\0')) throw new RangeError(`Expected ${what} to name a file, got ${JSON.stringify(path)}`)
  return { type: 'path', path, isUrl: false, ...rest }
}

/** Throws TypeError for what is no name, RangeError for one that names no encoding. */
function checkedEncoding(value: unknown, what: string): EncodingName {
  const found = encodingNames.find((name) => name === value)
  if (found !== undefined) return found
  const names = encodingNames.map((name) => `'${name}'`)
  const message = `Expected ${what} to be ${names.slice(0, -1).join(', ')} or ${names.at(-1)}, got ${inspect(typeof value === 'string' ? value.slice(0, 40) : value, { depth: 0 })}`
  throw typeof value === 'string' ? new RangeError(message) : new TypeError(message)
}

function filePath(url: URL, what: string): string {
  if (url.protocol !== 'file:') throw new RangeError(`Expected ${what} to be a \`file:\` URL, got ${JSON.stringify(url.href)}`)
  return fileURLToPath(url)
}

function isSource(value: unknown): value is AnySource {
  if (typeof value === 'string' || value instanceof URL) return true
  if (typeof value !== 'object' || value === null) return false
  const { name, text, hash, content, path, encoding } = value as Partial<Record<string, unknown>> // any object may be asked for any key
  const { length } = Object.keys(value)
  if (length === 3) return typeof name === 'string' && typeof hash === 'string' && (typeof content === 'string' || content instanceof Uint8Array)
  if (length !== 2) return false
  if (typeof name === 'string') return typeof text === 'string'
  return (typeof path === 'string' || path instanceof URL) && encoding !== undefined
}

function unexpected(what: string, value: unknown): TypeError {
  const shown = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new TypeError(`Expected ${what} to be a path, a glob, a \`file:\` URL, {path, encoding} or {name, text}, got ${shown}`)
}
