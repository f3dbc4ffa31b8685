/** A batch whose answers take no time, in a session whose journal lies in a file, beside the same with a journal in memory. */
import { openBoth } from '../journaled.ts'
import { timeCell } from '../instant.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns } from '../series.ts'

export const name = 'journal-instant'
export const goal: Goal = { figure: 'ratio', atMost: 2, unit: '×' }

const prompts = 5_000

export async function run(): Promise<Measurement> {
  await using both = await openBoth({ latencyMs: 0 })
  const cell = `(await llmBatchQuery(Array.from({ length: ${prompts} }, (_, index) => 'p' + index))).length`
  const samples = await inTurns({ rounds: 15, subject: () => timeCell(both.file, cell), baseline: () => timeCell(both.memory, cell) })
  return {
    subject: { what: `${prompts} prompts answered at once, with the journal in a file`, samples: samples.subject },
    baseline: { what: 'the same with the journal in memory', samples: samples.baseline },
  }
}
