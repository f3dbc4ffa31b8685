/** Opening a session of 10,000 answers, made in ten batches, until its next cell has run; beside the start and end of a bare Node. */
import { measureResumed } from '../resumed.ts'
import type { Goal, Measurement } from '../scenario.ts'

export const name = 'resume-batches'
export const goal: Goal = { figure: 'median', atMost: 1_000, unit: 'ms' }

const cell = `const all = []; for (let i = 0; i < 10; i++) all.push(...(await llmBatchQuery(Array.from({ length: 1_000 }, (_, j) => 'p' + i + '/' + j)))); all.length`

export function run(): Promise<Measurement> {
  return measureResumed(cell, 'made in ten batches')
}
