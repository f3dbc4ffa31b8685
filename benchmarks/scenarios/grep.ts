/** Texts of a megabyte, a hundred, and a thousand, searched for what is rare, what is not there and what is everywhere, beside ripgrep as a program of its own. */
import { availableParallelism } from 'node:os'
import { startContestant } from '../contestant.ts'
import type { SearcherOutcome, SearcherSetup, SearcherTask } from '../contestants/searcher.ts'
import type { Extent, Report, Verdict } from '../report.ts'
import { ripgrepVersion } from '../ripgrep.ts'
import { inRounds } from '../rounds.ts'
import { searchedText } from '../searchedText.ts'
import { median } from '../series.ts'

export const name = 'grep'
export const about = 'How long until all matches of a pattern are objects in this process, against spawning ripgrep and reading what it prints?'

interface Case extends SearcherTask {
  readonly what: string
  /** How many times as long as ripgrep it may take. */
  readonly atMost: number
}

const rare: Omit<Case, 'atMost'> = { what: 'a rare text', pattern: 'Sherlock Holmes', ignoreCase: false }
const alternation: Omit<Case, 'atMost'> = { what: 'one of several texts', pattern: 'Sherlock|Holmes|Watson|Moriarty', ignoreCase: false }
const groups: Omit<Case, 'atMost'> = { what: 'a pattern with groups', pattern: String.raw`(\w+)@(\w+)\.com`, ignoreCase: false }

const hundred: readonly Case[] = [
  { ...rare, atMost: 1.2 },
  { what: 'a text that is not there', pattern: 'zzzzqq', ignoreCase: false, atMost: 0.6 },
  { what: 'a text that is in every third line', pattern: 'Harbor', ignoreCase: false, atMost: 0.6 },
  { what: 'a text in any case', pattern: 'sherlock holmes', ignoreCase: true, atMost: 1.5 },
  { ...groups, atMost: 1.5 },
  { ...alternation, atMost: availableParallelism() > 1 ? 2 : 3 },
]

const one: readonly Case[] = [rare, groups, alternation].map((each) => ({ ...each, atMost: 1 }))

const thousand: readonly Case[] = [
  { ...rare, atMost: 1.5 },
  { ...alternation, atMost: 4 },
]

interface Measured {
  readonly of: Case
  readonly size: string
  readonly replm: readonly SearcherOutcome[]
  readonly ripgrep: readonly SearcherOutcome[]
}

/** Of the process in which it is searched, beyond what it had before. */
const maxExtraMb = 64
const maxGapMs = 50

export async function report({ extent }: { readonly extent: Extent }): Promise<Report> {
  const version = ripgrepVersion()
  if (version === undefined) return { verdicts: [{ what: 'against ripgrep', figure: null, unit: '×', note: 'there is no `rg` here' }], charts: [], tables: [], notes: [] }
  const measured: Measured[] = []
  measured.push(...(await measure('1 MB', 1e6, one, 7)))
  measured.push(...(await measure('100 MB', 100e6, hundred, extent === 'quick' ? 3 : 7)))
  if (extent !== 'quick') measured.push(...(await measure('1 GB', 1e9, thousand, 3)))
  return {
    verdicts: measured.flatMap(verdictsOf),
    charts: [
      {
        type: 'bars',
        title: 'A hundred megabytes',
        unit: 'ms',
        scale: 'log',
        series: ['replm', 'rg --json, read'],
        groups: measured.filter(({ size }) => size === '100 MB').map(({ of, replm, ripgrep }) => ({ label: of.what, values: [wall(replm), wall(ripgrep)] })),
      },
    ],
    tables: [
      {
        title: 'All matches as objects',
        columns: ['text', 'searched for', 'matching lines', 'replm, ms', 'rg, ms', 'ratio', 'loop gap, ms', 'extra memory, MB'],
        rows: measured.map(({ of, size, replm, ripgrep }) => [size, of.what, replm[0]?.matches ?? null, wall(replm), wall(ripgrep), wall(replm) / wall(ripgrep), median(replm.map(({ gapMs }) => gapMs)), median(replm.map(({ extraMb }) => extraMb))]),
      },
    ],
    notes: [
      `Each way in a process of its own that has searched once before; the text is in the page cache for both. replm searches with at most ${Math.min(4, availableParallelism())} threads.`,
      `Both make the same objects: line, column, offset, text, matches. ${version} runs with --json, on the file itself.`,
    ],
  }
}

async function measure(size: string, bytes: number, cases: readonly Case[], rounds: number): Promise<Measured[]> {
  using text = searchedText(bytes)
  const start = (who: SearcherSetup['who']) => startContestant<SearcherSetup, SearcherTask, SearcherOutcome>('searcher', { path: text.path, who })
  await using replm = await start('replm')
  await using ripgrep = await start('ripgrep')
  const ways = { replm, ripgrep }
  const measured: Measured[] = []
  for (const of of cases) {
    const outcomes = await inRounds(['replm', 'ripgrep'] as const, { rounds, of: `${size}, ${of.what}`, run: (who) => ways[who].run({ pattern: of.pattern, ignoreCase: of.ignoreCase }) })
    const counts = new Set([...outcomes.replm, ...outcomes.ripgrep].map(({ matches }) => matches))
    if (counts.size !== 1) throw new Error(`Both should find the same, and found ${[...counts].join(' and ')} lines for ${of.what}`)
    measured.push({ of, size, ...outcomes })
  }
  return measured
}

function verdictsOf({ of, size, replm, ripgrep }: Measured): Verdict[] {
  const isLong = size === '1 GB'
  return [
    { what: `${size}: ${of.what}, against ripgrep`, figure: wall(replm) / wall(ripgrep), unit: '×', atMost: of.atMost },
    ...(size === '1 MB' ? [] : [{ what: `${size}: ${of.what}, the host’s loop was away`, figure: median(replm.map(({ gapMs }) => gapMs)), unit: 'ms', atMost: maxGapMs } as const]),
    ...(isLong ? [{ what: `${size}: ${of.what}, extra memory of the host`, figure: median(replm.map(({ extraMb }) => extraMb)), unit: 'MB', atMost: maxExtraMb } as const] : []),
  ]
}

function wall(outcomes: readonly SearcherOutcome[]): number {
  return median(outcomes.map(({ wallMs }) => wallMs))
}
