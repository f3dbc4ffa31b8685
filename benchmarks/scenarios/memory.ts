/** Memory of many questions under way at once, and of a batch of very many prompts. */
import { startContestant } from '../contestant.ts'
import type { HugeBatchOutcome, HugeBatchSetup, HugeBatchTask } from '../contestants/hugeBatch.ts'
import type { InFlightOutcome, InFlightSetup, InFlightTask } from '../contestants/inFlight.ts'
import { temporaryFile } from '../journals.ts'
import { startModelServer } from '../modelServer.ts'
import type { Extent, Report, Verdict } from '../report.ts'
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
  const batches: HugeBatch[] = []
  for (const journal of ['memory', 'file'] as const) for (const path of ['async', 'pool'] as const) batches.push(await hugeBatch({ path, journal, queries, baseUrl }))

  return {
    verdicts: [
      {
        what: `RSS per query in flight, ${inFlight} of 1 KB at once`,
        figure: median(perQuery.replm),
        unit: 'KB',
        atMost: 40,
        note: `the bare openai loop: ${median(perQuery.openai).toFixed(0)} KB`,
      },
      ...batches.flatMap(({ path, journal, aboveMb, missing }): Verdict[] => [
        { what: `${queries.toLocaleString('en-US')} prompts in one batch on ${path}, journal in ${places[journal]}: memory above the prompts’ and answers’ own size, host and sandbox`, figure: aboveMb, unit: 'MB', atMost: 200 },
        { what: `answers of that batch on ${path}, journal in ${places[journal]}, that are missing`, figure: missing, unit: '', atMost: 0 },
      ]),
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
        columns: ['path', 'journal in', 'prompts', 'their size and that of the answers, MB', 'memory before, MB', 'most, MB', 'above, MB', 'wall s', 'per query, µs'],
        rows: batches.map(({ path, journal, ownMb, aboveMb, beforeMb, mostMb, wallMs }) => [path, places[journal], queries, ownMb, beforeMb, mostMb, aboveMb, wallMs / 1_000, (wallMs * 1_000) / queries]),
      },
    ],
    notes: [
      'Of the batch, memory is the proportional share (PSS) of host and sandbox without the pages of program files, which all processes of Node on the machine share, looked at ten times a second; prompts and answers are in both of them at the end of the way, and count once in their own size. The sandbox that waits for the next session is in the memory before.',
    ],
  }
}

const places = { memory: 'memory', file: 'a file' } as const

interface HugeBatch extends HugeBatchOutcome {
  readonly path: HugeBatchSetup['path']
  readonly journal: keyof typeof places
  /** Of prompts and answers, once. */
  readonly ownMb: number
  readonly aboveMb: number
  readonly missing: number
}

interface HugeBatchOptions extends Pick<HugeBatch, 'path' | 'journal'> {
  readonly queries: number
  readonly baseUrl: string
}

async function hugeBatch({ path, journal, queries, baseUrl }: HugeBatchOptions): Promise<HugeBatch> {
  using temporary = temporaryFile()
  const store = journal === 'memory' ? ':memory:' : temporary.file
  await using huge = await startContestant<HugeBatchSetup, HugeBatchTask, HugeBatchOutcome>('hugeBatch', { path, store }, { REPLM_BASE_URL: baseUrl })
  const outcome = await huge.run({ queries, promptChars })
  const ownMb = (queries * promptChars + outcome.answerChars) / 2 ** 20
  return { ...outcome, path, journal, ownMb, aboveMb: outcome.mostMb - outcome.beforeMb - ownMb, missing: queries - outcome.answered }
}
