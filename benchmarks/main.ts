/** Names of scenarios in; a table on stdout, and the figures as JSON and as a page in a folder, out: `node benchmarks/main.ts [NAME…] [--out DIR] [--quick | --full] [--json]`; `--list` says which there are. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from './built.ts'
import { markOf } from './completeness.ts'
import { expectedSeconds, expectedTotal, shownSeconds } from './durations.ts'
import { listOf } from './list.ts'
import { describeMachine } from './machine.ts'
import { createProgress } from './progress.ts'
import type { Extent } from './report.ts'
import { openResults, type Results } from './results.ts'
import type { Result, Run } from './run.ts'
import { measureScenario } from './scenarioProcess.ts'
import { tableOf } from './table.ts'
import { nearestNames } from '../src/cli/nearest.ts'

const known = readdirSync(new URL('scenarios', import.meta.url))
  .map((name) => name.replace(/\.ts$/, ''))
  .toSorted()
const { names, out, extent, json, pageOnly, list } = readArguments()
if (list) {
  process.stdout.write(`${await listOf(known)}\n`)
  process.exit(0)
}
const results = openOrExit(out)
// Only makes the page anew of figures that are there.
if (pageOnly) {
  process.stdout.write(`${results.write([]).page}\n`)
  process.exit(0)
}
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort())
buildOrExit()

const total = expectedTotal(names, extent, results.earlier)
if (names.length > 1)
  process.stderr.write(`${names.length} scenarios${total === undefined ? '' : `, about ${shownSeconds(total)}`}; Ctrl-C keeps what is measured by then\n`)
const progress = createProgress(process.stderr)
const measured: Result[] = []
const failed: string[] = []
for (const [index, name] of names.entries()) {
  progress.begin({ place: `[${index + 1}/${names.length}]`, name, expectedSeconds: expectedSeconds(name, extent, results.earlier) })
  const result = await measureScenario(name, { extent, signal: interrupt.signal, onAbout: progress.about, onStep: progress.step })
  progress.end(result !== undefined && result.stopped !== true)
  if (result !== undefined) measured.push(result)
  if (!interrupt.signal.aborted && (result === undefined || result.stopped === true)) failed.push(name)
  if (interrupt.signal.aborted) break
}
tell()

function tell(): void {
  const machine = describeMachine()
  if (json) {
    const run: Run = { when: measured.at(-1)?.when ?? new Date().toISOString(), machine, results: measured }
    process.stdout.write(`${JSON.stringify(run)}\n`)
  } else if (measured.length > 0) process.stdout.write(tableOf(measured, machine))
  if (measured.length > 0) {
    const files = results.write(measured)
    process.stderr.write(`\nAll figures: ${files.json}\nTo look at:  ${files.page}\n`)
    for (const { result, shown } of files.besides)
      process.stderr.write(`${result.name} (${markOf(result) || 'default'}) is less than the ${markOf(shown) || 'default'} one of ${shown.when.slice(0, 10)}, which stays on the page: it is kept in the file beside it, under "besides"\n`)
  }
  // A missed goal is a figure to report; only what could not be measured is a failure.
  if (failed.length > 0) process.stderr.write(`Could not be measured to the end, see above: ${failed.join(', ')}\n`)
  if (interrupt.signal.aborted)
    process.stderr.write(
      `Stopped: ${names.length - measured.filter(({ stopped }) => stopped !== true).length} of ${names.length} not measured, or not to the end\n`,
    )
  process.exitCode = interrupt.signal.aborted ? 130 : failed.length > 0 ? 1 : 0
}

interface Arguments {
  readonly names: readonly string[]
  readonly out: string
  readonly extent: Extent
  readonly json: boolean
  readonly pageOnly: boolean
  readonly list: boolean
}

function readArguments(): Arguments {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  if (values.quick && values.full) exit('--quick and --full exclude each other: name one of them')
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) exit(`There is no benchmark named ${unknown.map(withNear).join(', ')}. There are: ${known.join(', ')}`)
  const names = positionals.length > 0 ? [...new Set(positionals)] : known
  return { names, out: values.out, extent: values.full ? 'full' : values.quick ? 'quick' : 'default', json: values.json, pageOnly: values.page, list: values.list }
}

function withNear(name: string): string {
  const near = nearestNames(name, known)
  return near.length === 0 ? name : `${name} (did you mean ${near.join(' or ')}?)`
}

function openOrExit(folder: string): Results {
  try {
    return openResults(folder, known)
  } catch (error) {
    return exit(`The folder ${folder} cannot be written: ${(error as Error).message}. Name another one with --out`) // of the file system: an Error
  }
}

function buildOrExit(): void {
  try {
    build()
  } catch (error) {
    exit((error as Error).message) // thrown by build, as an Error
  }
}

function exit(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
