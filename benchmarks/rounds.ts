/** Contestants in; their outcomes, one of each in every round and in changing order, out. */
import { tellStep } from './step.ts'

export interface Rounds<Name extends string, Outcome> {
  readonly rounds: number
  /** What the rounds are of, for whoever looks on. @default '' */
  readonly of?: string
  /** Rounds before those that count. @default 1 */
  readonly warmUp?: number
  /** Rounds of warming up have numbers below 0. */
  readonly run: (name: Name, round: number) => Promise<Outcome>
}

/** All of them meet the same moments of a machine that others use, too. */
export async function inRounds<Name extends string, Outcome>(
  names: readonly Name[],
  { rounds, of = '', warmUp = 1, run }: Rounds<Name, Outcome>,
): Promise<Record<Name, Outcome[]>> {
  const outcomes = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Outcome[]> // One list for each name.
  for (let round = -warmUp; round < rounds; round++) {
    tellStep(`${of === '' ? '' : `${of}, `}${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}`)
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round + warmUp) % names.length] as Name // Within the list by the remainder.
      const outcome = await run(name, round)
      if (round >= 0) outcomes[name].push(outcome)
    }
  }
  return outcomes
}
