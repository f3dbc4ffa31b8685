/** The `context` option in; a flat list of what to load, checked, out. */
import { fileURLToPath } from 'node:url'

/** A text that is a document of its own. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/** A path, a glob, `-` for stdin, a `file:` URL, or a text. A path that exists wins over its reading as a glob. */
export type ContextSource = string | URL | NamedText

/** What to load: one source, a list of them, or an object whose keys become the documents' names. */
export type ContextOption = ContextSource | readonly ContextSource[] | Readonly<Record<string, ContextSource | readonly ContextSource[]>>

/** One source. `name` is the key it stood under, where it stood under one. */
export type ContextItem =
  | { readonly type: 'path'; readonly path: string; readonly isUrl: boolean; readonly name: string | undefined }
  | { readonly type: 'stdin'; readonly name: string | undefined }
  | { readonly type: 'text'; readonly text: string; readonly name: string }

/** Throws TypeError, or RangeError, for what is none of the above. */
export function contextItems(option: ContextOption): ContextItem[] {
  if (Array.isArray(option)) return sourceItems(option, undefined, '`context`')
  if (isSource(option)) return [sourceItem(option, undefined, '`context`')]
  if (typeof option !== 'object' || option === null) throw unexpected('`context`', option)
  return Object.entries(option).flatMap(([name, source]) =>
    Array.isArray(source) ? sourceItems(source, name, `\`context.${name}\``) : [sourceItem(source as ContextSource, name, `\`context.${name}\``)],
  )
}

function sourceItems(sources: readonly ContextSource[], name: string | undefined, what: string): ContextItem[] {
  return sources.map((source) => sourceItem(source, name, what))
}

function sourceItem(source: ContextSource, name: string | undefined, what: string): ContextItem {
  if (!isSource(source)) throw unexpected(what, source)
  if (source instanceof URL) return { type: 'path', path: filePath(source, what), isUrl: true, name }
  if (typeof source !== 'string') return { type: 'text', text: source.text, name: name ?? source.name }
  if (source === '-') return { type: 'stdin', name }
  if (/^file:/i.test(source)) return { type: 'path', path: filePath(new URL(source), what), isUrl: true, name }
  if (source === '' || source.includes('\0')) throw new RangeError(`Expected ${what} to name a file, got ${JSON.stringify(source)}`)
  return { type: 'path', path: source, isUrl: false, name }
}

function filePath(url: URL, what: string): string {
  if (url.protocol !== 'file:') throw new RangeError(`Expected ${what} to be a \`file:\` URL, got ${JSON.stringify(url.href)}`)
  return fileURLToPath(url)
}

function isSource(value: unknown): value is ContextSource {
  if (typeof value === 'string' || value instanceof URL) return true
  if (typeof value !== 'object' || value === null) return false
  const { name, text } = value as Partial<Record<string, unknown>> // any object may be asked for any key
  return typeof name === 'string' && typeof text === 'string' && Object.keys(value).length === 2
}

function unexpected(what: string, value: unknown): TypeError {
  const shown = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new TypeError(`Expected ${what} to be a path, a glob, a \`file:\` URL or {name, text}, got ${shown}`)
}
