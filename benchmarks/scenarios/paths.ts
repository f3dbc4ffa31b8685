/** The ways out of the host beside each other, over a matrix of batches: one after the other, a fresh thread per batch, pool, async, auto. */
import type { Batch, BatchOutcome } from '../batch.ts'
import { startContestant, type Contestant } from '../contestant.ts'
import type { DispatchSetup } from '../contestants/dispatch.ts'
import type { PathTask } from '../contestants/paths.ts'
import type { IdleTask } from '../contestants/idle.ts'
import type { Cost } from '../cost.ts'
import { idealMs, labelOf, matrixOf, modelOf, type Cell } from '../matrix.ts'
import { startModelServer } from '../modelServer.ts'
import { shown } from '../pairReport.ts'
import type { BarChart, Extent, Report, ReportOptions, Table, Verdict } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { geometricMean, median } from '../series.ts'
import { tellStep } from '../step.ts'
import { capacityNote } from '../serverCapacity.ts'

export const name = 'paths'
export const about = 'How long does a batch take on each path out of the host, against the ideal of ceil(N / C) · latency, and what does it cost?'

const ways = ['sequential', 'fresh thread', 'pool', 'async', 'auto'] as const
type Way = (typeof ways)[number]

/** What a cell came to on each way that was measured. */
type Measured = Partial<Record<Way, readonly BatchOutcome[]>>

/** Of an ideal as long as this or longer, in milliseconds, nothing is learnt that a shorter one does not show. */
const longestIdealMs = 5_000

export async function report({ extent, keep }: ReportOptions): Promise<Report> {
  using server = await startModelServer()
  const { baseUrl } = server
  const capacity = await capacityNote(server)
  const start = (path: DispatchSetup['path']): Promise<Contestant<Batch, BatchOutcome>> => startContestant('dispatch', { path, baseUrl })
  await using sequential = await start('sequential')
  await using fresh = await startContestant<Pick<DispatchSetup, 'baseUrl'>, Batch, BatchOutcome>('freshWorker', { baseUrl })
  await using pool = await start('pool')
  await using async = await start('async')
  await using auto = await start('auto')
  const contestants: Record<Way, Contestant<Batch, BatchOutcome>> = { sequential, 'fresh thread': fresh, pool, async, auto }

  const cells = matrixOf(extent).filter((cell) => idealMs(cell) < longestIdealMs)
  await using together = await startContestant<{ readonly baseUrl: string }, PathTask, number>('paths', { baseUrl })
  await using idle = await startContestant<undefined, IdleTask, Cost>('idle', undefined)
  const gaps = await poolGap(contestants.pool, idle, extent === 'quick' ? 5 : 15)
  const agree = await slotsAgree(contestants)
  const cold = await coldStarts(baseUrl, extent === 'quick' ? 1 : 3)

  const measured: Measured[] = []
  const besides: Besides[] = []
  const soFar = (): Report => ({
    verdicts: [...verdictsOf(cells, measured, extent), ...autoVerdicts(cells, besides, extent), gaps, agree],
    charts: chartsOf(cells.slice(0, measured.length), measured, cold),
    tables: [...tablesOf(cells.slice(0, measured.length), measured), besidesTable(cells, besides), coldTable(cold)],
    notes: [
      capacity,
      'Every way asks with the same lean client and the same pump; a fresh thread is started for every batch, loads them, and ends with it. Ways take turns within every round.',
      'Auto is compared in a process that has all three paths, in rounds of every order in turn: processes of the same code differ by more than paths do. Each round gives one ratio, of auto to the path that was better in the median; a batch shorter than 25 ms is repeated within its round.',
      'A way is left out of a cell in which its own ideal is 5 s or longer. The loop gap is how late a timer of 1 ms was on the host’s loop; on a machine that others use, too, some of it is theirs.',
    ],
  })
  for (const [index, cell] of cells.entries()) {
    const of = `batch ${index + 1} of ${cells.length}, ${labelOf(cell)}`
    const outcomes = await measureCell(cell, contestants, { rounds: extent === 'quick' ? 3 : 7, of })
    tellStep(`${of}, auto beside its paths`)
    besides.push(await measureBesides(cell, together, leastRounds(extent, wall(outcomes.async ?? []))))
    measured.push(outcomes)
    keep(soFar())
  }
  return soFar()
}

async function measureCell(
  cell: Cell,
  contestants: Readonly<Record<Way, Contestant<Batch, BatchOutcome>>>,
  { rounds, of }: { readonly rounds: number; readonly of: string },
): Promise<Measured> {
  const present = ways.filter((way) => way !== 'sequential' || (cell.queries * cell.latencyMs < longestIdealMs && cell.queries <= 1_000))
  const batch: Batch = { model: modelOf(cell), queries: cell.queries, concurrency: cell.concurrency, stream: cell.stream, busy: cell.busy }
  // One after the other takes long, and varies little.
  const slow = cell.queries * cell.latencyMs > 1_000 && present.includes('sequential')
  const others = await inRounds(slow ? present.filter((way) => way !== 'sequential') : present, {
    rounds,
    of,
    // Every other round looks at the loop, the others at the CPU: the one disturbs the other.
    run: (way, round) => contestants[way].run({ ...batch, looksAtLoop: round % 2 === 0 }),
  })
  return slow
    ? { ...others, ...(await inRounds(['sequential'], { rounds: 2, of, warmUp: 0, run: (way, round) => contestants[way].run({ ...batch, looksAtLoop: round === 0 }) })) }
    : others
}

/** Wall times of the three paths, round by round, in milliseconds. */
type Besides = Readonly<Record<PathTask['path'], readonly number[]>>

/** Whatever comes first or after another, comes so equally often; of the first three, whatever has each place. */
const orders: readonly (readonly PathTask['path'][])[] = [
  ['async', 'pool', 'auto'],
  ['pool', 'auto', 'async'],
  ['auto', 'async', 'pool'],
  ['auto', 'pool', 'async'],
  ['pool', 'async', 'auto'],
  ['async', 'auto', 'pool'],
]

/** A batch of a second varies by less than one that is over at once. */
function leastRounds(extent: Extent, wallMs: number): number {
  return wallMs >= 2_000 ? 3 : extent === 'quick' || wallMs >= 1_000 ? 6 : 12
}

/** A cell is measured for this long, in milliseconds, but in no more rounds than that; and a round is no shorter than that. */
const besidesMs = 4_000
const mostRounds = 48
const shortestRoundMs = 25

async function measureBesides(cell: Cell, contestant: Contestant<PathTask, number>, leastRounds: number): Promise<Besides> {
  const batch: Batch = { model: modelOf(cell), queries: cell.queries, concurrency: cell.concurrency, stream: cell.stream, busy: cell.busy }
  const once = (path: PathTask['path']): Promise<number> => contestant.run({ ...batch, path })
  // What each needs before it runs warm: connections, threads, what auto finds out.
  let times = 1
  for (const path of ['async', 'pool', 'auto', 'auto'] as const) times = Math.max(1, Math.ceil(shortestRoundMs / (await once(path))))
  const walls = { async: [] as number[], pool: [] as number[], auto: [] as number[] }
  const start = performance.now()
  for (let round = 0; round < leastRounds || (round < mostRounds && performance.now() - start < besidesMs); round++) {
    for (const path of orders[round % orders.length] ?? []) {
      let sum = 0
      for (let time = 0; time < times; time++) sum += await once(path)
      walls[path].push(sum / times)
    }
  }
  return walls
}

/** How late the host's loop is on the pool path, beside a process that does nothing at the same time: that much of it is the machine's. */
async function poolGap(pool: Contestant<Batch, BatchOutcome>, idle: Contestant<IdleTask, Cost>, rounds: number): Promise<Verdict> {
  const batch: Batch = { model: 'fixed-50', queries: 500, concurrency: 64, looksAtLoop: true }
  const gaps = await inRounds(['pool', 'idle'] as const, {
    rounds,
    run: async (way) => (way === 'pool' ? (await pool.run(batch)).gapMs : (await idle.run({ ms: 400 })).gapMs),
  })
  const what = 'p99.9 gap of the host’s loop on pool, lean client, N=500 C=64 L=50'
  return { what, figure: median(gaps.pool), unit: 'ms', atMost: 10, note: `of a process that does nothing: ${shown(median(gaps.idle))} ms` }
}

/** The same seed and faults on both paths: every slot must be the same. */
async function slotsAgree({ async, pool }: Readonly<Record<Way, Contestant<Batch, BatchOutcome>>>): Promise<Verdict> {
  const what = 'slots that differ between async and pool, 500 questions, a fifth of all attempts failing, same seed'
  const batch = { queries: 500, concurrency: 64, slots: true }
  const [one, other] = [
    await async.run({ ...batch, model: 'fixed-5,echo,faults-0.2,seed-7,tag-a' }),
    await pool.run({ ...batch, model: 'fixed-5,echo,faults-0.2,seed-7,tag-b' }),
  ]
  const differing = one.slots.filter((slot, index) => slot !== other.slots[index]).length
  return { what, figure: differing, unit: '', atMost: 0, note: `${one.failures} failed for good on each` }
}

/** From a new process with nothing loaded to the first answer. */
async function coldStarts(baseUrl: string, rounds: number): Promise<Readonly<Record<'pool' | 'async' | 'auto', readonly number[]>>> {
  return inRounds(['pool', 'async', 'auto'] as const, {
    rounds,
    warmUp: 0,
    run: async (path) => {
      await using fresh = await startContestant<DispatchSetup, Batch, BatchOutcome>('dispatch', { path, baseUrl })
      return (await fresh.run({ model: 'fixed-0', queries: 1, concurrency: 1 })).wallMs
    },
  })
}

function verdictsOf(cells: readonly Cell[], measured: readonly Measured[], extent: Extent): Verdict[] {
  const find = (queries: number, concurrency: number): Measured | undefined =>
    measured[
      cells.findIndex(
        (cell) => cell.queries === queries && cell.concurrency === concurrency && cell.latencyMs === 50 && !cell.busy && !cell.stream && cell.reply === 'small',
      )
    ]
  const [small, large] = [find(50, 8), find(500, 64)]
  const ratios = measured.flatMap(({ async, pool }) => (async === undefined || pool === undefined ? [] : [wall(pool) / wall(async)]))
  return [
    { what: 'wall against ideal on async, N=50 C=8 L=50', figure: small?.async === undefined ? null : wall(small.async) / 350, unit: '×', atMost: 1.05 },
    { what: 'wall against ideal on async, N=500 C=64 L=50', figure: large?.async === undefined ? null : wall(large.async) / 400, unit: '×', atMost: 1.2 },
    { what: `pool against async, wall, geometric mean over ${batchesOf(measured.length, cells.length, extent)}`, figure: geometricMean(ratios), unit: '×', atMost: 1.05 },
  ]
}

/** Of how much a figure speaks. A report of a part is only looked at where the run was stopped. */
function batchesOf(measured: number, all: number, extent: Extent): string {
  return measured < all ? `${measured} of ${all} batches (stopped)` : `${all} batches${extent === 'default' ? '' : ` (${extent})`}`
}

function autoVerdicts(cells: readonly Cell[], besides: readonly Besides[], extent: Extent): Verdict[] {
  const ratios = besides.map(autoRatio)
  const worst = ratios.indexOf(Math.max(...ratios))
  const cell = cells[worst]
  const batches = batchesOf(besides.length, cells.length, extent)
  return [
    { what: `auto against the better path, geometric mean over ${batches}`, figure: geometricMean(ratios), unit: '×', atMost: 1.05 },
    { what: `auto against the better path, worst of ${batches}`, figure: ratios[worst] ?? null, unit: '×', atMost: 1.15, note: cell === undefined ? '' : labelOf(cell) },
  ]
}

/** Of the rounds, the median of auto to the path that was better over all of them. */
function autoRatio({ async, pool, auto }: Besides): number {
  const better = median(async) <= median(pool) ? async : pool
  return median(auto.map((ms, round) => ms / (better[round] ?? NaN)))
}

function chartsOf(cells: readonly Cell[], measured: readonly Measured[], cold: Readonly<Record<string, readonly number[]>>): BarChart[] {
  const compared = ways.filter((way) => way !== 'sequential')
  const groups = (value: (outcomes: readonly BatchOutcome[], cell: Cell) => number): BarChart['groups'] =>
    cells.map((cell, index) => ({
      label: labelOf(cell),
      values: compared.map((way) => {
        const outcomes = measured[index]?.[way]
        return outcomes === undefined ? null : value(outcomes, cell)
      }),
    }))
  const waiting = new Set(cells.filter((cell) => idealMs(cell) > 0).map(labelOf))
  return [
    {
      type: 'bars',
      title: 'Wall time against the ideal',
      unit: '×',
      scale: 'log',
      series: compared,
      groups: groups((outcomes, cell) => wall(outcomes) / idealMs(cell)).filter(({ label }) => waiting.has(label)),
      goal: { value: 1, label: 'the ideal' },
    },
    { type: 'bars', title: 'CPU per query', unit: 'µs', scale: 'log', series: compared, groups: groups((outcomes, cell) => (cpu(outcomes) * 1_000) / cell.queries) },
    {
      type: 'bars',
      title: 'Loop gap, p99.9',
      unit: 'ms',
      scale: 'log',
      series: compared,
      groups: groups((outcomes) => gap(outcomes)),
      goal: { value: 10, label: 'goal on pool: 10 ms' },
    },
    {
      type: 'bars',
      title: 'First answer of a new process',
      unit: 'ms',
      series: ['median'],
      groups: Object.entries(cold).map(([label, samples]) => ({ label, values: [median(samples)] })),
    },
  ]
}

function tablesOf(cells: readonly Cell[], measured: readonly Measured[]): Table[] {
  const table = (title: string, value: (outcomes: readonly BatchOutcome[], cell: Cell) => number): Table => ({
    title,
    columns: ['batch', 'ideal ms', ...ways],
    rows: cells.map((cell, index) => [
      labelOf(cell),
      idealMs(cell),
      ...ways.map((way) => (measured[index]?.[way] === undefined ? null : value(measured[index][way], cell))),
    ]),
  })
  return [
    table('Wall, ms (median)', wall),
    table('CPU per query, µs (median)', (outcomes, cell) => (cpu(outcomes) * 1_000) / cell.queries),
    table('Loop gap, p99.9, ms (median of the rounds)', gap),
    table('Loop gap, worst, ms (of all rounds)', (outcomes) => Math.max(...outcomes.map(({ worstGapMs }) => worstGapMs).filter((ms) => !Number.isNaN(ms)))),
    table('RSS of the process afterwards, MB', (outcomes) => median(outcomes.map(({ rssMb }) => rssMb))),
  ]
}

function besidesTable(cells: readonly Cell[], besides: readonly Besides[]): Table {
  return {
    title: 'The paths in one process: wall, ms (median), and auto against the better one',
    columns: ['batch', 'rounds', 'async', 'pool', 'auto', 'ratio'],
    rows: cells.flatMap((cell, index) => {
      const walls = besides[index]
      return walls === undefined ? [] : [[labelOf(cell), walls.auto.length, median(walls.async), median(walls.pool), median(walls.auto), autoRatio(walls)]]
    }),
  }
}

function coldTable(cold: Readonly<Record<string, readonly number[]>>): Table {
  return {
    title: 'First answer of a new process, ms',
    columns: ['path', 'median', 'most'],
    rows: Object.entries(cold).map(([path, samples]) => [path, median(samples), Math.max(...samples)]),
  }
}

function wall(outcomes: readonly BatchOutcome[]): number {
  return median(outcomes.map(({ wallMs }) => wallMs))
}

function cpu(outcomes: readonly BatchOutcome[]): number {
  return median(outcomes.filter(({ gapMs }) => Number.isNaN(gapMs)).map(({ cpuMs }) => cpuMs))
}

function gap(outcomes: readonly BatchOutcome[]): number {
  return median(outcomes.map(({ gapMs }) => gapMs).filter((ms) => !Number.isNaN(ms)))
}
