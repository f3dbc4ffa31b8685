/** What a program writes to a terminal in; the rows that a person sees, scrolled-off ones included, out. Knows what replm uses of a terminal, and throws for anything else. */
import { characterWidth } from '../../src/cli/repl/width.ts'

interface Row {
  /** One per column; '' behind a wide character. */
  cells: string[]
  /** The row goes on in the next. */
  wraps: boolean
}

export class Screen {
  #columns: number
  #height: number
  #rows: Row[] = [{ cells: [], wraps: false }]
  #row = 0
  #column = 0
  /** The last column is written: what comes next stands in the next row. */
  #isFull = false
  #rest = ''
  /** Codes of colour that were written. */
  colours = 0
  isBracketed = false

  constructor(columns: number, height: number) {
    this.#columns = columns
    this.#height = height
  }

  /** Everything, rows that wrap joined, without empty rows at the end. */
  get text(): string {
    return this.#rows.map(({ cells, wraps }) => cells.join('') + (wraps ? '' : '\n')).join('').replace(/\n+$/, '')
  }

  /** The rows in the window, as they are broken. */
  get rows(): string[] {
    return this.#rows.slice(this.#top).map(({ cells }) => cells.join('').trimEnd())
  }

  /** Row and column in the window, from 0. */
  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row - this.#top, column: this.#column }
  }

  get #top(): number {
    return Math.max(0, this.#rows.length - this.#height)
  }

  write(text: string): void {
    // oxlint-disable-next-line eslint/no-control-regex -- escape sequences are what is read
    const parts = (this.#rest + text).split(/(\x1b\[[?\d;]*[a-zA-Z]|[\x00-\x1a\x1c-\x1f])/)
    this.#rest = ''
    for (const [index, part] of parts.entries()) {
      if (index % 2 === 1) this.#control(part)
      else {
        const cut = part.indexOf('\x1b')
        if (cut !== -1 && index !== parts.length - 1) throw new Error(`An escape that is not known: ${JSON.stringify(part)}`)
        this.#print(cut === -1 ? part : part.slice(0, cut))
        if (cut !== -1) this.#rest = part.slice(cut)
      }
    }
  }

  /** As terminals do that break their lines anew. */
  resize(columns: number, height: number): void {
    const cursorAt = { line: 0, offset: 0 }
    const lines: string[][] = [[]]
    for (const [index, row] of this.#rows.entries()) {
      const line = lines.at(-1) ?? []
      if (index === this.#row) Object.assign(cursorAt, { line: lines.length - 1, offset: line.length + this.#column })
      line.push(...row.cells)
      if (!row.wraps) lines.push([])
    }
    if (this.#rows.at(-1)?.wraps !== true) lines.pop()
    this.#columns = columns
    this.#height = height
    this.#rows = []
    for (const [index, line] of lines.entries()) {
      const first = this.#rows.length
      for (let at = 0; at === 0 || at < line.length; at += columns) this.#rows.push({ cells: line.slice(at, at + columns), wraps: at + columns < line.length })
      if (index === cursorAt.line) {
        this.#row = first + Math.floor(cursorAt.offset / columns)
        this.#column = cursorAt.offset % columns
        while (this.#rows.length <= this.#row) this.#rows.push({ cells: [], wraps: false })
      }
    }
    this.#isFull = false
  }

  #print(text: string): void {
    for (const character of text) {
      const width = characterWidth(character)
      if (this.#isFull || this.#column + width > this.#columns) {
        this.#current.wraps = true
        this.#lineFeed()
        this.#column = 0
      }
      const { cells } = this.#current
      while (cells.length < this.#column) cells.push(' ')
      if (width === 0) cells[Math.max(0, this.#column - 1)] += character
      else cells[this.#column] = character
      if (width === 2) cells[this.#column + 1] = ''
      this.#column += width
      this.#isFull = this.#column >= this.#columns
      if (this.#isFull) this.#column = this.#columns - 1
    }
  }

  get #current(): Row {
    return this.#rows[this.#row] ?? { cells: [], wraps: false }
  }

  #lineFeed(): void {
    this.#row += 1
    this.#isFull = false
    if (this.#row === this.#rows.length) this.#rows.push({ cells: [], wraps: false })
  }

  #control(code: string): void {
    if (code === '\n') return this.#lineFeed()
    if (code === '\r') return this.#toColumn(0)
    if (code === '\b') return this.#toColumn(this.#column - 1)
    const [, mark = '', numbers = '', letter = ''] = /^\x1b\[(\??)([\d;]*)([a-zA-Z])$/.exec(code) ?? [] // oxlint-disable-line eslint/no-control-regex -- as above
    const count = Number(numbers || 1)
    if (mark === '?') this.isBracketed = letter === 'h'
    else if (letter === 'm') this.colours += 1
    else if (letter === 'A') this.#toRow(Math.max(this.#top, this.#row - count))
    else if (letter === 'B') this.#toRow(this.#row + count)
    else if (letter === 'C') this.#toColumn(this.#column + count)
    else if (letter === 'D') this.#toColumn(this.#column - count)
    else if (letter === 'H' && numbers === '') {
      this.#toRow(this.#top)
      this.#toColumn(0)
    } else if (letter === 'K' && numbers === '') this.#cutRow()
    else if (letter === 'J' && numbers === '') {
      this.#cutRow()
      this.#rows.length = this.#row + 1
    } else if (letter === 'J' && numbers === '2') {
      for (let row = this.#top; row < this.#rows.length; row += 1) this.#rows[row] = { cells: [], wraps: false }
    } else throw new Error(`A control that is not known: ${JSON.stringify(code)}`)
  }

  #cutRow(): void {
    this.#current.cells.length = Math.min(this.#current.cells.length, this.#column)
    this.#current.wraps = false
  }

  #toColumn(column: number): void {
    this.#column = Math.max(0, Math.min(this.#columns - 1, column))
    this.#isFull = false
  }

  #toRow(row: number): void {
    while (this.#rows.length <= row) this.#rows.push({ cells: [], wraps: false })
    this.#row = row
    this.#isFull = false
  }
}
