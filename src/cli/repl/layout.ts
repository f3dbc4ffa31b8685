/** A prompt, a text and its cursor in; the rows of a terminal that they fill, out. */
import { showControls } from '../terminal.ts'
import { characterWidth } from './width.ts'

export interface LayoutOptions {
  readonly text: string
  readonly cursor: number
  /** What stands before the first line, and before each one after it; no control characters. */
  readonly prompt: string
  readonly continuation: string
  readonly columns: number
}

export interface Row {
  /** What is shown in it; safe for a terminal. */
  readonly text: string
  /** The terminal itself goes on into the next row: a line that is too long is one line still. */
  readonly wraps: boolean
}

export interface Layout {
  readonly rows: readonly Row[]
  readonly cursor: { readonly row: number; readonly column: number }
}

/** Columns of a tab, wherever it stands. */
const tab = '  '

/** Never empty. The cursor has a place of its own behind a row that is full. */
export function layOut({ text, cursor, prompt, continuation, columns }: LayoutOptions): Layout {
  const rows: Row[] = []
  let row = ''
  let column = 0
  let place = { row: 0, column: 0 }
  const put = (shown: string, width: number): void => {
    if (column + width > columns) {
      rows.push({ text: row, wraps: true })
      row = ''
      column = 0
    }
    row += shown
    column += width
  }
  const mark = (): void => {
    place = column < columns ? { row: rows.length, column } : { row: rows.length + 1, column: 0 }
  }
  for (const character of prompt) put(character, characterWidth(character))
  let offset = 0
  for (const character of text) {
    if (offset === cursor) mark()
    offset += character.length
    if (character === '\n') {
      rows.push({ text: row, wraps: false })
      row = ''
      column = 0
      for (const one of continuation) put(one, characterWidth(one))
      continue
    }
    const shown = character === '\t' ? tab : showControls(character)
    // What is spelt out may be broken at any of its letters.
    if (shown === character) put(character, characterWidth(character))
    else for (const letter of shown) put(letter, 1)
  }
  if (offset <= cursor) mark()
  rows.push({ text: row, wraps: column === columns })
  if (column === columns) rows.push({ text: '', wraps: false })
  return { rows, cursor: place }
}
