/** A cell that makes 10,000 answers in; how long its session takes to be opened again until its next cell has run, beside the start and end of a bare Node, out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openBoth } from './journaled.ts'
import type { Measurement } from './scenario.ts'
import { inTurns, timed } from './series.ts'

export async function measureResumed(cell: string, how: string): Promise<Measurement> {
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
    subject: { what: `a session of 10000 answers, ${how}, opened and its next cell run`, samples: samples.subject },
    baseline: { what: 'a bare Node, started and ended', samples: samples.baseline },
  }
}
