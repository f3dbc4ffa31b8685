/** Jobs accepted, one after another and many at once, each durable before its id is given out; and looked up meanwhile. */
import { openJobs } from '../jobs.ts'
import type { Extent, Report } from '../report.ts'
import { figuresOf, timed } from '../series.ts'
import { tellStep } from '../step.ts'

export const name = 'jobs-submit'
export const about = 'How long does it take until a job is accepted for good?'

const atOnce = 64

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  const count = extent === 'quick' ? 1_000 : extent === 'full' ? 10_000 : 4_000
  await using jobs = await openJobs()
  const { engine } = jobs
  const submit = (): Promise<number> => timed(() => engine.submit('kind', { prompt: 'p'.repeat(1_024) }))
  for (let index = 0; index < 200; index++) await submit()

  tellStep('one after another')
  const alone: number[] = []
  for (let index = 0; index < count; index++) alone.push(await submit())
  tellStep('many at once')
  const together: number[] = []
  let left = count
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) together.push(await submit())
    }),
  )
  tellStep('looked up')
  const { id } = await engine.submit('kind', null)
  const looked: number[] = []
  for (let index = 0; index < count; index++) looked.push(await timed(() => engine.get(id)))

  const [one, many, get] = [alone, together, looked].map(figuresOf)
  return {
    verdicts: [
      { what: 'a job submitted, one after another, median', figure: one?.median ?? null, unit: 'ms', atMost: 1 },
      { what: 'the same, 99th percentile', figure: one?.p99 ?? null, unit: 'ms', atMost: 25 },
      { what: `a job submitted, ${atOnce} at a time, median`, figure: many?.median ?? null, unit: 'ms' },
      { what: 'the same, 99th percentile', figure: many?.p99 ?? null, unit: 'ms', atMost: 25 },
      { what: 'a job looked up, 99th percentile', figure: get?.p99 ?? null, unit: 'ms' },
    ],
    charts: [],
    tables: [
      {
        title: 'Milliseconds',
        columns: ['', 'median', '95 %', '99 %', 'most'],
        rows: ([['one after another', one], [`${atOnce} at a time`, many], ['looked up', get]] as const).map(([what, figures]) => [what, figures?.median ?? null, figures?.p95 ?? null, figures?.p99 ?? null, figures?.most ?? null]),
      },
    ],
    notes: ['Every figure includes a commit with synchronous=FULL: it is the disk that is measured, and whoever else writes to it.', 'Inputs of 1 KB.'],
  }
}
