/** Passages in; an index that tells how near each is to weighted words, out. */

export interface Passage {
  readonly text: string
  readonly terms: readonly string[]
}

/** How much a word counts. */
export type Weights = ReadonlyMap<string, number>

export interface Ranked {
  /** Of the passages that share a word, by their index. */
  readonly scores: ReadonlyMap<number, number>
  /** Their indexes, best first; the earlier one of two equals. */
  readonly best: readonly number[]
}

export interface PassageIndex {
  readonly passages: readonly Passage[]
  /** Okapi BM25 (Robertson and Zaragoza 2009) with its usual constants: rare words count more, long passages less. Takes time for the words asked for only. */
  rank(weights: Weights): Ranked
  /** The words that several passages have, by how many: what the text is about. */
  readonly central: Weights
}

const k1 = 1.2
const b = 0.75

export function createPassageIndex(passages: readonly Passage[]): PassageIndex {
  /** Per word, how often each passage has it. */
  const holders = new Map<string, Map<number, number>>()
  let length = 0
  for (const [index, { terms }] of passages.entries()) {
    length += terms.length
    for (const term of terms) {
      const counts = holders.get(term) ?? new Map<number, number>()
      holders.set(term, counts.set(index, (counts.get(index) ?? 0) + 1))
    }
  }
  const average = length / Math.max(1, passages.length) || 1
  let central: Weights | undefined

  return {
    passages,
    rank(weights) {
      const scores = new Map<number, number>()
      for (const [term, weight] of weights) {
        const counts = holders.get(term)
        if (counts === undefined) continue
        const rarity = Math.log(1 + (passages.length - counts.size + 0.5) / (counts.size + 0.5))
        for (const [index, count] of counts) {
          const share = (count * (k1 + 1)) / (count + k1 * (1 - b + (b * passages[index]!.terms.length) / average))
          scores.set(index, (scores.get(index) ?? 0) + weight * rarity * share)
        }
      }
      return rankScores(scores)
    },
    get central() {
      central ??= new Map([...holders].filter(([, counts]) => counts.size > 1).map(([term, counts]) => [term, Math.sqrt(counts.size)]))
      return central
    },
  }
}

/** Scores that are no more than 0 do not count. */
export function rankScores(scores: ReadonlyMap<number, number>): Ranked {
  const best = [...scores.keys()].filter((index) => scores.get(index)! > 0).toSorted((x, y) => scores.get(y)! - scores.get(x)! || x - y)
  return { scores, best }
}
