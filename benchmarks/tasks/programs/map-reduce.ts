// Ask every piece, put the answers together in code.
//
//   replm run benchmarks/tasks/programs/map-reduce.ts -m 'sim/oracle?error=0.1' -c text.txt --arg 'ask=What is the access code of Amber Falcon?' merge=first
//
// `ask` has a question per line; in each but the first, {} is what the one before found. `merge` says what is asked for: the
// first value, the union of lists, the sum of numbers, or sums by name (counts).

type Merge = 'first' | 'union' | 'sum' | 'counts'

const asks = (args['ask'] ?? '').split('\n')
const merge = (args['merge'] ?? 'first') as Merge // what it must be is said above
const chars = Number(args['chars'] ?? 16_000)
/** Pieces that are asked about at a time; as many more are read meanwhile. */
const window = 64
const forms = {
  first: { type: ['string', 'null'] },
  union: { type: 'array', items: { type: 'string' } },
  sum: { type: 'integer' },
  counts: { type: 'object', additionalProperties: { type: 'integer' } },
}
const schema = { type: 'object', properties: { answer: forms[merge] }, required: ['answer'] }
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

function reduce(answers: readonly unknown[]): unknown {
  if (merge === 'first') return answers.find((answer) => answer !== null) ?? null
  if (merge === 'union') return [...new Set(answers.flat())]
  if (merge === 'sum') return answers.reduce<number>((sum, answer) => sum + Number(answer), 0)
  const counts = new Map<string, number>()
  for (const answer of answers) for (const [name, count] of Object.entries(answer as Record<string, number>)) counts.set(name, (counts.get(name) ?? 0) + count) // of the schema
  return Object.fromEntries(counts)
}

let found: unknown = ''
for (const [step, template] of asks.entries()) {
  const ask = template.replaceAll('{}', String(found))
  const answers: unknown[] = []
  for await (const pieces of windows()) {
    progress(step / asks.length, `${ask} ${answers.length} pieces read`)
    stages.push(pieces.length)
    const replies = await llmBatchQuery<{ readonly answer: unknown }>(
      pieces.map((piece) => `${ask}\n\n${piece}`),
      { schema },
    )
    answers.push(...replies.map(({ answer }) => answer))
  }
  found = reduce(answers)
  if (found === null) break
}
final({ answer: found, stages })
