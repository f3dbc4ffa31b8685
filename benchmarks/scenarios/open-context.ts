/** `openSession` with a file of 100 MB, beside reading that file. */
import { readFile } from 'node:fs/promises'
import { openInstant } from '../instant.ts'
import { largeText } from '../largeText.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'open-context'
export const goal: Goal = { figure: 'median', atMost: 50, unit: 'ms' }

export async function run(): Promise<Measurement> {
  using text = largeText()
  await using replm = await openInstant()
  const samples = await inTurns({
    rounds: 15,
    subject: async () => {
      const start = performance.now()
      await using _session = await replm.openSession({ context: text.path, limits: { memoryMb: 1_024 } })
      return performance.now() - start
    },
    baseline: () => timed(() => readFile(text.path, 'latin1')),
  })
  return { subject: { what: 'openSession with 100 MB', samples: samples.subject }, baseline: { what: 'readFile of 100 MB', samples: samples.baseline } }
}
