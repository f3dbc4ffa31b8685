/** Names of scenarios in; a line for each with how long it takes and what it answers, and how long all of them take, out. */
import { expectedSeconds, expectedTotal, shownSeconds } from './durations.ts'
import type { Extent, Suite } from './report.ts'
import type { Scenario } from './scenario.ts'

const extents: readonly Extent[] = ['quick', 'default', 'full']

export async function listOf(names: readonly string[]): Promise<string> {
  const times = (secondsOf: (extent: Extent) => number | undefined): string[] => extents.map(secondsOf).map((seconds) => (seconds === undefined ? '?' : shownSeconds(seconds)))
  const rows = [
    ['', '--quick', 'usual', '--full', ''],
    ...(await Promise.all(names.map(async (name) => [name, ...times((extent) => expectedSeconds(name, extent, [])), await aboutOf(name)]))),
    ['all of them', ...times((extent) => expectedTotal(names, extent, [])), ''],
  ]
  const width = Math.max(...names.map((name) => name.length))
  return rows.map(([name = '', quick = '', usual = '', full = '', about = '']) => `  ${name.padEnd(width)}  ${quick.padStart(7)}  ${usual.padStart(7)}  ${full.padStart(10)}  ${about}`.trimEnd()).join('\n')
}

/** The name of one that measures a single thing says what. */
async function aboutOf(name: string): Promise<string> {
  const scenario = (await import(`./scenarios/${name}.ts`)) as Scenario | Suite // each file there exports one of the two; a test holds it
  return 'about' in scenario ? scenario.about : 'one figure'
}
