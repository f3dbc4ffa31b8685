// What does a long text say? Map: each piece is summed up on its own. Reduce: the summaries are, until one is left.
//
//   replm run examples/summary.ts -m sim/extract -c docs/*.md
//   replm run examples/summary.ts -m openai/gpt-5-mini -c book.txt --arg about='the weather'
//
// The text stays on the host and crosses piece by piece, so it may be far larger than the sandbox's memory.

const about = args['about'] === undefined ? '' : ` Keep to what it says about ${args['about']}.`
const ask = (text: string): string => `Sum up the following text in at most three sentences.${about}\n\n${text}`

if (docs.length === 0) throw new Error('Nothing to sum up: load a text with -c FILE')

// Pieces end where a paragraph does, and are small enough for any model.
let texts: string[] = []
for (const doc of docs) for await (const piece of doc.chunks({ chars: 8_000, on: 'paragraph' })) texts.push(piece)
const pieces = texts.length

for (let round = 1; ; round += 1) {
  progress((round - 1) / (round + 1), `round ${round}: ${texts.length} texts`)
  const summaries = await llmBatchQuery(texts.map(ask))
  if (summaries.length === 1) await final(summaries[0])

  // As many summaries as fit into one question go into it; two at least, so that every round has fewer texts.
  texts = []
  for (let at = 0; at < summaries.length; ) {
    let group = summaries[at++] ?? ''
    do group += `\n\n${summaries[at++] ?? ''}`
    while (at < summaries.length && group.length + (summaries[at]?.length ?? 0) < 8_000)
    texts.push(group.trim())
  }
  console.error(`${pieces} pieces, round ${round}: ${summaries.length} summaries into ${texts.length}`)
}
