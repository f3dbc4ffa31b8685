/** The first cell after a sandbox was killed, from a spare; beside the start and end of a bare Node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openInstant, timeCell } from '../instant.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { lostSession } from '../spare.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'next-answer'
export const goal: Goal = { figure: 'median', atMost: 15, unit: 'ms' }

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  const samples = await inTurns({
    rounds: 15,
    subject: async () => {
      await using killed = await lostSession(replm)
      return await timeCell(killed.session, '1+1')
    },
    baseline: () => timed(() => once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')),
  })
  return {
    subject: { what: "run('1+1') after the sandbox was killed", samples: samples.subject },
    baseline: { what: 'a bare Node, started and ended', samples: samples.baseline },
  }
}
