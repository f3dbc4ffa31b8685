/** The name of one scenario and how much to measure in; its result, as JSON on file descriptor 3, out. */
import { writeSync } from 'node:fs'
import type { Extent, Report, Suite } from './report.ts'
import { pairReport } from './pairReport.ts'
import type { Scenario } from './scenario.ts'

export interface Result {
  readonly name: string
  /** One sentence: what question it answers. Empty of one that measures a single thing: its figure says it. */
  readonly about: string
  readonly seconds: number
  readonly report: Report
}

const [name = '', extent = 'default'] = process.argv.slice(2)
// Each file there exports one of the two; a test holds it.
const scenario = (await import(`./scenarios/${name}.ts`)) as Scenario | Suite
const start = performance.now()
const report = 'report' in scenario ? await scenario.report({ extent: extent as Extent }) : pairReport(scenario, await scenario.run()) // main.ts names the extent.
const result: Result = { name, about: 'report' in scenario ? scenario.about : '', seconds: (performance.now() - start) / 1_000, report }
writeAll(JSON.stringify(result))
process.exit(0)

/** A pipe takes 64 KB at a time. */
function writeAll(text: string): void {
  const bytes = Buffer.from(text)
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(3, bytes, offset)
    } catch (error) {
      // Full for the moment: its reader empties it.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}
