/** Opening a session of 10,000 answers, made in ten batches, until its next cell has run; beside the start and end of a bare Node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openBoth } from '../journaled.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns, timed } from '../series.ts'

export const name = 'resume-batches'
export const goal: Goal = { figure: 'median', atMost: 1_000, unit: 'ms' }

const cell = `const all = []; for (let i = 0; i < 10; i++) all.push(...(await llmBatchQuery(Array.from({ length: 1_000 }, (_, j) => 'p' + i + '/' + j)))); all.length`

export async function run(): Promise<Measurement> {
  await using both = await openBoth({ latencyMs: 0 })
  const { id } = both.file
  await both.file.run(cell)
  await both.file[Symbol.asyncDispose]()
  const samples = await inTurns({
    rounds: 7,
    subject: () =>
      timed(async () => {
        await using session = await both.replm.openSession({ id })
        await session.run('1')
      }),
    baseline: () => timed(() => once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')),
  })
  return {
    subject: { what: 'a session of 10000 answers, made in ten batches, opened and its next cell run', samples: samples.subject },
    baseline: { what: 'a bare Node, started and ended', samples: samples.baseline },
  }
}
