/** From SIGKILL on a sandbox to the rejection of its cell, beside the exit of a plain process. */
import { openInstant } from '../instant.ts'
import { startPlainChild } from '../plainChild.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { noticingMs } from '../spare.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'kill-noticed'
export const goal: Goal = { figure: 'median', atMost: 20, unit: 'ms' }

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  const samples = await inTurns({
    rounds: 15,
    subject: () => noticingMs(replm),
    baseline: async () => {
      const child = await startPlainChild()
      await child.echo(0)
      return timed(() => {
        process.kill(child.pid, 'SIGKILL')
        return child.gone
      })
    },
  })
  return {
    subject: { what: 'SIGKILL to the rejection of the cell', samples: samples.subject },
    baseline: { what: 'SIGKILL to the exit of a plain process', samples: samples.baseline },
  }
}
