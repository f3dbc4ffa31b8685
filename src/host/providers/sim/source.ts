/** A text cut into passages and what a field is called in; how near each passage is to the field, out. */
import { bestOf, centralWeights, rankPassages, type Passage, type Weights } from './ranking.ts'

/** Where values come from. */
export interface Source {
  readonly question: string
  /** Words of the question. */
  readonly weights: Weights
  readonly text: string
  readonly passages: readonly Passage[]
}

/** What is looked for. */
export interface Field {
  /** Words of its names, from the outside in, without those that only say that here is an answer. */
  readonly name: readonly string[]
  readonly description: readonly string[]
}

/** The name of a field counts most, then its description, then the question. */
export function scorePassages(field: Field, source: Source): number[] {
  const weights = new Map<string, number>()
  const add = (words: Iterable<string>, weight: number): void => {
    for (const word of words) weights.set(word, Math.max(weights.get(word) ?? 0, weight))
  }
  add(field.name, 2)
  add(field.description, 1)
  const own = rankPassages(source.passages, weights)
  add(source.weights.keys(), weights.size === 0 ? 1 : 0.25)
  const all = rankPassages(source.passages, weights)
  // A field that says what it wants is not found in a passage that only has words of the question.
  if (own.some((score) => score > 0)) return all.map((score, index) => (own[index]! > 0 ? score : 0))
  if (wordsOf(field).length > 0 || all.some((score) => score > 0)) return all
  return rankPassages(source.passages, centralWeights(source.passages))
}

/** Share of the field's words, or the question's where it has none, that the best passage has: 0 to 1. */
export function coverageOf(field: Field, source: Source): number {
  const own = new Set(wordsOf(field))
  const words = own.size > 0 ? [...own] : [...source.weights.keys()]
  const best = bestOf(scorePassages(field, source))[0]
  if (best === undefined || words.length === 0) return 0
  const has = new Set(source.passages[best]!.terms)
  return words.filter((word) => has.has(word)).length / words.length
}

/** Those passages alone. */
export function narrowSource(source: Source, indexes: readonly number[]): Source {
  const passages = indexes.map((index) => source.passages[index]!)
  return { ...source, passages, text: passages.map(({ text }) => text).join('\n') }
}

export function wordsOf(field: Field): readonly string[] {
  return [...field.name, ...field.description]
}
