/** The line that is being typed in; a terminal that shows it, window and all, out. */
import type { Terminal } from '../terminal.ts'
import { type Layout, layOut, type Row } from './layout.ts'

export interface Picture {
  readonly prompt: string
  readonly continuation: string
  readonly text: string
  readonly cursor: number
  /** What stands below for the moment, line by line; each fits the terminal and is safe for it. */
  readonly notes?: readonly string[]
}

/** Draws where the cursor stands, and again in the same place. All escapes that move a cursor are written here. */
export class View {
  readonly #terminal: Terminal
  #picture: Picture | undefined
  #layout: Layout | undefined
  /** Rows between the first one drawn and the cursor. */
  #above = 0
  /** The first row that is in the window, where not all fit. */
  #top = 0
  /** More rows than are drawn. */
  #isWindow = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  draw(picture: Picture): void {
    const { columns, rows: height } = this.#terminal.size
    const layout = layOut({ ...picture, columns })
    const { rows, cursor } = layout
    const more = this.#appended(picture, layout)
    this.#layout = layout
    if (more !== undefined) {
      this.#picture = picture
      return this.#terminal.steer(more)
    }
    const notes = (picture.notes ?? []).slice(0, Math.max(0, height - 2))
    const room = Math.max(1, height - notes.length)
    this.#isWindow = rows.length > room
    this.#top = this.#isWindow ? Math.max(Math.min(this.#top, cursor.row, rows.length - room), cursor.row - room + 1) : 0
    const shown = rows.slice(this.#top, this.#top + room)
    const last = shown.length - 1 + notes.length
    const text = [joined(shown), ...notes.map((note) => `\r\n${this.#terminal.paint('dim', note, 'stdout')}`)].join('')
    const above = cursor.row - this.#top
    this.#terminal.steer(`${this.#toFirst()}\x1b[J${text}${up(last - above)}\r${right(cursor.column)}`)
    this.#above = above
    this.#picture = picture
  }

  /** What was typed at the end of the last row, where that is all that has changed: it needs no more than to be written. */
  #appended(picture: Picture, { rows, cursor }: Layout): string | undefined {
    const before = this.#picture
    const layout = this.#layout
    const last = layout?.rows.at(-1)?.text
    const next = rows.at(-1)?.text
    if (before === undefined || layout === undefined || last === undefined || next === undefined) return undefined
    const isSame = before.prompt === picture.prompt && !this.#isWindow && before.notes === undefined && picture.notes === undefined && picture.text.startsWith(before.text)
    const isAtEnd = before.cursor === before.text.length && picture.cursor === picture.text.length
    return isSame && isAtEnd && rows.length === layout.rows.length && cursor.row === rows.length - 1 && next.startsWith(last) ? next.slice(last.length) : undefined
  }

  /** Draws again on a terminal that has another size now, and has broken its lines anew. */
  resize(): void {
    const picture = this.#picture
    if (picture === undefined) return
    const { columns } = this.#terminal.size
    this.#layout = undefined
    this.#above = layOut({ ...picture, columns }).cursor.row - this.#top
    this.draw(picture)
  }

  /** On an empty terminal. */
  wipe(): void {
    this.#terminal.steer('\x1b[H\x1b[2J')
    this.#above = 0
    this.#layout = undefined
    if (this.#picture !== undefined) this.draw(this.#picture)
  }

  /** Leaves all of the text where it is, without notes, and the cursor in the line below. `rest` is our own word behind it. */
  finish(rest = ''): void {
    const picture = this.#picture
    if (picture === undefined) return
    const { columns } = this.#terminal.size
    const whole: Layout = layOut({ ...picture, columns })
    const rows = whole.rows.at(-1)?.text === '' && whole.rows.at(-2)?.wraps === true ? whole.rows.slice(0, -1) : whole.rows
    this.#terminal.steer(`${this.#toFirst()}\x1b[J${joined(rows)}${rest}\r\n`)
    this.forget()
  }

  /** What is drawn stays as it is; the next picture stands wherever the cursor is then. */
  forget(): void {
    this.#picture = undefined
    this.#layout = undefined
    this.#above = 0
    this.#top = 0
  }

  #toFirst(): string {
    return `${up(this.#above)}\r`
  }
}

function joined(rows: readonly Row[]): string {
  // The terminal goes on into the next row by itself where there is something to write in it; a full row at the end is left by hand.
  return rows.map(({ text, wraps }, index) => (index === rows.length - 1 ? text : `${text}${wraps && rows[index + 1]?.text !== '' ? '' : '\r\n'}`)).join('')
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : ''
}

function right(columns: number): string {
  return columns > 0 ? `\x1b[${columns}C` : ''
}
