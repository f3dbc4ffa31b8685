/** Matching lines in; what ripgrep would print of them out: `path:line:text`, or the path above its lines, lines around them with dashes, colours on a terminal only. */
import type { FileMatch } from '../../index.ts'
import { type Colour, coloured, showControls, type Terminal } from '../terminal.ts'

export interface GrepOutputOptions {
  readonly nameOf: (doc: number) => string
  /** Names of files are printed, also with lines. */
  readonly hasNames: boolean
  /** A NUL stands behind a name, and nothing else. */
  readonly hasNul: boolean
  readonly hasLines: boolean
  /** Names stand above the lines of their files, not in each. */
  readonly hasHeading: boolean
  /** Lines around those that match are printed: groups of them stand apart. */
  readonly hasContext: boolean
  readonly onlyMatching: boolean
  /** 'auto' has them on a terminal that may have them. */
  readonly colours: 'auto' | 'always' | 'never'
  readonly json: boolean
}

export interface GrepOutput {
  match(match: FileMatch): Promise<void>
  count(doc: number, lines: number): Promise<void>
  file(doc: number): Promise<void>
  /** Writes what there is: no other line of the document matches up to this one, and the next may be long in coming. */
  pause(doc: number, line: number): Promise<void>
  end(): Promise<void>
}

/** Text that is gathered before it is written, in UTF-16 units. */
const pourUnits = 64 * 1024

export function createGrepOutput(terminal: Terminal, options: GrepOutputOptions): GrepOutput {
  const { nameOf, hasNames, hasNul, hasLines, hasHeading, hasContext, onlyMatching, colours, json } = options
  const isTerminal = terminal.isTerminal('stdout')
  let gathered = ''
  /** The line printed last, and those after it that wait: the next match may be among them. */
  let doc = -1
  let last = 0
  let waiting: readonly string[] = []

  const shown = (text: string): string => (isTerminal ? showControls(text).replaceAll('\n', String.raw`\n`) : text)
  const paint = (colour: Colour, text: string): string => {
    if (colours === 'auto') return terminal.paint(colour, shown(text), 'stdout')
    return colours === 'always' ? coloured(colour, shown(text)) : shown(text)
  }

  async function print(line: string, end = '\n'): Promise<void> {
    gathered += line + end
    if (gathered.length >= pourUnits) await flush()
  }

  /** What is gathered is safe to show, and coloured: a terminal gets it as it is. */
  async function flush(): Promise<void> {
    const text = gathered
    gathered = ''
    if (isTerminal) terminal.write(text)
    else await terminal.pour(text)
  }

  const named = (of: number, mark: string): string => `${paint('cyan', nameOf(of))}${hasNul ? '\0' : mark}`

  const head = (of: number, line: number, mark: ':' | '-'): string => (hasNames && !hasHeading ? named(of, mark) : '') + (hasLines ? `${paint('green', String(line))}${mark}` : '')

  async function printWaiting(before: number): Promise<void> {
    const lines = waiting.slice(0, Math.max(0, before - last - 1))
    waiting = waiting.slice(lines.length)
    for (const text of lines) {
      last += 1
      await print(`${head(doc, last, '-')}${shown(text)}`)
    }
  }

  async function printHeading(of: number): Promise<void> {
    if (doc !== -1) await print('')
    await print(named(of, '\n'), '')
  }

  async function printMatch({ doc: of, line, text, submatches, before = [], after = [], cut }: FileMatch): Promise<void> {
    await printWaiting(of === doc ? line : Infinity)
    if (of !== doc) last = 0
    const from = Math.max(line - before.length, last + 1)
    if (of !== doc && hasNames && hasHeading) await printHeading(of)
    else if (hasContext && doc !== -1 && (of !== doc || from > last + 1)) await print('--')
    doc = of
    for (let number = from; number < line; number++) await print(`${head(doc, number, '-')}${shown(before[before.length - (line - number)] ?? '')}`)
    const rows = text.split('\n')
    let at = 0
    for (const [index, row] of rows.entries()) {
      const isLast = index === rows.length - 1
      // Lines that are printed for what they do not match have nothing else.
      if (!onlyMatching || submatches.length === 0) await print(`${head(doc, line + index, ':')}${inColours(row, at, submatches)}${cut === true && isLast ? paint('dim', ' [… the line goes on]') : ''}`)
      else for (const piece of piecesOf(row, at, submatches, rows.length > 1)) await print(`${head(doc, line + index, ':')}${paint('red', piece)}`)
      at += row.length + 1
    }
    last = line + rows.length - 1
    waiting = after
  }

  /** A row of the text that begins at `at` of it, its matches in colour. */
  function inColours(row: string, at: number, submatches: FileMatch['submatches']): string {
    let result = ''
    let done = 0
    for (const { start, end } of submatches) {
      const from = Math.max(done, start - at)
      const to = Math.min(row.length, end - at)
      if (to <= from) continue
      result += shown(row.slice(done, from)) + paint('red', row.slice(from, to))
      done = to
    }
    return result + shown(row.slice(done))
  }

  return {
    match: (match) => (json ? print(JSON.stringify({ name: nameOf(match.doc), ...match })) : printMatch(match)),
    count: (of, lines) => print(json ? JSON.stringify({ name: nameOf(of), doc: of, count: lines }) : `${hasNames ? named(of, ':') : ''}${lines}`),
    file: (of) => (json ? print(JSON.stringify({ name: nameOf(of), doc: of })) : print(named(of, '\n'), '')),
    pause: async (of, line) => {
      if (of === doc) await printWaiting(line + 1)
      await flush()
    },
    end: async () => {
      await printWaiting(Infinity)
      await flush()
    },
  }
}

/** What matches in a row of the text that begins at `at` of it. As ripgrep has it, nothing is told as an empty line, but not what of a match over several lines is nothing. */
function piecesOf(row: string, at: number, submatches: FileMatch['submatches'], isOneOfSeveral: boolean): string[] {
  const pieces: string[] = []
  for (const { text, start, end } of submatches) {
    const from = Math.max(0, start - at)
    const to = Math.min(row.length, end - at)
    if (!isOneOfSeveral && !text.includes('\n')) pieces.push(text)
    else if (from < to) pieces.push(row.slice(from, to))
  }
  return pieces
}
