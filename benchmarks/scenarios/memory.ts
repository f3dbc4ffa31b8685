/** Memory of many questions under way at once, and of a batch of very many prompts. */
import { startContestant } from '../contestant.ts'
import type { HugeBatchOutcome, HugeBatchTask } from '../contestants/hugeBatch.ts'
import type { InFlightOutcome, InFlightSetup, InFlightTask } from '../contestants/inFlight.ts'
import { startModelServer } from '../modelServer.ts'
import type { Extent, Report } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { median } from '../series.ts'

export const name = 'memory'
export const about = 'What does a question under way hold of memory, and what a batch of a hundred thousand?'

const inFlight = 1_000
const promptChars = 200

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  using server = await startModelServer()
  const { baseUrl } = server
  const perQuery = await inRounds(['replm', 'openai'] as const, {
    rounds: extent === 'quick' ? 3 : 5,
    warmUp: 0,
    // A process for each sample: memory that was held once is held for good.
    run: async (client) => {
      await using contestant = await startContestant<InFlightSetup, InFlightTask, InFlightOutcome>('inFlight', { baseUrl, client })
      return (await contestant.run({ queries: inFlight, latencyMs: 3_000 })).kbPerQuery
    },
  })
  const queries = extent === 'quick' ? 20_000 : 100_000
  await using huge = await startContestant<undefined, HugeBatchTask, HugeBatchOutcome>('hugeBatch', undefined, { REPLM_BASE_URL: baseUrl })
  const { beforeMb, mostMb, wallMs, answered, answerChars } = await huge.run({ queries, promptChars })
  const ownMb = (queries * promptChars + answerChars) / 2 ** 20

  return {
    verdicts: [
      {
        what: `RSS per query in flight, ${inFlight} of 1 KB at once`,
        figure: median(perQuery.replm),
        unit: 'KB',
        atMost: 40,
        note: `the bare openai loop: ${median(perQuery.openai).toFixed(0)} KB`,
      },
      {
        what: `${queries.toLocaleString('en-US')} prompts in one batch: memory above the prompts’ and answers’ own size, host and sandbox`,
        figure: mostMb - beforeMb - ownMb,
        unit: 'MB',
        atMost: 200,
      },
      { what: 'answers of that batch that are missing', figure: queries - answered, unit: '', atMost: 0 },
    ],
    charts: [
      {
        type: 'bars',
        title: 'RSS per query in flight',
        unit: 'KB',
        series: ['median'],
        groups: Object.entries(perQuery).map(([label, samples]) => ({ label, values: [median(samples)] })),
        goal: { value: 40, label: 'goal: 40 KB' },
      },
    ],
    tables: [
      {
        title: 'RSS per query in flight, KB',
        columns: ['client', 'median', 'least', 'most'],
        rows: Object.entries(perQuery).map(([client, samples]) => [client, median(samples), Math.min(...samples), Math.max(...samples)]),
      },
      {
        title: 'One batch',
        columns: ['prompts', 'their size and that of the answers, MB', 'memory before, MB', 'most, MB', 'above, MB', 'wall s', 'per query, µs'],
        rows: [[queries, ownMb, beforeMb, mostMb, mostMb - beforeMb - ownMb, wallMs / 1_000, (wallMs * 1_000) / queries]],
      },
    ],
    notes: [
      'Of the batch, memory is the proportional share (PSS) of host and sandbox, looked at ten times a second; prompts and answers are in both of them at the end of the way, and count once in their own size.',
    ],
  }
}
