/** The evaluation tasks, answered by reference programs in the sandbox with a model that reads as well as it is told to. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadBuilt } from '../built.ts'
import type { Extent, Report, ReportOptions, Table } from '../report.ts'
import { geometricMean } from '../series.ts'
import { tellStep } from '../step.ts'
import { deviationOf, measureTask, type Row, type Size } from '../tasks/measureTask.ts'
import { tasks, type TaskName } from '../tasks/tasks.ts'

export const name = 'tasks'
export const about = 'Do programs over texts of up to 16 million tokens come to the answer that their own structure says, and how near to the least time?'

const [latencyMs, concurrency, seed] = [200, 64, 7] as const

/** The larger the text, the rarer an error: else nothing is left to tell right from wrong by. */
const sizes: readonly (Omit<Size, 'trials'> & { readonly trials: Readonly<Record<Extent, number>> })[] = [
  { tokens: 8 * 1024, chars: 4_000, error: 0.1, trials: { quick: 40, default: 100, full: 200 } },
  { tokens: 64 * 1024, chars: 16_000, error: 0.05, trials: { quick: 10, default: 30, full: 60 } },
  { tokens: 1024 ** 2, chars: 64_000, error: 0.01, trials: { quick: 0, default: 8, full: 20 } },
  { tokens: 16 * 1024 ** 2, chars: 64_000, error: 0.001, trials: { quick: 0, default: 0, full: 3 } },
]

export async function report({ extent, keep }: ReportOptions): Promise<Report> {
  const { openReplm } = await loadBuilt()
  // On disk, as its users have it; the folder is the scenario's own, and goes with it.
  const store = join(mkdtempSync(join(tmpdir(), 'replm-tasks-')), 'journal.db')
  await using replm = await openReplm({ model: 'sim/oracle', models: ['sim/*'], concurrency, store })
  const rows: Row[] = []
  const chosen = sizes.filter((each) => each.trials[extent] > 0)
  const all = chosen.length * Object.keys(tasks).length
  let done = 0
  for (const { trials, ...size } of chosen) {
    for (const task of Object.keys(tasks) as TaskName[]) {
      const onProgram = (program: string): void => tellStep(`${shownTokens(size.tokens)} tokens: ${task}, ${program}`)
      rows.push(...(await measureTask(replm, task, { size: { ...size, trials: trials[extent] }, seed, latencyMs, concurrency, onProgram })))
      done += 1
      keep(reportOf(rows, done < all ? `${done} of ${all} tasks (stopped)` : `${all} tasks`))
    }
  }
  return reportOf(rows, `${all} tasks`)
}

/** `of` are the tasks, each of one size, that it speaks of. */
function reportOf(rows: readonly Row[], of: string): Report {
  const wrongCalls = rows.filter(({ exact }) => exact.calls !== exact.expectedCalls)
  const astray = rows.filter(({ erring }) => !(Math.abs(erring.mean - erring.expected) <= erring.bound))
  const overIdeal = rows.map(({ exact }) => exact.wallMs / exact.idealMs)
  return {
    verdicts: [
      {
        what: 'programs that are not all right where no answer is wrong',
        figure: rows.filter(({ exact }) => exact.score !== 1).length,
        unit: '',
        atMost: 0,
        note: `of ${rows.length}, for ${of}`,
      },
      { what: 'programs that asked more or less than their structure says', figure: wrongCalls.length, unit: '', atMost: 0, note: wrongCalls.map(labelOf).join(', ') },
      { what: 'programs whose mean score with wrong answers is out of its bound', figure: astray.length, unit: '', atMost: 0, note: astray.map(labelOf).join(', ') },
      { what: 'all these means together, from what is expected, in standard errors', figure: Math.abs(deviationOf(rows)), unit: '', atMost: 3 },
      { what: `wall time against the ideal, geometric mean over ${of}`, figure: geometricMean(overIdeal), unit: '×', note: `worst ${Math.max(...overIdeal).toFixed(2)}×` },
    ],
    charts: bySize(rows).map(({ tokens, ofSize }) => {
      const groups = ofSize.map((row) => ({ label: labelOf(row), values: [row.exact.wallMs / row.exact.idealMs] }))
      return { type: 'bars', title: `${shownTokens(tokens)} tokens: wall time against the ideal`, unit: '×', series: ['one run'], groups }
    }),
    tables: bySize(rows).map(({ tokens, ofSize }) => tableOf(tokens, ofSize)),
    notes: [
      'This measures the runtime, and no model: sim/oracle looks up the answer in the text that it is given, and gives a wrong one as often as it is told to. A score below 1 is that of the structure of the program; a real model errs in other ways.',
      `Ideal is what the latency alone takes: ceil(questions / ${concurrency}) · ${latencyMs} ms for each batch of the program. Reading the text, the questions’ way and the answers’ reading come on top. One run each, with no error, in a session that has run the program before; the runs with errors wait for nothing.`,
      'Expected is computed from where in the text the answer stands, how the program cuts it, and how it puts answers together. The bound is three standard errors and one trial. Texts and errors are seeded: the same scores every time.',
      'Scores: right or not; of lists and pairs what both have over what one has; of counts 0.75 to the power of the difference.',
    ],
  }
}

function bySize(rows: readonly Row[]): readonly { readonly tokens: number; readonly ofSize: readonly Row[] }[] {
  const grouped = Map.groupBy(rows, ({ size }) => size.tokens)
  return [...grouped].map(([tokens, ofSize]) => ({ tokens, ofSize }))
}

function tableOf(tokens: number, rows: readonly Row[]): Table {
  const { size } = rows[0] ?? {}
  return {
    title: `Texts of ${shownTokens(tokens)} tokens in pieces of ${size?.chars} characters; ${size?.trials} runs with ${100 * (size?.error ?? 0)} % of answers wrong. The runtime, not a model: sim/oracle answers`,
    columns: ['task', 'program', 'score', 'calls', 'tokens', 'wall ms', 'ideal ms', '× ideal', 'score with errors', 'expected', '± bound'],
    rows: rows.map(({ task, program, exact, erring }) => [
      task,
      program,
      exact.score,
      exact.calls,
      exact.tokens,
      exact.wallMs,
      exact.idealMs,
      exact.wallMs / exact.idealMs,
      erring.mean,
      erring.expected,
      erring.bound,
    ]),
  }
}

function labelOf({ task, program }: Row): string {
  return `${task}, ${program}`
}

function shownTokens(tokens: number): string {
  return tokens >= 1024 ** 2 ? `${tokens / 1024 ** 2} M` : `${tokens / 1024} K`
}
