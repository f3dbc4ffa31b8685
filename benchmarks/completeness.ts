/** Results of a scenario in; which of them says most, and in words how little one says, out. Imports only types. */
import type { Extent } from './report.ts'
import type { Result } from './run.ts'

const extents: readonly Extent[] = ['quick', 'default', 'full']

/** What a reader must know of a result: 'quick', or 'full, stopped'. '' for a whole one of the default extent. */
export function markOf(result: Result): string {
  const extent = extentOf(result)
  return [...(extent === 'default' ? [] : [extent]), ...(result.stopped === true ? ['stopped'] : [])].join(', ')
}

/** In the order in which they were measured; the one to show first, then those that are kept beside it. */
export function mostComplete(results: readonly Result[]): readonly Result[] {
  const kept = results.filter((one, index) => !results.slice(index + 1).some((later) => replaces(later, one)))
  return kept.toReversed().toSorted((a, b) => Number(isStopped(a)) - Number(isStopped(b)) || (isStopped(a) ? rowsOf(b) - rowsOf(a) : rank(b) - rank(a)))
}

/** A later one does, of the same extent, that comes as far: nothing is lost with the earlier one. */
function replaces(later: Result, earlier: Result): boolean {
  if (extentOf(later) !== extentOf(earlier)) return false
  return !isStopped(later) || (isStopped(earlier) && rowsOf(later) >= rowsOf(earlier))
}

function isStopped({ stopped }: Result): boolean {
  return stopped === true
}

/** How far one came that was stopped: its tables have a row for each thing that was measured. */
function rowsOf({ report }: Result): number {
  return report.tables.reduce((sum, { rows }) => sum + rows.length, 0)
}

function rank(result: Result): number {
  return extents.indexOf(extentOf(result))
}

/** One that measures a single thing measures all of it, however much is asked for. */
function extentOf({ about, extent }: Result): Extent {
  return about === '' ? 'default' : extent
}
