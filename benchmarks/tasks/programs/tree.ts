// Ask every piece, and let the model put the answers together, eight at a time, until one is left.
//
//   replm run benchmarks/tasks/programs/tree.ts -m 'sim/oracle?error=0.1' -c text.txt --arg 'ask=What is the access code of Amber Falcon?' merge=first
//
// `ask` and `merge` are those of map-reduce.ts.

type Merge = 'first' | 'union' | 'sum' | 'counts'

const asks = (args['ask'] ?? '').split('\n')
const merge = (args['merge'] ?? 'first') as Merge // what it must be is said above
const chars = Number(args['chars'] ?? 16_000)
const fanIn = 8
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

async function askAll(prompts: readonly string[]): Promise<unknown[]> {
  if (prompts.length === 0) return []
  stages.push(prompts.length)
  const replies = await llmBatchQuery<{ readonly answer: unknown }>(prompts, { schema })
  return replies.map(({ answer }) => answer)
}

let found: unknown = ''
for (const [step, template] of asks.entries()) {
  const ask = template.replaceAll('{}', String(found))
  let level: unknown[] = []
  for await (const pieces of windows()) {
    progress(step / asks.length, `${ask} ${level.length} pieces read`)
    level.push(...(await askAll(pieces.map((piece) => `${ask}\n\n${piece}`))))
  }
  while (level.length > 1) {
    const groups = Array.from({ length: Math.ceil(level.length / fanIn) }, (_, index) => level.slice(index * fanIn, (index + 1) * fanIn))
    const several = groups.filter((group) => group.length > 1)
    const combined = await askAll(several.map((group) => `Combine the answers below to: ${ask}\n\n${group.map((answer) => JSON.stringify(answer)).join('\n')}`))
    // An answer that is alone goes up as it is.
    level = groups.map((group) => (group.length > 1 ? combined.shift() : group[0]))
  }
  found = level[0] ?? null
  if (found === null) break
}
final({ answer: found, stages })
