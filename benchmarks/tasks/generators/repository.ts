/** Sizes and a seed in; a repository of TypeScript files whose functions call each other across them, and questions after callers and after a chain of calls, out. */
import { createChance, type Chance } from '../chance.ts'
import { oneStep, type Generate, type GenerateOptions, type Step } from '../task.ts'
import type { Place } from '../textWriter.ts'

/** Who calls a function, of which much else speaks: comments, strings, and functions with a longer name. */
export const callers: Generate = (options) => {
  const chance = createChance(options.seed)
  const target = `${drawWord(chance)}Target`
  const names = Array.from({ length: 6 }, (_, index) => `${drawWord(chance)}Caller${index}`)
  const planted = names.map((name) => functionLines({ name, lines: [`  const parts = ${target}(input, ${chance.whole(100)})`], returns: 'parts + 1' }))
  const places = writeRepository(options, {
    chance,
    planted: [...planted, functionLines({ name: target, lines: [], returns: String(chance.whole(1_000)) })],
    decoy: target,
  })
  const step: Step = { ask: `List every function that calls \`${target}\`.`, find: String.raw`\b${target}\(`, evidence: places.slice(0, names.length) }
  return { ...oneStep(step), merge: 'union', answer: names }
}

/** What a function comes to in the end: each calls the next, which stands elsewhere, and the last returns a number. */
export const calls: Generate = (options) => {
  const chance = createChance(options.seed)
  const names = Array.from({ length: 3 }, (_, index) => `${drawWord(chance)}Link${index}`)
  const result = String(10_000 + chance.whole(90_000))
  const planted = names.map((name, index) => {
    const next = names[index + 1]
    return functionLines(next === undefined ? { name, lines: [], returns: result } : { name, lines: [`  const parts = ${next}(input)`], returns: 'parts' })
  })
  const places = writeRepository(options, { chance, planted, decoy: names[1] ?? '' })
  const steps = names.map((name, index): Step => {
    const place = places[index]
    return {
      ask: index === names.length - 1 ? `What does the function \`${name}\` return?` : `Which function does \`${name}\` call?`,
      find: `function ${name}\\(`,
      evidence: place === undefined ? [] : [place],
    }
  })
  const templates = steps.map(({ ask, find }, index) => (index === 0 ? { ask, find } : { ask: ask.replace(names[index] ?? '', '{}'), find: String.raw`function {}\(` }))
  return { steps, templates, merge: 'first', answer: result }
}

interface Repository {
  readonly chance: Chance
  /** Functions to be found, each to be written whole. */
  readonly planted: readonly (readonly string[])[]
  /** A name that comments, strings and longer names have, too. */
  readonly decoy: string
}

/** Where the first line of each planted function stands. */
function writeRepository({ bytes, fileBytes, seed, out }: GenerateOptions, { chance, planted, decoy }: Repository): readonly Place[] {
  const own = createChance(seed ^ 0x5eed)
  const due = own.places(planted.length, Math.floor(bytes * 0.98))
  const order = own.shuffle(planted.map((_, index) => index))
  const decoyEvery = Math.max(10, Math.round(bytes / functionBytes / mostDecoys))
  const found: Place[] = []
  let written = 0
  let file = 0
  const write = (lines: readonly string[]): Place => {
    const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 1)
    if (file === 0 || out.fileBytes + size > fileBytes) {
      out.begin(`module${String(file++).padStart(5, '0')}.ts`)
      out.write(`/** ${drawWord(chance)} of ${drawWord(chance)}. */`)
      out.write('')
    }
    const [first] = lines.map((line) => out.write(line))
    out.write('')
    if (first === undefined) throw new RangeError('Expected `lines` to have one at least, got none')
    return first
  }
  while (out.bytes < bytes || written < planted.length) {
    const index = order[written]
    if (index !== undefined && out.bytes >= (due[written] ?? 0)) {
      found[index] = write(planted[index] ?? [])
      written += 1
    } else write(drawFunction(chance, { decoy, every: decoyEvery }))
  }
  return found
}

function functionLines({ name, lines, returns }: { readonly name: string; readonly lines: readonly string[]; readonly returns: string }): readonly string[] {
  return [`export function ${name}(input: number): number {`, ...lines, `  return ${returns}`, '}']
}

/** So many functions speak of the decoy, about, and one in ten of a small repository; each has about so many bytes. */
const [mostDecoys, functionBytes] = [400, 170] as const

/** One in so many speaks of the decoy without calling it. */
function drawFunction(chance: Chance, { decoy, every }: { readonly decoy: string; readonly every: number }): readonly string[] {
  const name = `${drawWord(chance)}${drawWord(chance, true)}${chance.whole(1_000_000)}`
  const lines = [
    `  const ${drawWord(chance)} = ${drawWord(chance)}${drawWord(chance, true)}(input + ${chance.whole(100)})`,
    `  // ${drawWord(chance)} before ${drawWord(chance)}`,
  ]
  if (chance.whole(every) === 0)
    lines.push(
      chance.pick([
        `  // ${decoy}(input) was here once.`,
        `  const note = 'see ${decoy}(input)'`,
        `  const most = ${decoy}Line(input)`,
        `  const least = old${decoy}(input)`,
      ]),
    )
  return functionLines({ name, lines, returns: `input * ${chance.whole(100)}` })
}

const words = 'ledger parse round settle merge invoice ticket render column filter stream anchor bundle cursor digest export'.split(' ')

function drawWord({ pick }: Chance, isCapital = false): string {
  const word = pick(words)
  return isCapital ? `${word.charAt(0).toUpperCase()}${word.slice(1)}` : word
}
