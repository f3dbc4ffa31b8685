/** Passages and weighted words in; how near each passage is to the words, out. */

export interface Passage {
  readonly text: string
  readonly terms: readonly string[]
}

/** How much a word counts. */
export type Weights = ReadonlyMap<string, number>

/** Okapi BM25 (Robertson and Zaragoza 2009) with its usual constants: rare words count more, long passages less. 0 where no word is shared. */
export function rankPassages(passages: readonly Passage[], weights: Weights): number[] {
  const [k1, b] = [1.2, 0.75]
  const holders = new Map<string, number>()
  let length = 0
  for (const { terms } of passages) {
    length += terms.length
    for (const term of new Set(terms)) if (weights.has(term)) holders.set(term, (holders.get(term) ?? 0) + 1)
  }
  const average = length / Math.max(1, passages.length) || 1
  return passages.map(({ terms }) => {
    const counts = new Map<string, number>()
    for (const term of terms) if (weights.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1)
    let score = 0
    for (const [term, count] of counts) {
      const rarity = Math.log(1 + (passages.length - holders.get(term)! + 0.5) / (holders.get(term)! + 0.5))
      score += (weights.get(term)! * rarity * count * (k1 + 1)) / (count + k1 * (1 - b + (b * terms.length) / average))
    }
    return score
  })
}

/** Words by how many passages have them: what a text is about, where nothing was asked. */
export function centralWeights(passages: readonly Passage[]): Weights {
  const holders = new Map<string, number>()
  for (const { terms } of passages) for (const term of new Set(terms)) holders.set(term, (holders.get(term) ?? 0) + 1)
  return new Map([...holders].filter(([, count]) => count > 1).map(([term, count]) => [term, Math.sqrt(count)]))
}

/** Indexes of the passages that score, best first; the earlier one of two equals. */
export function bestOf(scores: readonly number[]): number[] {
  return scores.flatMap((score, index) => (score > 0 ? [index] : [])).toSorted((a, b) => scores[b]! - scores[a]! || a - b)
}
