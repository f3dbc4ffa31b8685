/** Names of scenarios in; a table on stdout, and the figures as JSON and as a page in a folder, out: `node benchmarks/main.ts [NAME…] [--out DIR] [--quick | --full]`. */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from './built.ts'
import { describeMachine } from './machine.ts'
import type { Result } from './one.ts'
import { pageOf } from './page/page.ts'
import type { Extent } from './report.ts'
import type { Run } from './run.ts'
import { tableOf } from './table.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    // Only makes the page of figures that are there.
    page: { type: 'boolean', default: false },
  },
})
const file = join(values.out, 'latest.json')
if (values.page) {
  // This program wrote it.
  writePage(JSON.parse(readFileSync(file, 'utf8')) as Run)
  process.exit(0)
}
const known = readdirSync(new URL('scenarios', import.meta.url))
  .map((name) => name.replace(/\.ts$/, ''))
  .toSorted()
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark named ${unknown.join(', ')}. There are: ${known.join(', ')}\n`)
  process.exit(2)
}
const extent: Extent = values.full ? 'full' : values.quick ? 'quick' : 'default'

build()
const machine = describeMachine()
const results: Result[] = []
const failed: string[] = []
for (const name of positionals.length > 0 ? positionals : known) {
  process.stderr.write(`${name} …\n`)
  const result = await inProcessOfItsOwn(name)
  if (result === undefined) failed.push(name)
  else results.push(result)
}
process.stdout.write(tableOf(results, machine))
mkdirSync(values.out, { recursive: true })
const run: Run = { when: new Date().toISOString(), extent, machine, results }
writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`)
process.stdout.write(`\nAll figures are in ${file}\n`)
writePage(run)
// A missed goal is a figure to report; only what could not be measured is a failure.
if (failed.length > 0) process.stderr.write(`Could not be measured, see above: ${failed.join(', ')}\n`)
process.exitCode = failed.length > 0 ? 1 : 0

/** No scenario meets what another one left behind: compiled code, garbage, warm files. */
async function inProcessOfItsOwn(name: string): Promise<Result | undefined> {
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(new URL('one.ts', import.meta.url)), name, extent], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  let json = ''
  for await (const text of child.stdio[3] as AsyncIterable<Buffer>) json += text.toString()
  return json === '' ? undefined : (JSON.parse(json) as Result)
}

function writePage(results: Run): void {
  const page = join(values.out, 'latest.html')
  writeFileSync(page, pageOf(results))
  process.stdout.write(`The same to look at: ${page}\n`)
}
