/** The name of one scenario and how much to measure in; what it is about, its steps and its report, as lines of JSON on file descriptor 3, out: the last report counts. Ends with its input. */
import { writeSync } from 'node:fs'
import type { Extent, Report, Suite } from './report.ts'
import { pairReport } from './pairReport.ts'
import type { Scenario } from './scenario.ts'
import { onStep } from './step.ts'

export type Told =
  | { readonly type: 'about'; readonly about: string }
  | { readonly type: 'step'; readonly step: string }
  | { readonly type: 'report'; readonly report: Report }

// Nobody is left to tell.
process.stdin.on('end', () => process.exit(1)).resume()

const [name = '', extent = 'default'] = process.argv.slice(2)
// Each file there exports one of the two; a test holds it.
const scenario = (await import(`./scenarios/${name}.ts`)) as Scenario | Suite
tell({ type: 'about', about: 'report' in scenario ? scenario.about : '' })
onStep((step) => tell({ type: 'step', step }))
const keep = (report: Report): void => tell({ type: 'report', report })
keep('report' in scenario ? await scenario.report({ extent: extent as Extent, keep }) : pairReport(scenario, await scenario.run())) // main.ts names the extent.
process.exit(0)

/** A pipe takes 64 KB at a time. */
function tell(told: Told): void {
  const bytes = Buffer.from(`${JSON.stringify(told)}\n`)
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(3, bytes, offset)
    } catch (error) {
      // Full for the moment: its reader empties it.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}
