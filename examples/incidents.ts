// What goes wrong in a log, how often, and since when? Plain code reads every line; a question is asked for each kind of failure, not for each failure.
//
//   node examples/log.mjs 200000 | gzip > shop.log.gz
//   replm run examples/incidents.ts -m sim/extract -c shop.log.gz
//
// The log may be packed, and far larger than the sandbox's memory: it crosses piece by piece.

const failure = /\b(?:ERROR|FATAL|CRITICAL|PANIC)\b/i
const limit = Number(args['limit'] ?? 20)

interface Kind {
  count: number
  readonly doc: Doc
  readonly line: number
  readonly text: string
}

/** Lines that differ only in their numbers tell of the same thing. */
const kinds = new Map<string, Kind>()
let total = 0
for (const doc of docs) {
  let line = 0
  for await (const piece of doc.chunks({ chars: 400_000, on: 'line' })) {
    for (const text of piece.replace(/\n$/, '').split('\n')) {
      line += 1
      if (!failure.test(text)) continue
      total += 1
      const kind = text.replaceAll(/[^\s:]*\d[^\s:]*/g, '#').replaceAll(/#(?::#)+/g, '#')
      const known = kinds.get(kind)
      if (known === undefined) kinds.set(kind, { count: 1, doc, line, text })
      else known.count += 1
    }
  }
}
const worst = [...kinds.values()].toSorted((a, b) => b.count - a.count).slice(0, limit)
console.log(`${total} lines tell of a failure, in ${kinds.size} kinds`)
if (worst.length === 0) await final('Nothing went wrong.')

// A failure is understood from what happened around it.
const readings = await llmBatchQuery<{ readonly cause: string }>(
  await Promise.all(
    worst.map(async ({ doc, line, text }) => {
      const around = await doc.readLines(Math.max(1, line - 5), 11)
      return `What is the cause of this failure?\n\n${text}\n\nThe log around it:\n${around.join('\n')}`
    }),
  ),
  { schema: { type: 'object', properties: { cause: { type: 'string', description: 'the cause of the failure, in one sentence' } }, required: ['cause'] } },
)

for (const [index, { count, doc, line }] of worst.entries()) console.log(`\n${count} times, first in ${doc.name}:${line}\n  ${readings[index]?.cause.trim().replaceAll('\n', '\n  ')}`)
final({ lines: total, kinds: kinds.size, asked: worst.length })
