/** The claims that replm grew from, each with what is measured, also where that is "no difference". */
import type { Batch, BatchOutcome } from '../batch.ts'
import { startContestant } from '../contestant.ts'
import type { DispatchSetup } from '../contestants/dispatch.ts'
import type { IdleTask } from '../contestants/idle.ts'
import type { InFlightOutcome, InFlightSetup, InFlightTask } from '../contestants/inFlight.ts'
import type { ThreadsOutcome, ThreadsTask } from '../contestants/threads.ts'
import type { Cost } from '../cost.ts'
import { startModelServer, type ModelServer } from '../modelServer.ts'
import { shown } from '../pairReport.ts'
import type { BarChart, Extent, Report, Verdict } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { median } from '../series.ts'

export const name = 'claims'
export const about = 'What becomes of the claims that this project began with, when they are measured?'

interface Found {
  readonly verdicts: readonly Verdict[]
  readonly rows: readonly (readonly [claim: string, measured: string])[]
  readonly charts: readonly BarChart[]
}

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  using server = await startModelServer()
  const rounds = extent === 'quick' ? 3 : 7
  const found = [
    await fasterThanThreads(server, rounds),
    await perTask(server, rounds),
    await overSequential(server, rounds),
    await thousands(server),
    await responsive(server, rounds),
  ]
  return {
    verdicts: found.flatMap(({ verdicts }) => verdicts),
    charts: found.flatMap(({ charts }) => charts),
    tables: [{ title: 'Claim by claim', columns: ['claim', 'measured here'], rows: found.flatMap(({ rows }) => rows) }],
    notes: [
      'A thread per batch loads the same client as the loop of the host has loaded already. What it costs more is paid once for each batch: its share depends on how long the batch takes.',
    ],
  }
}

/** Pure async against a fresh thread for each batch: short batches and longer ones. */
async function fasterThanThreads({ baseUrl }: ModelServer, rounds: number): Promise<Found> {
  await using async = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'async', baseUrl })
  await using thread = await startContestant<Pick<DispatchSetup, 'baseUrl'>, Batch, BatchOutcome>('freshWorker', { baseUrl })
  const contestants = { async, thread }
  const batches = [
    { queries: 50, latencyMs: 50 },
    { queries: 160, latencyMs: 100 },
    { queries: 320, latencyMs: 100 },
  ]
  const lines: { idealMs: number; async: number; thread: number; percent: number }[] = []
  for (const { queries, latencyMs } of batches) {
    const outcomes = await inRounds(['async', 'thread'] as const, {
      rounds: latencyMs > 50 ? Math.floor(rounds / 2) : rounds,
      run: (way) => contestants[way].run({ model: `fixed-${latencyMs}`, queries, concurrency: 8 }),
    })
    const walls = { async: wall(outcomes.async), thread: wall(outcomes.thread) }
    lines.push({ idealMs: Math.ceil(queries / 8) * latencyMs, ...walls, percent: (1 - walls.async / walls.thread) * 100 })
  }
  const fixedMs = median(lines.map((line) => line.thread - line.async))
  const [short, , long] = lines
  const minute = (fixedMs / (60_000 + fixedMs)) * 100
  return {
    verdicts: [
      { what: 'async faster than a fresh thread per batch, batch of 0.35 s', figure: short?.percent ?? null, unit: '%', note: 'claimed: 20–30 %' },
      { what: 'the same, batch of 4 s', figure: long?.percent ?? null, unit: '%', note: 'claimed: 20–30 %' },
      { what: 'what a fresh thread costs, once for each batch', figure: fixedMs, unit: 'ms', note: `of a batch of 60 s that would be ${shown(minute)} %: no difference` },
    ],
    rows: lines.map(({ idealMs, percent, async: own, thread: other }) => [
      'Pure async is 20–30 % faster than a thread per batch',
      `batch of ${idealMs / 1_000} s: ${shown(own)} ms against ${shown(other)} ms, ${shown(percent)} % less`,
    ]),
    charts: [
      {
        type: 'bars',
        title: 'Wall time of a batch',
        unit: 'ms',
        series: ['async', 'fresh thread'],
        groups: lines.map(({ idealMs, async: own, thread: other }) => ({ label: `ideal ${idealMs / 1_000} s`, values: [own, other] })),
      },
    ],
  }
}

/** What one task takes on the loop, and what one thread takes. */
async function perTask({ baseUrl }: ModelServer, rounds: number): Promise<Found> {
  const outcomes = await inRounds(['task', 'thread'] as const, {
    rounds: Math.floor(rounds / 2),
    warmUp: 0,
    run: async (kind): Promise<{ readonly ms: number; readonly kb: number }> => {
      if (kind === 'thread') {
        await using threads = await startContestant<undefined, ThreadsTask, ThreadsOutcome>('threads', undefined)
        const { startMs, mbPerThread } = await threads.run({ threads: 20 })
        return { ms: median(startMs), kb: mbPerThread * 1_024 }
      }
      await using many = await startContestant<InFlightSetup, InFlightTask, InFlightOutcome>('inFlight', { baseUrl, client: 'replm' })
      const { kbPerQuery } = await many.run({ queries: 1_000, latencyMs: 2_000 })
      await using dispatch = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'async', baseUrl })
      const batch = { model: 'fixed-0', queries: 1_000, concurrency: 64 }
      await dispatch.run(batch)
      return { ms: (await dispatch.run(batch)).cpuMs / batch.queries, kb: kbPerQuery }
    },
  })
  const of = (kind: 'task' | 'thread', figure: 'ms' | 'kb'): number => median(outcomes[kind].map((each) => each[figure]))
  return {
    verdicts: [
      { what: 'CPU of one task on the loop, from question to answer', figure: of('task', 'ms'), unit: 'ms', note: 'claimed: < 1 ms' },
      { what: 'memory of one task under way', figure: of('task', 'kb'), unit: 'KB', note: 'claimed: ~50 KB' },
      { what: 'start of one thread that does nothing', figure: of('thread', 'ms'), unit: 'ms', note: 'claimed: ~100 ms' },
      { what: 'memory of one thread that does nothing', figure: of('thread', 'kb') / 1_024, unit: 'MB', note: 'claimed: 2 MB' },
    ],
    rows: [
      ['A task takes < 1 ms and ~50 KB', `${shown(of('task', 'ms'))} ms of CPU, ${shown(of('task', 'kb'))} KB`],
      ['A thread takes ~100 ms and 2 MB', `${shown(of('thread', 'ms'))} ms until it runs, ${shown(of('thread', 'kb') / 1_024)} MB, with nothing loaded`],
    ],
    charts: [],
  }
}

async function overSequential({ baseUrl }: ModelServer, rounds: number): Promise<Found> {
  await using sequential = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'sequential', baseUrl })
  await using async = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'async', baseUrl })
  const contestants = { sequential, async }
  const outcomes = await inRounds(['sequential', 'async'] as const, {
    rounds: Math.floor(rounds / 2),
    run: (way) => contestants[way].run({ model: 'fixed-50', queries: 50, concurrency: 8 }),
  })
  const times = wall(outcomes.sequential) / wall(outcomes.async)
  return {
    verdicts: [
      { what: 'a batch of 50, 8 at once, against one after the other', figure: times, unit: '×', note: 'claimed: 6–7.5× faster; 7.1× is all that 8 at once can give' },
    ],
    rows: [
      [
        '6–7.5 times faster than one after the other',
        `${shown(times)} times: ${shown(wall(outcomes.async))} ms against ${shown(wall(outcomes.sequential))} ms, 50 questions of 50 ms, 8 at once`,
      ],
    ],
    charts: [],
  }
}

async function thousands(server: ModelServer): Promise<Found> {
  await using async = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'async', baseUrl: server.baseUrl })
  const batch = { model: 'fixed-1000', queries: 4_096, concurrency: 4_096 }
  await server.reset()
  const { wallMs, failures } = await async.run(batch)
  const { mostInFlight } = await server.counts()
  return {
    verdicts: [
      {
        what: '4,096 questions allowed at once: most that the server saw under way',
        figure: mostInFlight,
        unit: '',
        note: 'claimed: thousands at once; the lean client opens no more connections than that, on purpose',
      },
      { what: 'failures among them', figure: failures, unit: '', atMost: 0 },
    ],
    rows: [['Thousands at once', `${shown(mostInFlight)} seen at once by the server, 4,096 answers of 1 s in ${shown(wallMs / 1_000)} s, ${failures} failures`]],
    charts: [],
  }
}

async function responsive({ baseUrl }: ModelServer, rounds: number): Promise<Found> {
  await using idle = await startContestant<undefined, IdleTask, Cost>('idle', undefined)
  await using async = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'async', baseUrl })
  await using pool = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path: 'pool', baseUrl })
  const batch = { model: 'fixed-50', queries: 2_000, concurrency: 256, looksAtLoop: true }
  const run = (way: 'idle' | 'async' | 'pool'): Promise<Cost> => (way === 'idle' ? idle.run({ ms: 500 }) : { async, pool }[way].run(batch))
  const outcomes = await inRounds(['idle', 'async', 'pool'] as const, { rounds, run })
  const gap = (way: 'idle' | 'async' | 'pool'): number => median(outcomes[way].map(({ gapMs }) => gapMs))
  const worst = (way: 'idle' | 'async' | 'pool'): number => Math.max(...outcomes[way].map(({ worstGapMs }) => worstGapMs))
  const ways = ['idle', 'async', 'pool'] as const
  return {
    verdicts: [
      {
        what: 'p99.9 gap of the host’s loop under 2,000 questions, 256 at once, async',
        figure: gap('async'),
        unit: 'ms',
        note: `claimed: stays responsive; pool ${shown(gap('pool'))} ms, a process that does nothing ${shown(gap('idle'))} ms`,
      },
    ],
    rows: ways.map((way) => ['The loop stays responsive', `${way}: p99.9 ${shown(gap(way))} ms, worst ${shown(worst(way))} ms`]),
    charts: [
      {
        type: 'bars',
        title: 'Loop gap under 2,000 questions, 256 at once',
        unit: 'ms',
        series: ['p99.9', 'worst'],
        groups: ways.map((way) => ({ label: way, values: [gap(way), worst(way)] })),
      },
    ],
  }
}

function wall(outcomes: readonly BatchOutcome[]): number {
  return median(outcomes.map(({ wallMs }) => wallMs))
}
