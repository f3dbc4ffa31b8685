/** Sizes and a seed in; prose with facts strewn in (`The access code of Amber Falcon is 48213.`), and questions after one, after many, and after one that leads to the next, out. */
import { createChance, type Chance } from '../chance.ts'
import { oneStep, type Generate, type GenerateOptions, type Step } from '../task.ts'
import type { Place } from '../textWriter.ts'
import { writePlanted } from './planted.ts'
import { drawNames, drawNumber, proseLine } from './prose.ts'

/** A needle in a haystack of prose and of codes of others. */
export const needle: Generate = (options) => {
  const chance = createChance(options.seed)
  const [name = '', ...others] = drawNames(chance, 400)
  const code = drawNumber(chance)
  const evidence = writeFacts(options, { chance, facts: [`The access code of ${name} is ${code}.`], others, relation: 'access code' })
  return { ...oneStep({ ask: `What is the access code of ${name}?`, find: `access code of ${name}`, evidence }), merge: 'first', answer: code }
}

/** Needles of one kind, each once. */
export const multiNeedle: Generate = (options) => {
  const chance = createChance(options.seed)
  const [name = '', ...others] = drawNames(chance, 400)
  const stamps = new Set<string>()
  while (stamps.size < 8) stamps.add(drawNumber(chance))
  const evidence = writeFacts(options, { chance, facts: [...stamps].map((stamp) => `The stamp of ${name} is ${stamp}.`), others, relation: 'stamp' })
  return { ...oneStep({ ask: `List every stamp of ${name}.`, find: `stamp of ${name}`, evidence }), merge: 'union', answer: [...stamps] }
}

/** A chain: who is asked for next, only the answer before says. Its links stand in no order. */
export const multiHop: Generate = (options) => {
  const chance = createChance(options.seed)
  const hops = 3
  const names = drawNames(chance, 400)
  const chain = names.slice(0, hops + 1)
  const links = chain.slice(0, hops).map((name, index) => ({ index, text: `The keeper of ${name} is ${chain[index + 1]}.` }))
  const shuffled = chance.shuffle(links)
  const places = writeFacts(options, { chance, facts: shuffled.map(({ text }) => text), others: names.slice(hops + 1), relation: 'keeper' })
  const steps = chain.slice(0, hops).map((name, index): Step => {
    const place = places[shuffled.findIndex((link) => link.index === index)]
    return { ask: `What is the keeper of ${name}?`, find: `keeper of ${name}`, evidence: place === undefined ? [] : [place] }
  })
  const templates = steps.map(({ ask, find }, index) => (index === 0 ? { ask, find } : { ask: 'What is the keeper of {}?', find: 'keeper of {}' }))
  return { steps, templates, merge: 'first', answer: chain.at(-1) ?? '' }
}

interface Facts {
  readonly chance: Chance
  readonly facts: readonly string[]
  /** Of whom the text says the like. */
  readonly others: readonly string[]
  readonly relation: string
}

/** One line in twenty says the same of somebody else. */
function writeFacts(options: GenerateOptions, { chance, facts, others, relation }: Facts): readonly Place[] {
  const value = (): string => (relation === 'keeper' ? chance.pick(others) : drawNumber(chance))
  const filler = (): string => (chance.whole(20) === 0 ? `${proseLine(chance)} The ${relation} of ${chance.pick(others)} is ${value()}.` : proseLine(chance))
  return writePlanted(options, { planted: facts, filler })
}
