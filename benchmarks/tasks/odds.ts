/** What one question finds and how often its answer is wrong in; how likely each outcome of many such questions is, out. The arithmetic behind what a program must score. */
import type { Deviation } from './judge.ts'
import type { Merge } from './task.ts'

/** Outcomes that exclude each other, their shares adding up to 1. */
export type Odds = readonly (Deviation & { readonly share: number })[]

/** How an oracle with a share of wrong answers, and the program that asks it, come to an answer of one kind. */
export interface Arithmetic {
  /** Nothing was asked. */
  readonly nothing: Odds
  /** One question about a piece with that many items. */
  readonly asked: (items: number) => Odds
  /** Several times the same, and the answer that comes most often, the first one of those. */
  readonly voted: (items: number, votes: number) => Odds
  /** A piece with that many items that nobody asks about. */
  readonly passed: (items: number) => Odds
  /** Answers to pieces, in the order of the text, put together. */
  readonly joined: (parts: readonly Odds[]) => Odds
  /** One question that puts together answers that are as likely as that. */
  readonly combined: (parts: readonly Odds[]) => Odds
}

/** Numbers are wrong by 1, 2 or 3 too many; all else by something invented, no two the same. As `sim/oracle` says of itself. */
export function arithmeticOf(merge: Merge, error: number): Arithmetic {
  const isNumber = merge === 'sum' || merge === 'counts'
  const nothing: Odds = [{ right: 0, wrong: 0, share: 1 }]
  const spoiled = ({ right, wrong, share }: Odds[number]): Odds =>
    isNumber ? [1, 2, 3].map((more) => ({ right, wrong: wrong + more, share: share / 3 })) : [{ right: 0, wrong: 1, share }]

  function spoil(odds: Odds): Odds {
    return mixed([
      [1 - error, odds],
      [error, odds.flatMap(spoiled)],
    ])
  }
  function joined(parts: readonly Odds[]): Odds {
    return parts.reduce((sum, part) => paired(sum, part, merge), nothing)
  }
  const certain = (items: number): Odds => [{ right: isNumber ? 0 : merge === 'first' ? Math.min(1, items) : items, wrong: 0, share: 1 }]
  return {
    nothing,
    asked: (items) => spoil(certain(items)),
    voted: (items, votes) => votedOdds(spoil(certain(items)), { votes, isInvented: ({ wrong }) => !isNumber && wrong > 0 }),
    passed: (items) => [{ right: 0, wrong: isNumber ? -items : 0, share: 1 }],
    joined,
    combined: (parts) => spoil(joined(parts)),
  }
}

/** The one or the other, by their shares. */
export function mixed(parts: readonly (readonly [number, Odds])[]): Odds {
  return gathered(parts.flatMap(([part, odds]) => odds.map(({ right, wrong, share }) => ({ right, wrong, share: part * share }))))
}

/** Mean and variance of a score. */
export function momentsOf(odds: Odds, scoreOf: (deviation: Deviation) => number): { readonly mean: number; readonly variance: number } {
  const mean = odds.reduce((sum, each) => sum + each.share * scoreOf(each), 0)
  return { mean, variance: odds.reduce((sum, each) => sum + each.share * (scoreOf(each) - mean) ** 2, 0) }
}

function paired(left: Odds, right: Odds, merge: Merge): Odds {
  return gathered(
    left.flatMap((one) =>
      right.map((other) => {
        const share = one.share * other.share
        // Of values the first that is any is taken.
        if (merge === 'first') return one.right + one.wrong > 0 ? { ...one, share } : { ...other, share }
        return { right: one.right + other.right, wrong: one.wrong + other.wrong, share }
      }),
    ),
  )
}

/** Shares below this are left out: together they are less than what is measured can show. */
const leastShare = 1e-12

function gathered(odds: Odds): Odds {
  const byOutcome = new Map<string, Odds[number]>()
  for (const each of odds) {
    const key = `${each.right} ${each.wrong}`
    const share = each.share + (byOutcome.get(key)?.share ?? 0)
    if (share >= leastShare) byOutcome.set(key, { ...each, share })
  }
  return [...byOutcome.values()]
}

/** All ways in which the votes may fall. What is invented is of no two votes the same. */
function votedOdds(odds: Odds, { votes, isInvented }: { readonly votes: number; readonly isInvented: (outcome: Deviation) => boolean }): Odds {
  let ways: readonly { readonly cast: readonly number[]; readonly share: number }[] = [{ cast: [], share: 1 }]
  for (let vote = 0; vote < votes; vote++)
    ways = ways.flatMap(({ cast, share }) => odds.map((outcome, index) => ({ cast: [...cast, index], share: share * outcome.share })))
  return gathered(
    ways.map(({ cast, share }) => {
      const names = cast.map((index, vote) => (isInvented(odds[index] ?? { right: 0, wrong: 0 }) ? `invented ${vote}` : String(index)))
      const counts = names.map((name) => names.filter((other) => other === name).length)
      const winner = odds[cast[counts.indexOf(Math.max(...counts))] ?? 0]
      return { right: winner?.right ?? 0, wrong: winner?.wrong ?? 0, share }
    }),
  )
}
