/** CPU of replies that come in events, read by the lean client and by the least that can read them. */
import type { Batch, BatchOutcome } from '../batch.ts'
import { startContestant } from '../contestant.ts'
import type { StreamsSetup } from '../contestants/streams.ts'
import { startModelServer } from '../modelServer.ts'
import type { Extent, Report } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { figuresOf, median } from '../series.ts'

export const name = 'sse'
export const about = 'What does reading a streamed reply cost, beside a parser that only splits lines and trusts its server?'

/** Ordinary answers of 40 events: the goal is about them. */
const ordinary: Batch = { model: 'fixed-5,reply-4000', queries: 500, concurrency: 32 }
const long: Batch = { model: 'fixed-5,large', queries: 25, concurrency: 8 }

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  using server = await startModelServer()
  await using lean = await startContestant<StreamsSetup, Batch, BatchOutcome>('streams', { origin: server.origin, client: 'lean' })
  await using raw = await startContestant<StreamsSetup, Batch, BatchOutcome>('streams', { origin: server.origin, client: 'raw' })
  const contestants = { lean, raw }
  const lines: { label: string; lean: number[]; raw: number[]; failures: number }[] = []
  for (const [label, batch] of [
    ['4,000 characters, 40 events', ordinary],
    ['200,000 characters, 2,000 events', long],
  ] as const) {
    const outcomes = await inRounds(['lean', 'raw'] as const, { rounds: extent === 'quick' ? 5 : 15, warmUp: 3, run: (client) => contestants[client].run(batch) })
    const perReply = (client: 'lean' | 'raw'): number[] => outcomes[client].map(({ cpuMs }) => (cpuMs * 1_000) / batch.queries)
    lines.push({ label, lean: perReply('lean'), raw: perReply('raw'), failures: outcomes.lean.concat(outcomes.raw).reduce((sum, each) => sum + each.failures, 0) })
  }
  return {
    verdicts: lines.map(({ label, lean: own, raw: plain }) => ({
      what: `SSE, CPU against a raw parser on undici’s dispatch, ${label}`,
      figure: median(own) / median(plain),
      unit: '×',
      atMost: 1.5,
    })),
    charts: [
      {
        type: 'bars',
        title: 'CPU per streamed reply',
        unit: 'µs',
        scale: 'log',
        series: ['lean client', 'raw'],
        groups: lines.map(({ label, lean: own, raw: plain }) => ({ label, values: [median(own), median(plain)] })),
      },
    ],
    tables: [
      {
        title: 'CPU per streamed reply, µs',
        columns: ['reply', 'lean', 'p95', 'p99', 'raw', 'p95', 'p99', 'ratio', 'failures'],
        rows: lines.map(({ label, lean: own, raw: plain, failures }) => [
          label,
          median(own),
          figuresOf(own).p95,
          figuresOf(own).p99,
          median(plain),
          figuresOf(plain).p95,
          figuresOf(plain).p99,
          median(own) / median(plain),
          failures,
        ]),
      },
    ],
    notes: ['The raw parser splits lines and parses the JSON of each event, as all must; it checks nothing, and cannot be aborted.'],
  }
}
