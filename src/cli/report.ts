/** Anything thrown in; what a person needs to mend it, on stderr, out. */
import { isOfCell, messageOf, toReplmError } from './outcome.ts'
import { showControls, type Terminal } from './terminal.ts'
import { textWidth } from './repl/width.ts'

export interface ReportOptions {
  readonly terminal: Terminal
  /** The failure is in the object on stdout already: say it again only to a person. */
  readonly json: boolean
  /** The text that failed, to show the place. */
  readonly source?: { readonly name: string; readonly text: string }
}

/** Longest piece of a source line that is shown, in UTF-16 units. */
const maxExcerpt = 160

/** Says what went wrong, where, and the frames of the guest's own stack. */
export function reportFailure(thrown: unknown, { terminal, json, source }: ReportOptions): void {
  const error = toReplmError(thrown)
  const stack = isOfCell(error) ? (error.stack ?? '') : ''
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  // The stack's head carries the name of what was thrown; the message alone would lose it.
  const head = error.code === 'CELL' && frames.length > 0 ? stack.slice(0, stack.indexOf(frames[0] ?? '')).trimEnd() : messageOf(error)
  const place = source === undefined || error.line == null ? [] : excerpt(source, error.line, error.column ?? null, terminal.columns('stderr'))
  const shownFrames = place.length > 0 && frames.length === 1 ? [] : frames
  const lines = [`${terminal.paint('red', error.code, 'stderr')}: ${showControls(head || messageOf(error))}`, ...place.map(showControls), ...shownFrames.map(showControls)]
  // The library does not know that there are flags.
  if (error.code === 'STORE') lines.push('`--store FILE` names another store; `--store :memory:` runs without one, and keeps nothing')
  const text = `${lines.join('\n')}\n`
  if (json) terminal.tell(text)
  else terminal.complain(text)
}

/** The place, the line and a mark under the column; of a line that is too long the part around it. */
function excerpt(source: { readonly name: string; readonly text: string }, line: number, column: number | null, columns: number): string[] {
  const where = `  at ${source.name}:${line}${column === null ? '' : `:${column}`}`
  const text = source.text.split('\n')[line - 1]?.replace(/\r$/, '')
  if (text === undefined || text.trim() === '') return [where]
  const room = Math.max(16, Math.min(maxExcerpt, columns - margin.length - 1))
  const at = (column ?? 1) - 1
  const from = at < room - 4 ? 0 : at - Math.floor(room / 2)
  const shown = (part: string): string => showControls(part.replaceAll('\t', ' '))
  const piece = `${from > 0 ? '…' : ''}${text.slice(from, from + room - Number(from > 0))}`
  if (column === null || at > text.length) return [where, `${margin}${shown(piece)}`]
  const before = `${from > 0 ? '…' : ''}${text.slice(from, at)}`
  return [where, `${margin}${shown(piece)}`, `${margin}${' '.repeat(textWidth(shown(before)))}^`]
}

/** Stands before the line of an excerpt. */
const margin = '    '
