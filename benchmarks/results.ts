/** A folder in; the results that lie there, and its two files written anew, out. A result never takes the place of one that says more. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { mostComplete } from './completeness.ts'
import { describeMachine, type Machine } from './machine.ts'
import { pageOf } from './page/page.ts'
import type { Result, Run } from './run.ts'

export interface Results {
  /** Of earlier runs on this machine, those of one scenario in the order in which they were measured. */
  readonly earlier: readonly Result[]
  /** Puts new ones in the place of earlier ones that say no more, the others beside them. */
  readonly write: (results: readonly Result[]) => Written
}

interface Written {
  /** The files' paths. */
  readonly json: string
  readonly page: string
  /** New ones that are not shown, each with the one that says more and is. */
  readonly besides: readonly { readonly result: Result; readonly shown: Result }[]
}

/** Throws for a folder that cannot be made or written. `known` are the scenarios there are, in their order: results of others are left out. */
export function openResults(folder: string, known: readonly string[]): Results {
  makeFolder(resolve(folder))
  // A file of that name is no folder: its path cannot be gone into.
  accessSync(join(folder, '.'), constants.W_OK | constants.X_OK)
  const [json, page] = [join(folder, 'latest.json'), join(folder, 'latest.html')]
  const machine = describeMachine()
  const run = readRun(json, machine)
  const earlier = [...(run?.results ?? []), ...(run?.besides ?? [])].filter(({ name }) => known.includes(name)).toSorted((a, b) => a.when.localeCompare(b.when))
  return {
    earlier,
    write(results) {
      const kept = known.map((name) => mostComplete([...earlier, ...results].filter((result) => result.name === name)))
      const shown = kept.flatMap(([first]) => first ?? [])
      const besides = kept.flatMap(([, ...others]) => others)
      const when = shown.map((result) => result.when).toSorted().at(-1) ?? new Date().toISOString()
      const run: Run = { when, machine, results: shown, ...(besides.length > 0 ? { besides } : {}) }
      writeWhole(json, `${JSON.stringify(run, undefined, 2)}\n`)
      writeWhole(page, pageOf(run))
      const isNew = new Set(results)
      return { json, page, besides: kept.flatMap(([first, ...others]) => (first === undefined ? [] : others.filter((other) => isNew.has(other)).map((result) => ({ result, shown: first })))) }
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
    if (run.machine === undefined || !isResults(run.results) || !isResults(run.besides ?? [])) return undefined
    const { load: __, ...there } = run.machine
    return isDeepStrictEqual(here, there) ? (run as Run) : undefined
  } catch {
    // Missing, or broken.
    return undefined
  }
}

function isResults(results: unknown): results is readonly Result[] {
  return Array.isArray(results) && results.every((result: Partial<Result> | null) => typeof result?.when === 'string' && typeof result.load === 'number' && Array.isArray(result.report?.tables))
}

/** At no time half of a file lies there. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}
