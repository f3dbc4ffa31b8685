/** A batch whose answers take 50 ms, in a session whose journal lies in a file, beside the same with a journal in memory. */
import { openBoth } from '../journaled.ts'
import { timeCell } from '../instant.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns } from '../series.ts'

export const name = 'journal-wall'
export const goal: Goal = { figure: 'ratio', atMost: 1.02, unit: '×' }

const prompts = 1_024

export async function run(): Promise<Measurement> {
  await using both = await openBoth({ latencyMs: 50 })
  const cell = `(await llmBatchQuery(Array.from({ length: ${prompts} }, (_, index) => 'p' + index), { concurrency: 64 })).length`
  const samples = await inTurns({ rounds: 9, subject: () => timeCell(both.file, cell), baseline: () => timeCell(both.memory, cell) })
  return {
    subject: { what: `${prompts} prompts, 64 at a time, 50 ms each, with the journal in a file`, samples: samples.subject },
    baseline: { what: 'the same with the journal in memory', samples: samples.baseline },
  }
}
