/** One llmQuery of many, asked one after another, in a session whose journal lies in a file, beside the same with a journal in memory. */
import { openBoth } from '../journaled.ts'
import { prompt, timeCell } from '../instant.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns } from '../series.ts'

export const name = 'journal-sequence'
/** A commit that is synced to the disk is 0.15 ms on a quiet disk, and 2 ms on a busy one. */
export const goal: Goal = { figure: 'median', atMost: 2_500, unit: 'µs' }

const queries = 200

export async function run(): Promise<Measurement> {
  await using both = await openBoth({ latencyMs: 0 })
  const cell = `for (let i = 0; i < ${queries}; i++) await llmQuery(${JSON.stringify(prompt)})`
  const perQuery = (ms: number): number => (ms * 1_000) / queries
  const samples = await inTurns({ rounds: 9, subject: async () => perQuery(await timeCell(both.file, cell)), baseline: async () => perQuery(await timeCell(both.memory, cell)) })
  return {
    subject: { what: `one of ${queries} llmQuery, one after another, each durable before the next`, samples: samples.subject },
    baseline: { what: 'the same with the journal in memory', samples: samples.baseline },
  }
}
