/** Names of scenarios in; a table on stdout and the figures as JSON in a folder, out: `node benchmarks/main.ts [NAME…] [--out DIR]`. */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from './built.ts'
import { describeMachine } from './machine.ts'
import type { Result } from './one.ts'
import { tableOf } from './table.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) } } })
const known = readdirSync(new URL('scenarios', import.meta.url))
  .map((file) => file.replace(/\.ts$/, ''))
  .toSorted()
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark named ${unknown.join(', ')}. There are: ${known.join(', ')}\n`)
  process.exit(2)
}

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
const file = join(values.out, 'latest.json')
writeFileSync(file, `${JSON.stringify({ when: new Date().toISOString(), machine, results }, undefined, 2)}\n`)
process.stdout.write(`\nAll samples are in ${file}\n`)
// A missed goal is a figure to report; only what could not be measured is a failure.
if (failed.length > 0) process.stderr.write(`Could not be measured, see above: ${failed.join(', ')}\n`)
process.exitCode = failed.length > 0 ? 1 : 0

/** No scenario meets what another one left behind: compiled code, garbage, warm files. */
async function inProcessOfItsOwn(name: string): Promise<Result | undefined> {
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(new URL('one.ts', import.meta.url)), name], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  let json = ''
  for await (const text of child.stdio[3] as AsyncIterable<Buffer>) json += text.toString()
  return json === '' ? undefined : (JSON.parse(json) as Result)
}
