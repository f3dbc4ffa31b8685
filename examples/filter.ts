// Ask an expensive question only where a cheap test says that it may matter.
//
//   replm run examples/filter.ts -m sim/extract -c 'node_modules/*/README*' --arg words=signal,abort,cancel --arg question='How is a call aborted?'
//
// The test is plain code over every paragraph of every file: it costs nothing. The questions go, in one batch, to the
// paragraphs that pass, the best first, and never to more of them than `limit`.

const words = (args['words'] ?? 'signal,abort,cancel').split(',').map((word) => word.trim().toLowerCase())
const question = args['question'] ?? 'How is a call aborted?'
const limit = Number(args['limit'] ?? 40)

interface Candidate {
  readonly name: string
  readonly text: string
  readonly hits: number
}

const candidates: Candidate[] = []
let seen = 0
for (const doc of docs) {
  for await (const text of doc.chunks({ chars: 2_000, on: 'paragraph' })) {
    seen += 1
    const lower = text.toLowerCase()
    const hits = words.filter((word) => lower.includes(word)).length
    if (hits > 0) candidates.push({ name: doc.name, text, hits })
  }
}
const chosen = candidates.toSorted((a, b) => b.hits - a.hits).slice(0, limit)
console.log(`${seen} passages in ${docs.length} files, ${candidates.length} with one of: ${words.join(', ')}; asking about ${chosen.length}`)
if (chosen.length === 0) await final('Nothing to ask about.')

interface Reading {
  readonly relevant: boolean
  readonly answer: string
}
const readings = await llmBatchQuery<Reading>(
  chosen.map(({ text }) => `${question}\n\n${text}`),
  {
    schema: {
      type: 'object',
      properties: { relevant: { type: 'boolean', description: `does the text answer: ${question}` }, answer: { type: 'string', description: question } },
      required: ['relevant', 'answer'],
    },
    settle: true,
  },
)

const found = chosen.flatMap(({ name }, index) => {
  const slot = readings[index]
  return slot?.ok === true && slot.value.relevant ? [{ name, answer: slot.value.answer }] : []
})
for (const { name, answer } of found) console.log(`\n${name}\n  ${answer.replaceAll('\n', '\n  ')}`)
final({ question, asked: chosen.length, answered: found.length })
