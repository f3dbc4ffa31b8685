/** Jobs that do nothing, submitted before and done by one engine, its commits in groups, beside one at a time. */
import type { JobEngine, JobHandler } from '../../src/host/jobs/engine.ts'
import { openJobs } from '../jobs.ts'
import type { Extent, Report } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { median } from '../series.ts'

export const name = 'jobs-throughput'
export const about = 'How many jobs does one engine do in a second, when the jobs themselves take no time?'

const places = [1, 16, 64] as const

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  const count = extent === 'quick' ? 500 : 2_000
  await using jobs = await openJobs()
  const { engine } = jobs
  const outcomes = await inRounds(['1', '16', '64'], { rounds: extent === 'quick' ? 2 : extent === 'full' ? 9 : 5, run: (concurrency) => perJobUs(engine, { concurrency: Number(concurrency), count }) })
  const us = places.map((concurrency) => median(outcomes[`${concurrency}`]))
  return {
    verdicts: [
      { what: 'a job that does nothing, 64 places, from claim to result', figure: us[2] ?? null, unit: 'µs', atMost: 500, note: '500 µs are 2,000 jobs a second' },
      { what: 'the same, one place', figure: us[0] ?? null, unit: 'µs' },
    ],
    charts: [{ type: 'bars', title: 'Jobs a second', unit: 'a second', series: ['median'], groups: places.map((concurrency, index) => ({ label: `${concurrency} at a time`, values: [1e6 / (us[index] ?? NaN)] })) }],
    tables: [],
    notes: ['Claim, start, end and result of every job are durable; what is done at the same time shares commits.'],
  }
}

/** Microseconds for each. */
async function perJobUs(engine: JobEngine, { concurrency, count }: { readonly concurrency: number; readonly count: number }): Promise<number> {
  const jobs = await Promise.all(Array.from({ length: count }, () => engine.submit('noop', null)))
  const last = jobs.at(-1)?.id ?? ''
  let left = count
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const noop: JobHandler = async () => {
    if (--left === 0) resolve()
    return { type: 'completed', result: null }
  }
  const start = performance.now()
  await using _worker = engine.work({ concurrency, handlers: { noop } })
  await done
  await engine.wait(last)
  return ((performance.now() - start) * 1_000) / count
}
