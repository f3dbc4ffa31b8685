/** What one llmQuery of many, asked one after another, costs beyond its provider's own time; beside a plain process that is asked as often. */
import { openInstant, prompt, reply, timeCell } from '../instant.ts'
import { startPlainChild } from '../plainChild.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'sequential-queries'
export const goal: Goal = { figure: 'median', atMost: 200, unit: 'µs' }

const queries = 200

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  await using session = await replm.openSession()
  const child = await startPlainChild()
  // The provider answers at once: all the time is overhead.
  const cell = `for (let i = 0; i < ${queries}; i++) await llmQuery(${JSON.stringify(prompt)})`
  const samples = await inTurns({
    rounds: 30,
    warmUp: 3,
    subject: async () => ((await timeCell(session, cell)) * 1_000) / queries,
    baseline: async () =>
      ((await timed(async () => {
        for (let i = 0; i < queries; i++) await child.echo({ prompt, reply })
      })) *
        1_000) /
      queries,
  })
  child.kill()
  return {
    subject: { what: `one of ${queries} llmQuery, one after another`, samples: samples.subject },
    baseline: { what: 'a line of 1 KB to a plain process and back', samples: samples.baseline },
  }
}
