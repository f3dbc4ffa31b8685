/** A thousand llmQuery at once, beside a thousand lines to a plain process. */
import { openInstant, prompt, reply, timeCell } from '../instant.ts'
import { startPlainChild } from '../plainChild.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'parallel-queries'
export const goal: Goal = { figure: 'median', atMost: 30, unit: 'ms' }

const queries = 1_000

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  await using session = await replm.openSession()
  const child = await startPlainChild()
  const cell = `await Promise.all(Array.from({ length: ${queries} }, (_, i) => llmQuery(${JSON.stringify(prompt)} + i))); 0`
  const samples = await inTurns({
    rounds: 30,
    warmUp: 5,
    subject: () => timeCell(session, cell),
    baseline: () => timed(() => Promise.all(Array.from({ length: queries }, (_, i) => child.echo({ prompt: prompt + i, reply })))),
  })
  child.kill()
  return {
    subject: { what: `${queries} llmQuery at once`, samples: samples.subject },
    baseline: { what: `${queries} lines of 1 KB to a plain process and back`, samples: samples.baseline },
  }
}
