/** One llmBatchQuery of a thousand prompts, beside one line with a thousand prompts to a plain process. */
import { openInstant, prompt, reply, timeCell } from '../instant.ts'
import { startPlainChild } from '../plainChild.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'batch-query'
export const goal: Goal = { figure: 'median', atMost: 18, unit: 'ms' }

const queries = 1_000

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  await using session = await replm.openSession()
  const child = await startPlainChild()
  const cell = `(await llmBatchQuery(Array.from({ length: ${queries} }, (_, i) => ${JSON.stringify(prompt)} + i))).length`
  const samples = await inTurns({
    rounds: 30,
    warmUp: 5,
    subject: () => timeCell(session, cell),
    baseline: () => timed(() => child.echo(Array.from({ length: queries }, (_, i) => ({ prompt: prompt + i, reply })))),
  })
  child.kill()
  return {
    subject: { what: `llmBatchQuery of ${queries}`, samples: samples.subject },
    baseline: { what: `${queries} prompts of 1 KB in one line to a plain process and back`, samples: samples.baseline },
  }
}
