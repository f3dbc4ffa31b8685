/** What a question costs through all of replm, beside a loop over the bare SDK without a sandbox. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch, BatchOutcome } from '../batch.ts'
import { startContestant } from '../contestant.ts'
import type { BareSdkSetup } from '../contestants/bareSdk.ts'
import type { WholeWaySetup } from '../contestants/wholeWay.ts'
import { startModelServer } from '../modelServer.ts'
import type { Extent, Report } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { figuresOf, median } from '../series.ts'

export const name = 'whole-way'
export const about = 'What does one question of a thousand cost in CPU, sandbox, checks and budget included, beside the openai package with p-limit and nothing else?'

const batch: Batch = { model: 'fixed-20', queries: 1_000, concurrency: 64 }

type Way = 'memory' | 'disk' | 'bare'

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  using server = await startModelServer()
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  const store = join(folder, 'journal.db')
  const setup = { model: batch.model, concurrency: batch.concurrency }
  const env = { REPLM_BASE_URL: server.baseUrl }
  await using memory = await startContestant<WholeWaySetup, Batch, BatchOutcome>('wholeWay', { ...setup, store: ':memory:' }, env)
  await using disk = await startContestant<WholeWaySetup, Batch, BatchOutcome>('wholeWay', { ...setup, store }, env)
  await using bare = await startContestant<BareSdkSetup, Batch, BatchOutcome>('bareSdk', { baseUrl: server.baseUrl })
  const contestants = { memory, disk, bare }
  const outcomes = await inRounds<Way, BatchOutcome>(['memory', 'disk', 'bare'], {
    rounds: extent === 'quick' ? 5 : 15,
    warmUp: 3,
    run: (way) => contestants[way].run(batch),
  })
  const hasJournal = existsSync(store)
  rmSync(folder, { recursive: true, force: true })

  const perQuery = (way: Way): number[] => outcomes[way].map(({ cpuMs }) => (cpuMs * 1_000) / batch.queries)
  const ratio = (way: Way): number => median(perQuery(way)) / median(perQuery('bare'))
  const rows = (['memory', 'disk', 'bare'] as const).map((way) => {
    const cpu = figuresOf(perQuery(way))
    const failures = outcomes[way].reduce((sum, each) => sum + each.failures, 0)
    return [labels[way], cpu.median, cpu.p95, cpu.p99, cpu.median / median(perQuery('bare')), median(outcomes[way].map(({ wallMs }) => wallMs)), failures]
  })
  return {
    verdicts: [
      { what: 'the whole way, CPU per query against the bare openai loop (journal in memory)', figure: ratio('memory'), unit: '×', atMost: 0.35 },
      hasJournal
        ? { what: 'the same with the journal on disk', figure: ratio('disk'), unit: '×', atMost: 0.45 }
        : {
            what: 'the same with the journal on disk',
            figure: null,
            unit: '×',
            atMost: 0.45,
            note: `this replm wrote no journal to its store; with a store named it took ${ratio('disk').toFixed(2)}×`,
          },
    ],
    charts: [
      {
        type: 'bars',
        title: 'CPU per query',
        unit: 'µs',
        series: ['median'],
        groups: rows.map(([label, value]) => ({ label: String(label), values: [Number(value)] })),
        goal: { value: 0.35 * median(perQuery('bare')), label: 'goal: 0.35 of the bare loop' },
      },
    ],
    tables: [
      {
        title: `${batch.queries} questions of 1 KB, ${batch.concurrency} at once, 20 ms each`,
        columns: ['way', 'CPU µs/query', 'p95', 'p99', '× bare loop', 'wall ms', 'failures'],
        rows,
      },
    ],
    notes: ['CPU is that of the host and of the sandbox process together: all of their threads, as the scheduler counted them.'],
  }
}

const labels: Readonly<Record<Way, string>> = { memory: 'replm, guest and all', disk: 'replm, store on disk', bare: 'openai + p-limit, no sandbox' }
