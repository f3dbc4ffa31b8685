/** A question about a text in; the sentences of the text that are nearest to it, or JSON filled from them, out. No model: counting of words. */
import type { ProviderQuery } from '../../../types.ts'
import { fillSchema } from './fill.ts'
import { findQuestion } from './question.ts'
import { rankScores, type Passage, type Weights } from './ranking.ts'
import { splitSentences } from './sentences.ts'
import { createSource, saysMore } from './source.ts'
import { termsOf } from './terms.ts'

/** Most sentences of an answer. */
const maxSentences = 3

/** Words that ask for an answer and say nothing of what is asked for. */
const askingWords: ReadonlySet<string> = new Set(
  termsOf(`answer ask based brief choose classify context contain content count decide describe determine document explain extract file find following give given identify json keep list
  most name one please question quote read reply report return say sentence short show sum summary summarize tell text three two use using word write yes`),
)

export function answerByExtract(query: ProviderQuery): string {
  const { question, text } = findQuestion(query)
  const passages = splitSentences(text).map((sentence): Passage => ({ text: sentence, terms: termsOf(sentence) }))
  const weights = weigh(question)
  const source = createSource(weights, text, passages)
  if (query.schema !== undefined) return JSON.stringify(fillSchema(query.schema, source))

  const near = [...source.index.rank(weights).scores].map(([index, score]) => [index, score * fit(question, passages[index]!, weights)] as const)
  const { scores, best } = near.length > 0 ? rankScores(new Map(near)) : source.index.rank(source.index.central)
  const least = 0.6 * (scores.get(best[0] ?? 0) ?? 0)
  const chosen = best
    .slice(0, maxSentences)
    .filter((index) => scores.get(index)! >= least)
    .toSorted((a, b) => a - b)
  const sentences = (chosen.length > 0 ? chosen : passages.length > 0 ? [0] : []).map((index) => passages[index]!.text)
  return sentences.join(sentences.every((sentence) => /[.!?。！？]["'”)\]]*$/.test(sentence)) ? ' ' : '\n')
}

/** Names count half: most sentences of a text have them, and they are not what is asked for. */
function weigh(question: string): Weights {
  const names = new Set([...question.matchAll(/(?<=[\p{Ll}\p{N},] )\p{Lu}[\p{L}\p{N}]*/gu)].flatMap(([name]) => termsOf(name)))
  return new Map(
    termsOf(question)
      .filter((term) => !askingWords.has(term))
      .map((term) => [term, names.has(term) ? 0.5 : 1]),
  )
}

/** A question after a number, a date or a person is rather answered by a sentence that has one; by one that only says its own words again it is not. */
function fit(question: string, passage: Passage, weights: Weights): number {
  if (!saysMore(passage, weights)) return 0.3
  if (/\b(when|date|year|how (?:many|much|long|often|old|big|large|far))\b/i.test(question)) return /\d/.test(passage.text) ? 1.3 : 1
  if (/\bwho(?:m|se)?\b/i.test(question)) return /\S\s+(?:\p{Lu}\p{Ll}+\s?){2}/u.test(passage.text) ? 1.2 : 1
  return 1
}
