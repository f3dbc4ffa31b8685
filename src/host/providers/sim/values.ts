/** A field and a text in; the string, number or boolean that the text has for the field out. */
import { isCopyleft } from './licences.ts'
import { coverageOf, rankForField, wordsOf, type Field, type Source } from './source.ts'
import { findLabelled, findSpans, kindOfField } from './spans.ts'
import { termsOf } from './terms.ts'

export interface Filled {
  readonly value: unknown
  /** Whether the text has it; a field that may be left out then is. */
  readonly found: boolean
}

type Schema = Record<string, unknown>

/** Names that only a question about the text gives a meaning. */
const titleWords: ReadonlySet<string> = new Set(termsOf('category id identifier kind label name title type'))

/** A span of the kind that the field's words mean, else the value behind a label of its name, else the nearest passage. */
export function fillString(schema: Schema, field: Field, source: Source): Filled {
  const kind = kindOfString(schema, field, source)
  const ranked = rankForField(field, source)
    .best.slice(0, 1_000)
    .map((index) => source.passages[index]!.text)
  if (kind !== undefined) {
    // A licence and its holder are of the whole text; a date rather of the passage that is asked for.
    const near = kind === 'licence' || kind === 'holder' ? undefined : ranked.slice(0, 3).flatMap((text) => findSpans(kind, text))[0]
    const span = near ?? (kind === 'licence' ? source.licence() : findSpans(kind, source.text)[0])
    if (span !== undefined) return { value: fitLength(schema, span, []), found: true }
  }
  const labelled = findLabelled(field.name.slice(-2), source.text) ?? findLabelled(field.name.slice(-1), source.text)
  if (labelled !== undefined) return { value: fitLength(schema, labelled, ranked), found: true }
  if (kind !== undefined) return { value: fitLength(schema, '', []), found: false }
  const [central = 0] = ranked.length > 0 ? [] : source.index.rank(source.index.central).best
  return { value: fitLength(schema, ranked[0] ?? source.passages[central]?.text ?? '', ranked), found: ranked.length > 0 }
}

/** The value behind a label, else the number nearest to a word of the field; counts of passages for counts, shares of words for shares. */
export function fillNumber(schema: Schema, whole: boolean, field: Field, source: Source): Filled {
  const range = rangeOf(schema, whole)
  const labelled = Number.parseFloat((findLabelled(field.name.slice(-2), source.text) ?? findLabelled(field.name.slice(-1), source.text) ?? '').replaceAll(',', ''))
  if (range.has(labelled)) return { value: labelled, found: true }
  const isYear = kindOfField(wordsOf(field)) === 'year'
  const ranked = rankForField(field, source).best
  for (const text of [...ranked.slice(0, 5).map((index) => source.passages[index]!.text), ...(isYear ? [source.text] : [])]) {
    const value = (isYear ? findSpans('year', text).map(Number) : nearestNumbers(text, field)).find(range.has)
    if (value !== undefined) return { value, found: true }
  }
  const counts = field.name.some((word) => countWords.has(word))
  return { value: range.nearest(counts ? ranked.length : range.isShare ? coverageOf(field, source) : 0), found: false }
}

const countWords: ReadonlySet<string> = new Set(termsOf('count number total occurrences'))

const negation = /\b(?:no|not|never|none|without|neither|nor|cannot|\w+n['’]t)\b/i

/** True where one passage has most words of the field and does not deny them. What kind a licence is of, none says itself. */
export function fillBoolean(field: Field, source: Source): Filled {
  const kind = licenceKindOf(field.name, source)
  if (kind !== undefined) return { value: field.name.includes(copyleftWord) === (kind === 'copyleft'), found: true }
  const share = coverageOf(field, source)
  const [best] = rankForField(field, source).best
  const denied = best !== undefined && negation.test(source.passages[best]!.text)
  return { value: share >= 0.5 && !denied, found: share > 0 }
}

const [permissiveWord = '', copyleftWord = ''] = termsOf('permissive copyleft')

/** 'permissive' or 'copyleft', where `words` ask for it and the text is a licence known to be one. */
export function licenceKindOf(words: readonly string[], source: Source): 'permissive' | 'copyleft' | undefined {
  if (!words.includes(permissiveWord) && !words.includes(copyleftWord)) return undefined
  const isIt = isCopyleft(source.licence() ?? '')
  return isIt === undefined ? undefined : isIt ? 'copyleft' : 'permissive'
}

/** Cut to `maxLength` and filled up to `minLength`, both in code points as the standard counts. */
export function fitLength(schema: Schema, text: string, more: readonly string[]): string {
  const least = countOf(schema['minLength'], 0)
  const most = countOf(schema['maxLength'], Infinity)
  let fitted = text
  for (const next of more) if (fitted.length < least && !fitted.includes(next)) fitted = `${fitted} ${next}`.trim()
  fitted = fitted.padEnd(least, '.')
  return fitted.length <= most ? fitted : [...fitted].slice(0, most).join('')
}

/** A bound of a schema, or what holds without one. */
export function countOf(value: unknown, none: number): number {
  return typeof value === 'number' && value >= 0 ? Math.min(Math.floor(value), 10_000) : none
}

function kindOfString(schema: Schema, field: Field, source: Source): ReturnType<typeof kindOfField> {
  const format = typeof schema['format'] === 'string' ? termsOf(schema['format']) : []
  const kind = kindOfField([...format, ...wordsOf(field)])
  const unnamed = wordsOf(field).every((word) => titleWords.has(word))
  return kind ?? (unnamed ? kindOfField([...source.weights.keys()].filter((word) => !titleWords.has(word))) : undefined)
}

/** Numbers of a passage, the one nearest to a word of the field first; those of versions, dates and times are none. */
function nearestNumbers(text: string, field: Field): number[] {
  const wanted = new Set(wordsOf(field))
  const places = [...text.matchAll(/[\p{L}\p{N}]+/gu)].filter(([word]) => termsOf(word).some((term) => wanted.has(term))).map(({ index }) => index)
  return [...text.matchAll(/(?<![\w.:/-])[-+]?\d[\d,]*(?:\.\d+)?(?![\w:/-]|\.\d)/g)]
    .map(({ 0: digits, index }) => ({
      value: Number(digits.replaceAll(',', '')),
      distance: Math.min(text.length, ...places.slice(0, 200).map((place) => Math.abs(place - index))),
    }))
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ value }) => value)
}

function rangeOf(schema: Schema, whole: boolean): { has(value: number): boolean; nearest(value: number): number; readonly isShare: boolean } {
  const bound = (name: string): number | undefined => (typeof schema[name] === 'number' ? schema[name] : undefined)
  const [above, below] = [bound('exclusiveMinimum'), bound('exclusiveMaximum')]
  const step = bound('multipleOf') ?? (whole ? 1 : undefined)
  const inside = step ?? 1e-6
  const from = Math.max(bound('minimum') ?? -Infinity, above === undefined ? -Infinity : above + inside)
  const to = Math.min(bound('maximum') ?? Infinity, below === undefined ? Infinity : below - inside)
  const nearest = (value: number): number => {
    const clamped = Math.min(Math.max(value, from), to)
    if (step === undefined || step <= 0) return clamped
    const rounded = Math.round(clamped / step) * step
    return rounded < from ? rounded + step : rounded > to ? rounded - step : rounded
  }
  return {
    has: (value) => Number.isFinite(value) && value >= from && value <= to && (step === undefined || Number.isInteger(value / step)),
    nearest,
    isShare: to === 1 && from >= 0 && !whole,
  }
}
