/** A pattern and options as the program wrote them in; a checked search out. Throws TypeError, RangeError, or SyntaxError. */
import { maxGrepColumns, maxGrepContext, maxPatternUnits, type WireGrepMatch } from '../../protocol.ts'
import { brandOf } from './brand.ts'
import { docCount, numbersOf } from './doc-names.ts'
import { isAbortSignal } from './events.ts'
import { checkNames, shown } from './options.ts'
import { IntrinsicRangeError, IntrinsicSyntaxError, IntrinsicTypeError, isArray, isInteger, regExpFlags, regExpSource, stringCodeAt, stringIncludes, stringToWellFormed } from './primordials.ts'

export interface Search {
  readonly pattern: string
  /** Flags of a RegExp that the program gave; undefined for a string. */
  readonly flags: string | undefined
  readonly ignoreCase: boolean
  readonly fixed: boolean
  readonly word: boolean
  readonly multiline: boolean
  readonly unicode: boolean
  readonly before: number
  readonly after: number
  readonly maxColumns: number
  readonly max: number
  readonly engine: 'auto' | 'js' | 'rg'
  /** Numbers of documents; undefined for all. */
  readonly docs: readonly number[] | undefined
  /** How many documents there are as the search begins. */
  readonly count: number
  readonly signal: AbortSignal | undefined
}

/** Some matches of a search; `rest` are further ones that were counted, `isDone` says that no window comes after. */
export interface GrepWindow {
  readonly matches: readonly WireGrepMatch[]
  readonly rest: number
  readonly isDone: boolean
}

/** Gives the next window: at most `max` lines, and with `count` how many there are beyond. */
export type NextWindow = (max: number, count: boolean) => Promise<GrepWindow>

const names = ['ignoreCase', 'fixed', 'word', 'multiline', 'unicode', 'before', 'after', 'max', 'maxColumns', 'docs', 'engine', 'signal'] as const
const namesOfDoc = ['ignoreCase', 'fixed', 'word', 'multiline', 'unicode', 'before', 'after', 'max', 'maxColumns', 'engine', 'signal'] as const

/** Characters of a line that are told where the program does not say. */
const defaultColumns = 4_000

/** As good as no bound. */
export const mostLines = 9_007_199_254_740_991

type Options = Readonly<Record<string, unknown>>

/** `doc` is the only document that is searched, `max` the most lines where the program does not say. */
export function readSearch(pattern: unknown, options: unknown, { doc, max }: { readonly doc: number | undefined; readonly max: number }): Search {
  const { text, flags } = readPattern(pattern)
  if (options !== undefined && (typeof options !== 'object' || options === null || isArray(options))) throw new IntrinsicTypeError(`Expected the options of grep to be an object, got ${shown(options)}`)
  // A copy: what is checked is what is used, whatever getters do.
  const copy = { __proto__: null, ...options } as unknown as Options
  checkNames('grep', copy, doc === undefined ? names : namesOfDoc)
  const docs = copy['docs']
  const signal = copy['signal']
  const engine = copy['engine'] ?? 'auto'
  if (engine !== 'auto' && engine !== 'js' && engine !== 'rg') {
    const message = `Expected \`engine\` to be 'auto', 'js' or 'rg', got ${shown(engine)}`
    throw typeof engine === 'string' ? new IntrinsicRangeError(message) : new IntrinsicTypeError(message)
  }
  if (signal !== undefined && !isAbortSignal(signal)) throw new IntrinsicTypeError(`Expected \`signal\` to be an AbortSignal, got ${shown(signal)}`)
  const isDotAll = engine !== 'js' && flags !== undefined && stringIncludes(flags, 's')
  return {
    pattern: isDotAll ? `(?s)${text}` : text,
    flags,
    ignoreCase: flag(copy, 'ignoreCase') ?? (flags !== undefined && stringIncludes(flags, 'i')),
    fixed: flag(copy, 'fixed') ?? false,
    word: flag(copy, 'word') ?? false,
    multiline: flag(copy, 'multiline') ?? false,
    unicode: flag(copy, 'unicode') ?? true,
    before: whole(copy, 'before', { least: 0, most: maxGrepContext }) ?? 0,
    after: whole(copy, 'after', { least: 0, most: maxGrepContext }) ?? 0,
    maxColumns: whole(copy, 'maxColumns', { least: 1, most: maxGrepColumns }) ?? defaultColumns,
    max: copy['max'] === Infinity ? mostLines : (whole(copy, 'max', { least: 0, most: mostLines }) ?? max),
    engine,
    docs: doc === undefined ? (docs === undefined ? undefined : numbersOf(docs)) : numbersOf(doc),
    count: docCount(),
    signal,
  }
}

function readPattern(pattern: unknown): { readonly text: string; readonly flags: string | undefined } {
  const isRegExp = typeof pattern === 'object' && pattern !== null && brandOf(pattern) === 'regexp'
  if (typeof pattern !== 'string' && !isRegExp) throw new IntrinsicTypeError(`Expected \`pattern\` to be a string or a RegExp, got ${shown(pattern)}`)
  // A RegExp without a text has one that matches nothing but the empty text.
  const text = isRegExp ? withoutEmptyGroup(regExpSource(pattern as object)) : (pattern as string) // checked above
  if (text.length > maxPatternUnits) throw new IntrinsicRangeError(`Expected \`pattern\` to be at most ${maxPatternUnits} characters, got ${text.length}`)
  const wellFormed = stringToWellFormed(text)
  if (wellFormed !== text) {
    let at = 0
    while (stringCodeAt(wellFormed, at) === stringCodeAt(text, at)) at++
    throw new IntrinsicSyntaxError(`Invalid pattern at character ${at + 1}: half of a pair of surrogates, which no text holds`)
  }
  return { text, flags: isRegExp ? regExpFlags(pattern as object) : undefined }
}

function withoutEmptyGroup(source: string): string {
  return source === '(?:)' ? '' : source
}

function flag(options: Options, name: string): boolean | undefined {
  const value = options[name]
  if (value !== undefined && typeof value !== 'boolean') throw new IntrinsicTypeError(`Expected \`${name}\` to be a boolean, got ${shown(value)}`)
  return value
}

function whole(options: Options, name: string, { least, most }: { readonly least: number; readonly most: number }): number | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  const expected = `Expected \`${name}\` to be a whole number from ${least} ${most === mostLines ? 'up' : `to ${most}`}`
  if (typeof value !== 'number') throw new IntrinsicTypeError(`${expected}, got ${shown(value)}`)
  if (!isInteger(value) || value < least || value > most) throw new IntrinsicRangeError(`${expected}, got ${value}`)
  // JSON has no -0.
  return value === 0 ? 0 : value
}
