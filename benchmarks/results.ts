/** A folder in; the results that lie there, and its two files written anew, out. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describeMachine, type Machine } from './machine.ts'
import { pageOf } from './page/page.ts'
import type { Result, Run } from './run.ts'

export interface Results {
  /** Of earlier runs on this machine, one of each scenario. */
  readonly earlier: readonly Result[]
  /** Puts new ones in the place of earlier ones of the same name, and gives the files' paths. */
  readonly write: (results: readonly Result[]) => { readonly json: string; readonly page: string }
}

/** Throws for a folder that cannot be made or written. `known` are the scenarios there are, in their order: results of others are left out. */
export function openResults(folder: string, known: readonly string[]): Results {
  makeFolder(resolve(folder))
  // A file of that name is no folder: its path cannot be gone into.
  accessSync(join(folder, '.'), constants.W_OK | constants.X_OK)
  const [json, page] = [join(folder, 'latest.json'), join(folder, 'latest.html')]
  const machine = describeMachine()
  const earlier = readRun(json, machine)?.results.filter(({ name }) => known.includes(name)) ?? []
  return {
    earlier,
    write(results) {
      const all = new Map([...earlier, ...results].map((result) => [result.name, result]))
      const sorted = known.flatMap((name) => all.get(name) ?? [])
      const when = sorted.map((result) => result.when).toSorted().at(-1) ?? new Date().toISOString()
      const run: Run = { when, machine, results: sorted }
      writeWhole(json, `${JSON.stringify(run, undefined, 2)}\n`)
      writeWhole(page, pageOf(run))
      return { json, page }
    },
  }
}

/** Not by mkdir's own recursion, which goes on for ever where the file system takes no folder, as /proc. */
function makeFolder(folder: string): void {
  const parent = dirname(folder)
  if (parent !== folder && !existsSync(parent)) makeFolder(parent)
  if (!existsSync(folder)) mkdirSync(folder)
}

/** undefined where there is none, or what is there is none of ours, or it was measured on another machine: figures of two machines do not belong together. */
function readRun(file: string, machine: Machine): Run | undefined {
  try {
    const run = JSON.parse(readFileSync(file, 'utf8')) as Partial<Run> // looked at below
    const { load: _, ...here } = machine
    const isWhole = run.machine !== undefined && Array.isArray(run.results) && run.results.every((result) => typeof result?.when === 'string' && typeof result.load === 'number')
    if (!isWhole) return undefined
    const { load: __, ...there } = run.machine
    return isDeepStrictEqual(here, there) ? (run as Run) : undefined
  } catch {
    // Missing, or broken.
    return undefined
  }
}

/** At no time half of a file lies there. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}
