/** A text cut into passages and what a field is called in; how near each passage is to the field, out. */
import { findLicence } from './licences.ts'
import { createPassageIndex, rankScores, type Passage, type PassageIndex, type Ranked, type Weights } from './ranking.ts'

/** Where values come from. */
export interface Source {
  /** Words of the question. */
  readonly weights: Weights
  readonly text: string
  readonly passages: readonly Passage[]
  readonly index: PassageIndex
  /** The licence that the text is, looked for once. */
  readonly licence: () => string | undefined
}

/** What is looked for. */
export interface Field {
  /** Words of its names, from the outside in, without those that only say that here is an answer. */
  readonly name: readonly string[]
  readonly description: readonly string[]
}

export function createSource(weights: Weights, text: string, passages: readonly Passage[]): Source {
  let licence: { readonly id: string | undefined } | undefined
  return { weights, text, passages, index: createPassageIndex(passages), licence: () => (licence ??= { id: findLicence(text) }).id }
}

/** Those passages alone. */
export function narrowSource(source: Source, indexes: readonly number[]): Source {
  const passages = indexes.map((index) => source.passages[index]!)
  return createSource(source.weights, passages.map(({ text }) => text).join('\n'), passages)
}

/** The name of a field counts most, then its description, then the question; where none of them is in the text, what the text is about. */
export function rankForField(field: Field, { index, weights }: Source): Ranked {
  const words = new Map<string, number>()
  const add = (more: Iterable<string>, weight: number): void => {
    for (const word of more) words.set(word, Math.max(words.get(word) ?? 0, weight))
  }
  add(field.name, 2)
  add(field.description, 1)
  const own = index.rank(words)
  add(weights.keys(), words.size === 0 ? 1 : 0.25)
  const all = index.rank(words)
  if (wordsOf(field).length === 0 && all.best.length === 0) return index.rank(index.central)
  // A field that says what it wants is not found in a passage that only has words of the question.
  return rankScores(
    new Map((own.best.length > 0 ? own : all).best.map((passage) => [passage, all.scores.get(passage)! * (saysMore(index.passages[passage]!, words) ? 1 : 0.3)])),
  )
}

/** Whether a passage has more than the words that it is looked for by: a heading of them answers nothing. */
export function saysMore({ terms }: Passage, words: Weights): boolean {
  return terms.some((term) => !words.has(term))
}

/** Share of the field's words, or the question's where it has none, that the best passage has: 0 to 1. */
export function coverageOf(field: Field, source: Source): number {
  const own = new Set(wordsOf(field))
  const words = own.size > 0 ? [...own] : [...source.weights.keys()]
  const [best] = rankForField(field, source).best
  if (best === undefined || words.length === 0) return 0
  const has = new Set(source.passages[best]!.terms)
  return words.filter((word) => has.has(word)).length / words.length
}

export function wordsOf(field: Field): readonly string[] {
  return [...field.name, ...field.description]
}
