/** A document of two gigabytes, opened, counted and read at places all over it, beside `wc -lm`. */
import { spawnSync } from 'node:child_process'
import { startContestant } from '../contestant.ts'
import type { LongDocumentOutcome, LongDocumentSetup, LongDocumentTask } from '../contestants/longDocument.ts'
import { longText, type Script } from '../longText.ts'
import type { Extent, Report, Verdict } from '../report.ts'
import { inRounds } from '../rounds.ts'
import { figuresOf, median } from '../series.ts'

export const name = 'documents'
export const about = 'How long until a text of two gigabytes is open and counted, and what does reading anywhere in it cost?'

const scripts: readonly Script[] = ['ascii', 'mixed']

interface Measured {
  readonly script: Script
  readonly bytes: number
  readonly ours: readonly LongDocumentOutcome[]
  /** Of `wc`; empty where there is none. */
  readonly wcMs: readonly number[]
}

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  const bytes = extent === 'quick' ? 200e6 : 2e9
  const measured: Measured[] = []
  for (const script of scripts) measured.push(await measure(script, bytes, extent === 'quick' ? 2 : 3))
  return {
    verdicts: measured.flatMap(verdictsOf),
    charts: [
      {
        type: 'bars',
        title: 'Counting lines and characters',
        unit: 's',
        series: ['chars() and lines()', 'wc -lm'],
        groups: measured.map(({ script, ours, wcMs }) => ({ label: script, values: [median(ours.map(({ countMs }) => countMs)) / 1_000, wcMs.length === 0 ? null : median(wcMs) / 1_000] })),
      },
    ],
    tables: [
      {
        title: `A log of ${bytes / 1e9} GB`,
        columns: ['characters', 'open, ms', 'counted, s', 'MB/s', '`wc -lm`, s', 'loop gap, ms', 'slice, median ms', 'p95', 'readLines, median ms', 'p95', 'RSS of the host, MB'],
        rows: measured.map(({ script, ours, wcMs }) => {
          const seconds = median(ours.map(({ countMs }) => countMs)) / 1_000
          const slices = figuresOf(ours.flatMap(({ sliceMs }) => sliceMs))
          const lines = figuresOf(ours.flatMap(({ readLinesMs }) => readLinesMs))
          return [
            script, median(ours.map(({ openMs }) => openMs)), seconds, bytes / 1e6 / seconds, wcMs.length === 0 ? null : median(wcMs) / 1_000, median(ours.map(({ gapMs }) => gapMs)), slices.median, slices.p95,
            lines.median, lines.p95, median(ours.map(({ rssMb }) => rssMb)),
          ]
        }),
      },
    ],
    notes: [
      'Each round is a process of its own: nothing was counted before. The file is in the page cache for both. `wc` counts code points, replm UTF-16 units, as strings do.',
      'Slices of 2,000 characters anywhere, 20 lines among the last thousand; timed by the program, so with the way into the sandbox and back.',
    ],
  }
}

async function measure(script: Script, bytes: number, rounds: number): Promise<Measured> {
  using text = longText(bytes, script)
  const { replm, wc } = await inRounds(['replm', 'wc'] as const, {
    rounds,
    of: script,
    run: async (who): Promise<LongDocumentOutcome | number | null> => {
      if (who === 'wc') return wcMsOf(text.path)
      await using contestant = await startContestant<LongDocumentSetup, LongDocumentTask, LongDocumentOutcome>('longDocument', { path: text.path })
      // Awaited, as it ends with this block.
      return await contestant.run({ reads: 200 })
    },
  })
  return { script, bytes, ours: replm.filter((outcome) => typeof outcome === 'object' && outcome !== null), wcMs: wc.filter((outcome) => typeof outcome === 'number') }
}

/** Null where it is not installed. */
function wcMsOf(path: string): number | null {
  const start = performance.now()
  const { status } = spawnSync('wc', ['-lm', path], { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  return status === 0 ? performance.now() - start : null
}

function verdictsOf({ script, ours, wcMs }: Measured): Verdict[] {
  const ratio = wcMs.length === 0 ? null : median(ours.map(({ countMs }) => countMs)) / median(wcMs)
  return [
    { what: `${script}: opening`, figure: median(ours.map(({ openMs }) => openMs)), unit: 'ms', atMost: 50 },
    { what: `${script}: lines and characters counted, against \`wc -lm\``, figure: ratio, unit: '×', atMost: 1.5, ...(ratio === null ? { note: 'there is no `wc` here' } : {}) },
    { what: `${script}: the host’s loop was away while it was counted`, figure: median(ours.map(({ gapMs }) => gapMs)), unit: 'ms', atMost: 50 },
    { what: `${script}: a slice anywhere, p95`, figure: figuresOf(ours.flatMap(({ sliceMs }) => sliceMs)).p95, unit: 'ms', atMost: 2 },
    { what: `${script}: readLines near the end, p95`, figure: figuresOf(ours.flatMap(({ readLinesMs }) => readLinesMs)).p95, unit: 'ms', atMost: 5 },
    { what: `${script}: memory of the host, RSS`, figure: median(ours.map(({ rssMb }) => rssMb)), unit: 'MB', atMost: 200 },
  ]
}
