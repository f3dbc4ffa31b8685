/** The values of an enum and a text in; the value that the text speaks for out. */
import type { Ranked } from './ranking.ts'
import { rankForField, wordsOf, type Field, type Source } from './source.ts'
import { kindOfField } from './spans.ts'
import { termsOf, termsOfName } from './terms.ts'
import { fillBoolean, licenceKindOf, type Filled } from './values.ts'

/** Values that mean "none of the others". */
const elseWords = /^(?:other|others|unknown|none|n\/?a|neutral|unclear|unspecified|undetermined|mixed)$/i

export function chooseEnum(values: readonly unknown[], field: Field, source: Source): Filled {
  const truth = chooseTruth(values, field, source)
  if (truth !== undefined) return truth
  const kind = licenceKindOf(
    values.flatMap((value) => termsOf(String(value))),
    source,
  )
  const ofKind = values.find((value) => kind !== undefined && termsOf(String(value)).includes(termsOf(kind)[0]!))
  if (ofKind !== undefined) return { value: ofKind, found: true }
  const ranked = rankForField(field, source)
  const licence = isOfLicence(field, source) ? source.licence() : undefined
  let best: { value: unknown; score: number } | undefined
  for (const value of values) {
    if (typeof value === 'string' && elseWords.test(value)) continue
    const score = licence === undefined ? scoreValue(value, source, ranked) : likeness(String(value), licence)
    if (best === undefined || score > best.score) best = { value, score }
  }
  if (best !== undefined && best.score >= 0.5) return { value: best.value, found: true }
  return { value: values.find((value) => typeof value === 'string' && elseWords.test(value)) ?? best?.value ?? values[0], found: false }
}

/** `['yes', 'no']` and `['true', 'false']` are booleans in words. */
function chooseTruth(values: readonly unknown[], field: Field, source: Source): Filled | undefined {
  const yes = values.find((value) => typeof value === 'string' && /^(?:yes|true)$/i.test(value))
  const no = values.find((value) => typeof value === 'string' && /^(?:no|false)$/i.test(value))
  if (yes === undefined || no === undefined) return undefined
  const { value, found } = fillBoolean(field, source)
  return { value: value === true ? yes : no, found }
}

/** From 0 to about 2: most where all of its words stand in a passage near to the field, early in the text. */
function scoreValue(value: unknown, source: Source, { scores, best: nearest }: Ranked): number {
  const words = wordsOfValue(value)
  if (words.length === 0) return source.text.includes(String(value)) ? 1 : 0
  const top = nearest[0] === undefined ? 1 : scores.get(nearest[0])!
  let best = 0
  for (const index of source.index.rank(new Map(words.map((word) => [word, 1]))).scores.keys()) {
    const { terms } = source.passages[index]!
    const share = words.filter((word) => terms.includes(word)).length / words.length
    const weight = 1 + (scores.get(index) ?? 0) / top + 0.1 * (1 - index / source.passages.length)
    best = Math.max(best, share === 1 ? weight : 0.3 * share * weight)
  }
  return best
}

/** How much of a value's words are those of a licence's identifier: `BSD` and `BSD 3-Clause License` are both like `BSD-3-Clause`. */
function likeness(value: string, licence: string): number {
  const words = wordsOfValue(value).filter((word) => !genericWords.has(word))
  const has = new Set(termsOf(licence.replaceAll(/[-.]/g, ' ')))
  const shared = words.filter((word) => has.has(word)).length
  // A version number alone is of many licences.
  return !words.some((word) => has.has(word) && /[a-z]/.test(word)) ? 0 : shared / words.length + (0.1 * shared) / Math.max(1, has.size)
}

const genericWords: ReadonlySet<string> = new Set(termsOf('licence clause public'))

function wordsOfValue(value: unknown): readonly string[] {
  return typeof value === 'string' ? termsOfName(value.replaceAll(/[-.]/g, ' ')) : termsOf(String(value))
}

function isOfLicence(field: Field, source: Source): boolean {
  return kindOfField(wordsOf(field)) === 'licence' || (wordsOf(field).length === 0 && kindOfField([...source.weights.keys()]) === 'licence')
}
