/** From `openSession` to the first value, with a spare at hand; beside the start and end of a bare Node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openInstant } from '../instant.ts'
import { spareIsWarm } from '../spare.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'new-session'
export const goal: Goal = { figure: 'median', atMost: 15, unit: 'ms' }

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  const samples = await inTurns({
    rounds: 20,
    subject: async () => {
      await spareIsWarm()
      const start = performance.now()
      await using session = await replm.openSession()
      await session.run('0')
      return performance.now() - start
    },
    baseline: () => timed(() => once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')),
  })
  return {
    subject: { what: "openSession and run('0')", samples: samples.subject },
    baseline: { what: 'a bare Node, started and ended', samples: samples.baseline },
  }
}
