/** Sizes and a seed in; labelled lines (`Date: … || User: u17 || Instance: … || Label: colour`), and questions that only all of them together answer, out. In the manner of OOLONG. */
import { createChance, type Chance } from '../chance.ts'
import { oneStep, type Generate, type GenerateOptions } from '../task.ts'
import type { Place } from '../textWriter.ts'
import { writePlanted } from './planted.ts'
import { proseLine } from './prose.ts'

const labels = ['abbreviation', 'colour', 'entity', 'location', 'number', 'person'] as const

/** Not all are as frequent. */
const drawnLabels = [
  'abbreviation',
  'colour',
  'colour',
  'colour',
  'entity',
  'entity',
  'location',
  'location',
  'location',
  'location',
  'number',
  'person',
  'person',
] as const

/** How many lines have two things in common. */
export const count: Generate = (options) => {
  const chance = createChance(options.seed)
  const user = drawUser(chance)
  const evidence: Place[] = []
  writeRecords(options, chance, (record, place) => {
    if (record.user === user && record.label === 'location') evidence.push(place)
  })
  const step = { ask: `How many lines have User "${user}" and Label "location"?`, find: `User: ${user} .*Label: location$`, evidence }
  return { ...oneStep(step), merge: 'sum', answer: evidence.length }
}

/** How many lines each label has. */
export const aggregate: Generate = (options) => {
  const chance = createChance(options.seed)
  const counts = new Map<string, number>(labels.map((label) => [label, 0]))
  writeRecords(options, chance, ({ label }) => counts.set(label, (counts.get(label) ?? 0) + 1))
  const step = { ask: `How many lines are there of each Label: ${labels.map((label) => `"${label}"`).join(', ')}?`, find: undefined, evidence: [] }
  return { ...oneStep(step), merge: 'counts', answer: Object.fromEntries(counts) }
}

/** Whose lines are to be paired, all with all: a rare label, one line for each of ten users. */
export const pairs: Generate = (options) => {
  const chance = createChance(options.seed)
  const rare = 'warrant'
  const users = chance.places(10, mostUsers).map((user) => `u${100 + user}`)
  const planted = users.map((user) => recordLine(chance, { user, label: rare }))
  const evidence = writePlanted(options, { planted, filler: () => recordLine(chance, drawRecord(chance)) })
  const step = { ask: `List every User of the lines that have Label "${rare}".`, find: `Label: ${rare}$`, evidence }
  return { ...oneStep(step), merge: 'union', answer: users }
}

interface Drawn {
  readonly user: string
  readonly label: string
}

const mostUsers = 40

function writeRecords({ bytes, out }: GenerateOptions, chance: Chance, onRecord: (record: Drawn, place: Place) => void): void {
  out.begin('records.txt')
  while (out.bytes < bytes) {
    const record = drawRecord(chance)
    onRecord(record, out.write(recordLine(chance, record)))
  }
}

function drawRecord(chance: Chance): Drawn {
  return { user: drawUser(chance), label: chance.pick(drawnLabels) }
}

function drawUser({ whole }: Chance): string {
  return `u${100 + whole(mostUsers)}`
}

function recordLine(chance: Chance, { user, label }: Drawn): string {
  const two = (below: number): string => String(1 + chance.whole(below)).padStart(2, '0')
  return `Date: 2031-${two(12)}-${two(28)} || User: ${user} || Instance: ${proseLine(chance)} || Label: ${label}`
}
