/** `1+1` through the whole way, beside a line of JSON to a plain process and back. */
import { openInstant, timeCell } from '../instant.ts'
import { startPlainChild } from '../plainChild.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'one-plus-one'
export const goal: Goal = { figure: 'median', atMost: 1, unit: 'ms' }

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  await using session = await replm.openSession()
  const child = await startPlainChild()
  const samples = await inTurns({
    rounds: 500,
    warmUp: 50,
    subject: () => timeCell(session, '1+1'),
    baseline: () => timed(() => child.echo({ cell: '1+1' })),
  })
  child.kill()
  return { subject: { what: "session.run('1+1')", samples: samples.subject }, baseline: { what: 'a line to a plain process and back', samples: samples.baseline } }
}
