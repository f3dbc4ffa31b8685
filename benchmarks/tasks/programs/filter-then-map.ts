// Ask every piece whether it has to do with the question at all; ask those that do three times, and take the answer that comes most often.
//
//   replm run benchmarks/tasks/programs/filter-then-map.ts -m 'sim/oracle?error=0.1' -c text.txt --arg 'ask=What is the access code of Amber Falcon?' merge=first
//
// `ask` and `merge` (first, union, sum) are those of map-reduce.ts.

type Merge = 'first' | 'union' | 'sum'

const asks = (args['ask'] ?? '').split('\n')
const merge = (args['merge'] ?? 'first') as Merge // what it must be is said above
const chars = Number(args['chars'] ?? 16_000)
const votes = 3
/** Pieces that are asked about at a time; as many more are read meanwhile. */
const window = 64
const forms = { first: { type: ['string', 'null'] }, union: { type: 'array', items: { type: 'string' } }, sum: { type: 'integer' } }
const schema = { type: 'object', properties: { answer: forms[merge] }, required: ['answer'] }
const yesOrNo = { type: 'object', properties: { answer: { type: 'boolean' } }, required: ['answer'] }
/** How many questions each batch had. */
const stages: number[] = []

async function* readWindows(): AsyncGenerator<string[]> {
  let pieces: string[] = []
  for (const doc of docs)
    for await (const piece of doc.chunks({ chars, on: 'paragraph' })) {
      if (pieces.push(piece) < window) continue
      yield pieces
      pieces = []
    }
  if (pieces.length > 0) yield pieces
}

/** Each is handed out when the next one is on its way. */
async function* windows(): AsyncGenerator<string[]> {
  const source = readWindows()
  for (let next = source.next(); ;) {
    const { value, done } = await next
    if (done === true) return
    next = source.next()
    yield value
  }
}

async function askAll<T>(prompts: readonly string[], form: object): Promise<T[]> {
  if (prompts.length === 0) return []
  stages.push(prompts.length)
  const replies = await llmBatchQuery<{ readonly answer: T }>(prompts, { schema: form })
  return replies.map(({ answer }) => answer)
}

/** The answer that comes most often; of several, the one that came first. */
function elect(answers: readonly unknown[]): unknown {
  const counts = answers.map((answer) => answers.filter((other) => JSON.stringify(other) === JSON.stringify(answer)).length)
  return answers[counts.indexOf(Math.max(...counts))]
}

function reduce(answers: readonly unknown[]): unknown {
  if (merge === 'first') return answers.find((answer) => answer !== null) ?? null
  if (merge === 'union') return [...new Set(answers.flat())]
  return answers.reduce<number>((sum, answer) => sum + Number(answer), 0)
}

let found: unknown = ''
for (const [step, template] of asks.entries()) {
  const ask = template.replaceAll('{}', String(found))
  const answers: unknown[] = []
  let read = 0
  for await (const pieces of windows()) {
    progress(step / asks.length, `${ask} ${read} pieces read`)
    const kept = await askAll<boolean>(
      pieces.map((piece) => `Does the text help to answer: ${ask}\n\n${piece}`),
      yesOrNo,
    )
    const chosen = pieces.filter((_, index) => kept[index])
    // Of equal questions each would be the same sample of this model: the number of the reading makes them differ.
    const readings = await askAll<unknown>(
      chosen.flatMap((piece) => Array.from({ length: votes }, (_, vote) => `${ask}\n(reading ${vote + 1} of ${votes})\n\n${piece}`)),
      schema,
    )
    answers.push(...chosen.map((_, index) => elect(readings.slice(index * votes, (index + 1) * votes))))
    read += pieces.length
  }
  found = reduce(answers)
  if (found === null) break
}
final({ answer: found, stages })
