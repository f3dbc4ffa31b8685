/** A raw stack of V8 in; where in the cells it happened, and a stack of the cells' frames only, out. */
import { type CompiledCell, failureAt } from './compiled.ts'
import type { Position } from './lines.ts'
import { tooDeep } from './parse.ts'
import type { CellFailure } from '../../protocol.ts'

export interface Located {
  /** Of the innermost frame of a cell, from 1; null if there is none. */
  readonly line: number | null
  readonly column: number | null
  /** One line a frame, `    at f (cell 3:2:5)`, innermost first; no name and message above them. */
  readonly stack: string
}

/**
 * Keeps the frames of the cells, each at the place in its cell's own text.
 * `cells` are found by the file name that their code was evaluated under. `message` is the error's, if known: lines in it that look like frames are none.
 */
export function locateStack(rawStack: string, cells: ReadonlyMap<string, CompiledCell>, message = ''): Located {
  const frames = framesOf(rawStack, message).flatMap((line) => frameIn(line, cells) ?? [])
  return {
    line: frames[0]?.position.line ?? null,
    column: frames[0]?.position.column ?? null,
    stack: frames.map(showFrame).join('\n'),
  }
}

/** What V8 refused to compile, or could not, though it had been parsed before. */
export function compileFailure(thrown: unknown, cell: CompiledCell): CellFailure {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  // isolated-vm appends the place: `… [replm:cell-1:2:3]`.
  const [whole = '', line, column] = / \[replm:cell-\d+:(\d+):(\d+)\]$/.exec(message) ?? []
  const position = line === undefined || column === undefined ? null : cell.locate(Number(line), Number(column))
  const said = message.slice(0, message.length - whole.length)
  const bare = thrown instanceof RangeError ? tooDeep : said.includes("'import.meta'") ? '`import.meta` is not there in a cell, which is no module and has no file' : said
  return { ...failureAt({ code: 'SYNTAX', name: 'SyntaxError', message: bare }, position ?? { line: 1, column: 1 }, cell.filename), incomplete: false }
}

interface Frame {
  /** Function and its manner (`async`, `new`), empty for the cell's top level. */
  readonly name: string
  readonly filename: string
  readonly position: Position
}

const frameStart = '    at '

/** The lines at the end that look like frames: whatever stands above them is the message. */
function framesOf(rawStack: string, message: string): string[] {
  const messageAt = message === '' ? -1 : rawStack.indexOf(message)
  const firstFrame = rawStack.indexOf(`\n${frameStart}`)
  const isHead = messageAt !== -1 && (firstFrame === -1 || messageAt <= firstFrame)
  const lines = (isHead ? rawStack.slice(messageAt + message.length) : rawStack).split('\n')
  const above = lines.findLastIndex((line) => !line.startsWith(frameStart))
  return lines.slice(above + 1).map((line) => line.slice(frameStart.length))
}

/** File names may hold anything, so they are looked up, not parsed. */
function frameIn(frame: string, cells: ReadonlyMap<string, CompiledCell>): Frame | null {
  const place = /:(\d+):(\d+)(\)?)$/.exec(frame)
  if (place === null) return null
  const head = frame.slice(0, place.index)
  if (place[3] === '') {
    const name = head.startsWith('async ') && !cells.has(head) ? 'async' : ''
    return frameAt({ name, file: name === '' ? head : head.slice(6), line: place[1], column: place[2] }, cells)
  }
  for (let open = head.indexOf('('); open !== -1; open = head.indexOf('(', open + 1)) {
    const file = head.slice(open + 1)
    if (cells.has(file)) return frameAt({ name: head.slice(0, open).trim(), file, line: place[1], column: place[2] }, cells)
  }
  return evalFrame(frame, cells)
}

/** `eval (eval at f (cell 1:2:3), <anonymous>:1:1)`: code in a string stands where it was given to the engine. */
function evalFrame(frame: string, cells: ReadonlyMap<string, CompiledCell>): Frame | null {
  const evalAt = frame.lastIndexOf('(eval at ')
  if (evalAt === -1) return null
  for (let open = frame.indexOf('(', evalAt + 1); open !== -1; open = frame.indexOf('(', open + 1)) {
    const [, file, line, column] = /^\((.+?):(\d+):(\d+)\)/.exec(frame.slice(open)) ?? []
    const found = file === undefined ? null : frameAt({ name: frame.slice(0, frame.indexOf(' (')), file, line, column }, cells)
    if (found !== null) return found
  }
  return null
}

function frameAt(
  { name, file, line, column }: { readonly name: string; readonly file: string; readonly line: string | undefined; readonly column: string | undefined },
  cells: ReadonlyMap<string, CompiledCell>,
): Frame | null {
  const cell = cells.get(file)
  const position = cell?.locate(Number(line), Number(column)) ?? null
  return cell === undefined || position === null ? null : { name: ownName(name), filename: cell.filename, position }
}

/** Without what the rewriting of declarations put before a name. */
function ownName(name: string): string {
  return name.replace(/\$replm_*\.(?:let|const)\./, '')
}

function showFrame({ name, filename, position: { line, column } }: Frame): string {
  const place = `${filename}:${line}:${column}`
  if (name === '') return `${frameStart}${place}`
  return name === 'async' ? `${frameStart}async ${place}` : `${frameStart}${name} (${place})`
}
