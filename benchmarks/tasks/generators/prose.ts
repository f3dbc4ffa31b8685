/** Chance in; words, names and lines of prose that say nothing of a task, out. */
import type { Chance } from '../chance.ts'

const openings = [
  'In the morning',
  'Late that year',
  'Near the harbour',
  'By all accounts',
  'As the letters tell',
  'On the second page',
  'Without a word',
  'After the storm',
  '“As before,”',
  'In Zürich',
]
const actors = [
  'the clerk',
  'a carpenter',
  'the old surveyor',
  'her cousin',
  'two sailors',
  'the café owner',
  'nobody at court',
  'a naïve visitor',
  'the whole village',
  'the 🌊 society',
]
const actions = [
  'counted the barrels',
  'mended a fence',
  'wrote to the council',
  'closed the ledger',
  'measured the field',
  'lost the key',
  'carried lanterns',
  'drew a map',
  'sold the last of the wool',
  'waited for the ferry',
]
const endings = [
  'and said so',
  'without much hope',
  'as was the custom',
  'for the third time',
  'while it rained',
  'and went home',
  'before anybody asked',
  'in a green coat',
  'at no great cost',
  'against all advice',
]

const firstNames = [
  'Amber',
  'Birch',
  'Cedar',
  'Dusty',
  'Early',
  'Faded',
  'Golden',
  'Hollow',
  'Ivory',
  'Jolly',
  'Keen',
  'Lunar',
  'Misty',
  'Noble',
  'Olive',
  'Pale',
  'Quiet',
  'Rusty',
  'Silver',
  'Tidal',
]
const secondNames = [
  'Falcon',
  'Heron',
  'Badger',
  'Otter',
  'Lynx',
  'Marten',
  'Raven',
  'Salmon',
  'Walrus',
  'Beetle',
  'Cobra',
  'Gecko',
  'Ibis',
  'Jackal',
  'Koala',
  'Lemur',
  'Moth',
  'Newt',
  'Panda',
  'Quail',
]

export function proseLine({ pick, whole }: Chance): string {
  const sentence = (): string => `${pick(openings)} ${pick(actors)} ${pick(actions)} ${pick(endings)}.`
  return Array.from({ length: 1 + whole(3) }, sentence).join(' ')
}

/** No two the same, 400 at the most. */
export function drawNames({ places, shuffle }: Chance, count: number): readonly string[] {
  // Places rise: the order is drawn on its own.
  return shuffle(places(count, firstNames.length * secondNames.length)).map(
    (place) => `${firstNames[Math.floor(place / secondNames.length)]} ${secondNames[place % secondNames.length]}`,
  )
}

export function drawNumber({ whole }: Chance): string {
  return String(10_000 + whole(90_000))
}
