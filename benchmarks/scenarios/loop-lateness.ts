/** How late the host's loop is, at the 99th percentile, while a guest spins; beside a plain process that spins. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openInstant } from '../instant.ts'
import { startPlainChild } from '../plainChild.ts'
import type { Goal, Measurement } from '../scenario.ts'
import { inTurns } from '../series.ts'

export const name = 'loop-lateness'
export const goal: Goal = { figure: 'median', atMost: 20, unit: 'ms' }

const spinMs = 1_000

export async function run(): Promise<Measurement> {
  await using replm = await openInstant()
  await using session = await replm.openSession({ limits: { cpuMs: spinMs } })
  const samples = await inTurns({
    rounds: 5,
    warmUp: 1,
    subject: () => lateness(() => session.run('for (;;);').catch((error: unknown) => expectCpu(error))),
    baseline: async () => {
      const child = await startPlainChild(`const end = performance.now() + ${spinMs}; while (performance.now() < end);`)
      return lateness(() => child.gone)
    },
  })
  return {
    subject: { what: `p99 of a second in which a guest spins`, samples: samples.subject },
    baseline: { what: 'p99 of a second in which a plain process spins', samples: samples.baseline },
  }
}

/** The 99th percentile of how late timers of 1 ms are while the work goes on. */
async function lateness(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  delay.disable()
  return delay.percentile(99) / 1e6 - 1
}

function expectCpu(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'CPU')) throw error
}
