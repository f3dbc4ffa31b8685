/** An answer and the right one in; the score from 0 to 1 out. Also the score of an answer of which only is known how much in it is right and wrong. */

/** How far an answer is from the right one. Of lists: items that are in it and right, items that are in it and wrong. Of values: one or the other. Of numbers: 0, and how much too large. */
export interface Deviation {
  readonly right: number
  readonly wrong: number
}

export interface Judge {
  readonly score: (given: unknown, answer: unknown) => number
  /** The same of a deviation, where the right answer has that many items. */
  readonly scoreOf: (deviation: Deviation, items: number) => number
}

/** All or nothing. */
export const judgeValue: Judge = {
  score: (given, answer) => (given === answer ? 1 : 0),
  scoreOf: ({ right }) => right,
}

/** How much the two sets have in common: the size of what both have over that of what one of them has (Jaccard). */
export const judgeList: Judge = {
  score(given, answer) {
    const [own, right] = [setOf(given), setOf(answer)]
    return ratio(own.intersection(right).size, own.union(right).size)
  },
  scoreOf: ({ right, wrong }, items) => ratio(right, items + wrong),
}

/** The same of all pairs that the items make. */
export const judgePairs: Judge = {
  score(given, answer) {
    const [own, right] = [setOf(given), setOf(answer)]
    return ratioOfPairs({ both: own.intersection(right).size, own: own.size, right: right.size })
  },
  scoreOf: ({ right, wrong }, items) => ratioOfPairs({ both: right, own: right + wrong, right: items }),
}

/** Three quarters for being off by one, and so on: the score of OOLONG (Bertsch et al., 2025). */
export const judgeNumber: Judge = {
  score: (given, answer) => (typeof given === 'number' && typeof answer === 'number' ? 0.75 ** Math.abs(given - answer) : 0),
  scoreOf: ({ wrong }) => 0.75 ** Math.abs(wrong),
}

/** The mean over the names of the right answer. */
export const judgeCounts: Judge = {
  score(given, answer) {
    const [own, right] = [entriesOf(given), entriesOf(answer)]
    const scores = [...right].map(([name, value]) => judgeNumber.score(own.get(name), value))
    return ratio(
      scores.reduce((sum, score) => sum + score, 0),
      own.size > right.size ? own.size : right.size,
    )
  },
  scoreOf: judgeNumber.scoreOf,
}

function ratioOfPairs({ both, own, right }: { readonly both: number; readonly own: number; readonly right: number }): number {
  const pairsOf = (items: number): number => (items * (items - 1)) / 2
  return ratio(pairsOf(both), pairsOf(own) + pairsOf(right) - pairsOf(both))
}

/** Nothing of nothing is all. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}

function setOf(value: unknown): Set<unknown> {
  return new Set(Array.isArray(value) ? value : [])
}

function entriesOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}
