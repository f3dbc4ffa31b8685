/** The sandbox as an interpreter of code, beside what else runs code in Node, in the form of the public table of dspy-interpreters. */
import { startContestant } from '../contestant.ts'
import { backends, type Backend, type SessionOutcome, type SessionTask } from '../interpreter.ts'
import { shown } from '../pairReport.ts'
import type { Extent, Report } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { figuresOf, median } from '../series.ts'

export const name = 'runtime'
export const about = 'What does a session cost to start, to use and to end, beside other ways of running code in Node?'

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  const warm = 100
  const outcomes = await inRounds<Backend, SessionOutcome>(backends, {
    rounds: extent === 'quick' ? 3 : extent === 'full' ? 20 : 10,
    run: async (backend) => {
      // Cold is a process that has not run any.
      await using contestant = await startContestant<Backend, SessionTask, SessionOutcome>('interpreter', backend)
      return await contestant.run({ warm })
    },
  })
  const cells = (take: (outcome: SessionOutcome) => readonly number[], backend: Backend): string => {
    const { median: middle, p95 } = figuresOf(outcomes[backend].flatMap(take))
    return `${shown(middle)} / ${shown(p95)}`
  }
  const interactive = ({ construct, start, first }: SessionOutcome): number => construct + start + first
  const middle = (take: (outcome: SessionOutcome) => readonly number[], backend: Backend): number => median(outcomes[backend].flatMap(take))
  const chart = (title: string, take: (outcome: SessionOutcome) => readonly number[]): Report['charts'][number] => ({
    type: 'bars',
    title,
    unit: 'ms',
    scale: 'log',
    series: ['p50'],
    groups: backends.map((backend) => ({ label: labels[backend], values: [middle(take, backend)] })),
  })
  return {
    verdicts: [
      {
        what: 'time to interactive of a cold session (open, start, 40 + 2)',
        figure: middle((each) => [interactive(each)], 'replm'),
        unit: 'ms',
        note: 'a sandbox process, started from nothing',
      },
      { what: 'warm scalar, 6 * 7', figure: middle((each) => each.scalar, 'replm'), unit: 'ms' },
      { what: 'call of a host function and back', figure: middle((each) => each.hostCall, 'replm'), unit: 'ms' },
    ],
    charts: [
      chart('Time to interactive', (each) => [interactive(each)]),
      chart('Warm scalar', (each) => each.scalar),
      chart('Host call', (each) => each.hostCall),
      chart('1 MiB in', (each) => each.oneMebibyte),
      chart('Shutdown', (each) => [each.shutdown]),
      {
        type: 'bars',
        title: 'Memory above that of a process without a session',
        unit: 'MB',
        series: ['after start', 'with 8 MiB kept'],
        groups: backends.map((backend) => ({ label: labels[backend], values: [middle((each) => [each.startMb], backend), middle((each) => [each.retainedMb], backend)] })),
      },
    ],
    tables: [
      {
        title: 'Cold lifecycle, ms, p50 / p95',
        columns: ['Backend', 'Construct', 'Start', 'First execute', 'Time to interactive', 'Shutdown'],
        rows: backends.map((backend) => [
          labels[backend],
          cells((each) => [each.construct], backend),
          cells((each) => [each.start], backend),
          cells((each) => [each.first], backend),
          cells((each) => [interactive(each)], backend),
          cells((each) => [each.shutdown], backend),
        ]),
      },
      {
        title: 'Warm execution and boundary, ms, p50 / p95',
        columns: ['Backend', 'Warm scalar', 'Host-tool round trip', '1 MiB variable'],
        rows: backends.map((backend) => [
          labels[backend],
          cells((each) => each.scalar, backend),
          cells((each) => each.hostCall, backend),
          cells((each) => each.oneMebibyte, backend),
        ]),
      },
      {
        title: 'Memory of the process and all below it, MB, p50',
        columns: ['Backend', 'Increase after start', 'Increase after retaining 8 MiB'],
        rows: backends.map((backend) => [labels[backend], middle((each) => [each.startMb], backend), middle((each) => [each.retainedMb], backend)]),
      },
    ],
    notes: [
      'The columns are those of the table that dspy-interpreters publishes (construct, start, first execute of 40 + 2, shutdown; warm 6 * 7; add(19, 23) on the host; the length of a text of 1 MiB). Importing a package is not counted, here as there.',
      'Only replm’s code runs behind a boundary that can be killed, with limits on time and memory: node:vm and a thread can read what the host can. Its increase after start holds a spare sandbox besides the session’s own; its host call is a question that passes budget, checks and dispatch; its 1 MiB comes as part of a cell.',
    ],
  }
}

const labels: Readonly<Record<Backend, string>> = {
  replm: 'replm (own process)',
  'node:vm': 'node:vm (no boundary)',
  worker_threads: 'worker_threads',
  'quickjs-emscripten': 'quickjs-emscripten',
}
