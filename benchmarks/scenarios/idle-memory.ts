/** Resident memory of the sandbox of an idle session, beside that of an idle plain process. */
import { openInstant } from '../instant.ts'
import { startPlainChild } from '../plainChild.ts'
import { memoryMb } from '../processes.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { openKnown } from '../spare.ts'
import { inTurns } from '../series.ts'

export const name = 'idle-memory'
export const goal: Goal = { figure: 'median', atMost: 60, unit: 'MB' }

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  const samples = await inTurns({
    rounds: 5,
    warmUp: 0,
    subject: async () => {
      await using known = await openKnown(replm)
      return memoryMb(known.pid).rss
    },
    baseline: async () => {
      const child = await startPlainChild()
      await child.echo(0)
      const { rss } = memoryMb(child.pid)
      child.kill()
      await child.gone
      return rss
    },
  })
  return { subject: { what: 'RSS of an idle session', samples: samples.subject }, baseline: { what: 'RSS of an idle plain process', samples: samples.baseline } }
}
