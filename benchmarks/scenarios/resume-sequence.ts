/** Opening a session of 10,000 answers, made one after another, until its next cell has run; beside the start and end of a bare Node. */
import { measureResumed } from '../resumed.ts'
import type { Goal, Measurement } from '../scenario.ts'

export const name = 'resume-sequence'
export const goal: Goal = { figure: 'median', atMost: 1_000, unit: 'ms' }

const cell = `let sum = 0; for (let i = 0; i < 10_000; i++) sum += (await llmQuery('p' + i)).length; sum`

export function run(): Promise<Measurement> {
  return measureResumed(cell, 'made one after another')
}
