/** A server that answers 150 requests a second, asked 600 questions at once by replm and by the bare SDK. */
import type { Batch, BatchOutcome } from '../batch.ts'
import { startContestant } from '../contestant.ts'
import type { BareSdkSetup } from '../contestants/bareSdk.ts'
import type { DispatchSetup } from '../contestants/dispatch.ts'
import { startModelServer } from '../modelServer.ts'
import type { Extent, Report } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { median } from '../series.ts'

export const name = 'limits'
export const about = 'How close to a server’s own limit does a batch come, and how many of its requests are refused on the way?'

const limit = 150
const queries = 600
const latencyMs = 50
/** One second's worth is there at the start, the rest comes at the limit's pace. */
function idealMs(answered: number): number {
  return (Math.max(0, answered - limit) / limit) * 1_000 + latencyMs
}

type Way = 'replm' | 'sdk' | 'patientSdk'

interface Round extends BatchOutcome {
  /** Requests beyond one per question, as a share of the questions. */
  readonly wasted: number
}

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  using server = await startModelServer()
  const { baseUrl } = server
  await using replm = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'auto', baseUrl })
  await using sdk = await startContestant<BareSdkSetup, Batch, BatchOutcome>('bareSdk', { baseUrl })
  await using patientSdk = await startContestant<BareSdkSetup, Batch, BatchOutcome>('bareSdk', { baseUrl, maxRetries: 20 })
  const contestants = { replm, sdk, patientSdk }
  let tag = 0
  const outcomes = await inRounds<Way, Round>(['replm', 'sdk', 'patientSdk'], {
    rounds: extent === 'quick' ? 1 : extent === 'full' ? 7 : 3,
    warmUp: 0,
    run: async (way) => {
      await server.reset()
      tag += 1
      // A model of its own in every round: nothing is known of it, and its bucket is full.
      const outcome = await contestants[way].run({ model: `fixed-${latencyMs},limit-${limit},tag-${tag}`, queries, concurrency: 64 })
      const { requests } = await server.counts()
      return { ...outcome, wasted: (requests - queries) / queries }
    },
  })

  const wall = (way: Way): number => median(outcomes[way].map(({ wallMs }) => wallMs))
  const wasted = (way: Way): number => median(outcomes[way].map((round) => round.wasted)) * 100
  const failures = (way: Way): number => Math.max(...outcomes[way].map((round) => round.failures))
  // Who gives up has less to wait for: each is held to the ideal of what it answered.
  const overIdeal = (way: Way): number => median(outcomes[way].map((round) => round.wallMs / idealMs(queries - round.failures)))
  const ways = ['replm', 'sdk', 'patientSdk'] as const
  return {
    verdicts: [
      { what: `wall against ideal, ${queries} questions at ${limit} a second`, figure: overIdeal('replm'), unit: '×', atMost: 1.05 },
      { what: 'questions that failed', figure: failures('replm'), unit: '', atMost: 0 },
      { what: 'requests beyond one per question', figure: wasted('replm'), unit: '%', atMost: 5 },
    ],
    charts: [
      {
        type: 'bars',
        title: 'Wall time against the ideal for what was answered',
        unit: '×',
        series: ['median'],
        groups: ways.map((way) => ({ label: labels[way], values: [overIdeal(way)] })),
        goal: { value: 1.05, label: 'goal: 1.05' },
      },
      { type: 'bars', title: 'Questions that failed', unit: 'of 600', series: ['most'], groups: ways.map((way) => ({ label: labels[way], values: [failures(way)] })) },
      {
        type: 'bars',
        title: 'Requests beyond one per question',
        unit: '%',
        series: ['median'],
        groups: ways.map((way) => ({ label: labels[way], values: [wasted(way)] })),
        goal: { value: 5, label: 'goal: 5 %' },
      },
    ],
    tables: [
      {
        title: `${queries} questions, 64 at once, ${limit} a second with x-ratelimit-* headers`,
        columns: ['way', 'wall ms', '× ideal of what was answered', 'failed', 'wasted %'],
        rows: ways.map((way) => [labels[way], wall(way), overIdeal(way), failures(way), wasted(way)]),
      },
    ],
    notes: [
      `The ideal is ${idealMs(queries)} ms: the server has one second’s worth of permits at first, and ${limit} more every second. Its 429 says when to come back (retry-after-ms).`,
    ],
  }
}

const labels: Readonly<Record<Way, string>> = { replm: 'replm', sdk: 'openai, 2 retries (its default)', patientSdk: 'openai, 20 retries' }
