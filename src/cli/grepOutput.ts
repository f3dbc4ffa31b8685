/** Matching lines in; what ripgrep would print of them out: `path:line:text`, lines around them with dashes, colours on a terminal only. */
import type { FileMatch } from '../index.ts'
import { type Colour, showControls, type Terminal } from './terminal.ts'

export interface GrepOutputOptions {
  /** What stands before a line; undefined for nothing. */
  readonly nameOf: (doc: number) => string | undefined
  readonly hasLines: boolean
  /** Lines around those that match are printed: groups of them stand apart. */
  readonly hasContext: boolean
  readonly onlyMatching: boolean
  readonly json: boolean
}

export interface GrepOutput {
  match(match: FileMatch): Promise<void>
  count(doc: number, lines: number): Promise<void>
  file(doc: number, name: string): Promise<void>
  end(): Promise<void>
}

/** Text that is gathered before it is written, in UTF-16 units. */
const pourUnits = 64 * 1024

export function createGrepOutput(terminal: Terminal, { nameOf, hasLines, hasContext, onlyMatching, json }: GrepOutputOptions): GrepOutput {
  const isTerminal = terminal.isTerminal('stdout')
  let gathered = ''
  /** The line printed last, and those after it that wait: the next match may be among them. */
  let doc = -1
  let last = 0
  let waiting: readonly string[] = []
  let isFirst = true

  const shown = (text: string): string => (isTerminal ? showControls(text).replaceAll('\n', String.raw`\n`) : text)
  const paint = (colour: Colour, text: string): string => terminal.paint(colour, shown(text), 'stdout')

  async function print(line: string): Promise<void> {
    gathered += `${line}\n`
    if (gathered.length >= pourUnits) await flush()
  }

  /** What is gathered is safe to show, and coloured: a terminal gets it as it is. */
  async function flush(): Promise<void> {
    const text = gathered
    gathered = ''
    if (isTerminal) terminal.write(text)
    else await terminal.pour(text)
  }

  const head = (of: number, line: number | undefined, mark: ':' | '-'): string => {
    const name = nameOf(of)
    return (name === undefined ? '' : `${paint('cyan', name)}${mark}`) + (hasLines && line !== undefined ? `${paint('green', String(line))}${mark}` : '')
  }

  async function printWaiting(before: number): Promise<void> {
    for (const text of waiting) {
      if (last + 1 >= before) break
      last += 1
      await print(`${head(doc, last, '-')}${shown(text)}`)
    }
    waiting = []
  }

  async function printMatch({ doc: of, line, text, submatches, before = [], after = [], cut }: FileMatch): Promise<void> {
    await printWaiting(of === doc ? line : Infinity)
    if (of !== doc) last = 0
    const from = Math.max(line - before.length, last + 1)
    if (hasContext && !isFirst && (of !== doc || from > last + 1)) await print('--')
    isFirst = false
    doc = of
    for (let number = from; number < line; number++) await print(`${head(doc, number, '-')}${shown(before[before.length - (line - number)] ?? '')}`)
    const rows = text.split('\n')
    let at = 0
    for (const [index, row] of rows.entries()) {
      const isLast = index === rows.length - 1
      await print(`${head(doc, line + index, ':')}${coloured(row, at, submatches)}${cut === true && isLast ? paint('dim', ' [… the line goes on]') : ''}`)
      at += row.length + 1
    }
    last = line + rows.length - 1
    waiting = after
  }

  /** A row of the text that begins at `at` of it, its matches in colour. */
  function coloured(row: string, at: number, submatches: FileMatch['submatches']): string {
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
    match: async (match) => {
      if (json) return print(JSON.stringify({ name: nameOf(match.doc), ...match }))
      if (!onlyMatching) return printMatch(match)
      for (const { text } of match.submatches) if (text !== '') await print(`${head(match.doc, match.line, ':')}${paint('red', text)}`)
    },
    count: (of, lines) => print(json ? JSON.stringify({ name: nameOf(of), doc: of, count: lines }) : `${head(of, undefined, ':')}${lines}`),
    file: (of, name) => print(json ? JSON.stringify({ name, doc: of }) : paint('cyan', name)),
    end: async () => {
      await printWaiting(Infinity)
      await flush()
    },
  }
}
