// Under which licence is each installed package, and what does it ask of whoever passes it on?
//
//   replm run examples/licences.ts -m sim/extract -c 'node_modules/*/LICENSE*'
//
// One question per file, all of them at once. Each answer follows a schema, so the table at the end is made of
// checked values and not of what a model happened to write. What fails is a row of its own and costs nothing else.

interface Finding {
  readonly licence: string
  readonly holder: string
  readonly copyleft: boolean
}

const schema = {
  type: 'object',
  properties: {
    licence: { type: 'string', description: 'SPDX identifier of the licence, such as MIT or Apache-2.0' },
    holder: { type: 'string', description: 'copyright holder' },
    copyleft: { type: 'boolean', description: 'must derived works be published under the same licence (GPL, copyleft)' },
  },
  required: ['licence', 'holder', 'copyleft'],
  additionalProperties: false,
}

if (docs.length === 0) throw new Error("Nothing to audit: load licence files with -c 'node_modules/*/LICENSE*'")

// A licence says what it is at its beginning; some files append those of everything they bundle.
const heads = await Promise.all(docs.map((doc) => doc.slice(0, 6_000)))
const slots = await llmBatchQuery<Finding>(
  heads.map((text) => `Which licence is this, and who holds the copyright?\n\n${text}`),
  { schema, settle: true },
)

// Where none was answered, the reason is the result: no model, a wrong key, an empty account.
const failed = slots.find((slot) => !slot.ok)
if (failed !== undefined && !slots.some((slot) => slot.ok)) throw failed.error

const packageOf = (path: string): string => /node_modules\/((?:@[^/]+\/)?[^/]+)\/[^/]*$/.exec(path)?.[1] ?? path
const rows = slots.map((slot, index) => ({ package: packageOf(docs[index]?.name ?? ''), slot })).toSorted((a, b) => a.package.localeCompare(b.package))

const width = Math.max(...rows.map((row) => row.package.length))
for (const { package: name, slot } of rows) {
  if (slot.ok) console.log(name.padEnd(width), (slot.value.copyleft ? `${slot.value.licence}, copyleft` : slot.value.licence).padEnd(24), slot.value.holder)
  else console.log(name.padEnd(width), `not answered: ${slot.error.code}`)
}

const counts = new Map<string, number>()
for (const { slot } of rows) {
  const licence = slot.ok ? slot.value.licence : 'not answered'
  counts.set(licence, (counts.get(licence) ?? 0) + 1)
}
const summary = [...counts].toSorted((a, b) => b[1] - a[1]).map(([licence, count]) => `${count} × ${licence}`)
final(`\n${rows.length} packages: ${summary.join(', ')}`)
