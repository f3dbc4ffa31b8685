/** The first cell after the sandbox of a short session was killed, which a spare takes the place of; beside the start and end of a bare Node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openInstant, timeCell } from '../instant.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'
import { openKnown } from '../spare.ts'

export const name = 'recovery'
export const goal: Goal = { figure: 'median', atMost: 100, unit: 'ms' }

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  const samples = await inTurns({
    rounds: 15,
    subject: async () => {
      await using known = await openKnown(replm)
      const { session, pid } = known
      for (let cell = 0; cell < 10; cell++) await session.run(`var all${cell} = await llmBatchQuery(['a', 'b', 'c']); await sleep(1)`)
      return await timed(async () => {
        process.kill(pid, 'SIGKILL')
        await timeCell(session, 'all9.length')
      })
    },
    baseline: () => timed(() => once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')),
  })
  return {
    subject: { what: 'SIGKILL on the sandbox of a session of ten cells to the value of its next', samples: samples.subject },
    baseline: { what: 'a bare Node, started and ended', samples: samples.baseline },
  }
}
