// Find the lines by a pattern, which costs nothing, and ask only about what is around them.
//
//   replm run benchmarks/tasks/programs/grep-then-read.ts -m 'sim/oracle?error=0.1' -c text.txt --arg 'ask=What is the access code of Amber Falcon?' 'find=access code of Amber Falcon' merge=first
//
// `ask` and `merge` (first, union, sum) are those of map-reduce.ts; `find` has a pattern for each question.

type Merge = 'first' | 'union' | 'sum'

const asks = (args['ask'] ?? '').split('\n')
const finds = (args['find'] ?? '').split('\n')
const merge = (args['merge'] ?? 'first') as Merge // what it must be is said above
/** Lines before and after a line that are read with it. */
const around = Number(args['around'] ?? 6)
/** Most places that are read and asked about at a time. */
const window = 256
const forms = { first: { type: ['string', 'null'] }, union: { type: 'array', items: { type: 'string' } }, sum: { type: 'integer' } }
const schema = { type: 'object', properties: { answer: forms[merge] }, required: ['answer'] }
/** How many questions each batch had. */
const stages: number[] = []

interface Range {
  readonly doc: number
  from: number
  to: number
}

/** Lines with their surroundings; those that touch are one. */
async function findRanges(pattern: string): Promise<Range[]> {
  const matches = await grep(pattern, { max: 100_000 })
  if (matches.truncated) throw new Error(`${pattern} is on ${matches.total} lines: that is no needle`)
  const ranges: Range[] = []
  for (const { doc, line } of matches) {
    const last = ranges.at(-1)
    if (last?.doc === doc && line - around <= last.to + 1) last.to = line + around
    else ranges.push({ doc, from: Math.max(1, line - around), to: line + around })
  }
  return ranges
}

async function read({ doc, from, to }: Range): Promise<string> {
  const lines = await docs[doc]?.readLines(from, to - from + 1)
  return lines?.join('\n') ?? ''
}

function reduce(answers: readonly unknown[]): unknown {
  if (merge === 'first') return answers.find((answer) => answer !== null) ?? null
  if (merge === 'union') return [...new Set(answers.flat())]
  return answers.reduce<number>((sum, answer) => sum + Number(answer), 0)
}

let found: unknown = ''
for (const [step, template] of asks.entries()) {
  // What was found is a name, and no pattern.
  const [ask, pattern] = [template.replaceAll('{}', String(found)), (finds[step] ?? '').replaceAll('{}', String(found).replaceAll(/[^\w ]/g, '\\$&'))]
  const ranges = await findRanges(pattern)
  const answers: unknown[] = []
  for (let at = 0; at < ranges.length; at += window) {
    progress(step / asks.length, `${ask} ${at} of ${ranges.length} places read`)
    const texts = await Promise.all(ranges.slice(at, at + window).map(read))
    stages.push(texts.length)
    const replies = await llmBatchQuery<{ readonly answer: unknown }>(
      texts.map((text) => `${ask}\n\n${text}`),
      { schema },
    )
    answers.push(...replies.map(({ answer }) => answer))
  }
  found = reduce(answers)
  if (found === null) break
}
final({ answer: found, stages })
