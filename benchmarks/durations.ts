/** The name of a scenario in; how long it takes, as far as can be said before, out. */
import type { Extent } from './report.ts'
import type { Result } from './run.ts'

/** Seconds on a machine of two cores, by extent; one number where the extent changes nothing. Of the others nothing is known before they were run once. */
const usual: Readonly<Record<string, number | Readonly<Record<Extent, number>>>> = {
  'batch-query': 2,
  claims: { quick: 50, default: 100, full: 100 },
  clients: { quick: 90, default: 450, full: 1_200 },
  documents: { quick: 40, default: 150, full: 150 },
  'first-read': 15,
  grep: { quick: 60, default: 240, full: 240 },
  'idle-memory': 6,
  'journal-answers': 40,
  'journal-open': 60,
  'journal-instant': 10,
  'journal-resume': 30,
  'journal-sequence': 10,
  'jobs-batch': 60,
  'journal-wall': 25,
  'jobs-cancel': { quick: 10, default: 30, full: 80 },
  'jobs-submit': { quick: 5, default: 15, full: 30 },
  'jobs-throughput': { quick: 5, default: 15, full: 25 },
  'kill-noticed': 17,
  limits: { quick: 9, default: 27, full: 60 },
  'loop-lateness': 13,
  memory: { quick: 50, default: 100, full: 100 },
  'new-session': 16,
  'next-answer': 25,
  'one-plus-one': 1,
  'open-context': 3,
  'parallel-queries': 3,
  paths: { quick: 100, default: 480, full: 7_000 },
  recovery: 17,
  'resume-batches': 12,
  'resume-sequence': 20,
  'run-script': 10,
  runtime: { quick: 9, default: 30, full: 60 },
  'sequential-queries': 3,
  'server-latency': 15,
  sse: { quick: 5, default: 15, full: 15 },
  tasks: { quick: 100, default: 360, full: 1_000 },
  'whole-way': { quick: 15, default: 45, full: 45 },
}

/** Seconds; what it took before says it best. undefined where nothing is known. */
export function expectedSeconds(name: string, extent: Extent, earlier: readonly Result[]): number | undefined {
  const before = earlier.findLast((result) => result.name === name && result.extent === extent && result.stopped !== true)
  const known = usual[name]
  return before?.seconds ?? (typeof known === 'number' ? known : known?.[extent])
}

/** Of all of these, one after the other. undefined where nothing is known of one. */
export function expectedTotal(names: readonly string[], extent: Extent, earlier: readonly Result[]): number | undefined {
  return names
    .map((name) => expectedSeconds(name, extent, earlier))
    .reduce<number | undefined>((sum, seconds) => (sum === undefined || seconds === undefined ? undefined : sum + seconds), 0)
}

/** As '40 s', '3 min' or '1 h 10 min'. */
export function shownSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
