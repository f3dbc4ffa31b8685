/** What cells print and give in; a screenful of it, and the rest on request, out. */
import { inspect } from 'node:util'
import { showControls, type Terminal } from '../terminal.ts'
import { coloured } from './colours.ts'
import { wrapped } from './columns.ts'
import { textWidth } from './width.ts'

/** Shown of what one cell prints, in lines and in UTF-16 units, before the rest has to be asked for. */
const printLines = 500
const printUnits = 64_000

/** Shown of a value at the least, in rows; a higher terminal shows as many as it has. */
const leastRows = 10

/** Of one page of the rest, in UTF-16 units, however few rows they take. */
const pageUnits = 20_000

/** Marks of the guest's that it has left something out. */
const omissions = /\.\.\. (?:\(cut\)|\d+ more (?:item|character)s?)|\[(?:Object|Array|[A-Z][\w$]*(?: <[^>\n]*>)?)\]/

export class Paper {
  readonly #terminal: Terminal
  /** Shown with the next `.more`. */
  #rest = ''
  #value: { readonly value: unknown; readonly text: string } | undefined
  #linesLeft = printLines
  #unitsLeft = printUnits

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** A cell begins: what is left of the one before is forgotten. */
  begin(): void {
    this.#rest = ''
    this.#linesLeft = printLines
    this.#unitsLeft = printUnits
  }

  /** One text that the program prints. */
  print(text: string, stream: 'stdout' | 'stderr'): void {
    if (this.#rest !== '') {
      this.#rest += `${text}\n`
      return
    }
    let rest = text
    if (this.#linesLeft > 0 && this.#unitsLeft > 0) {
      const shown = cut(text, this.#linesLeft, this.#unitsLeft)
      this.#linesLeft -= shown.split('\n').length
      this.#unitsLeft -= shown.length + 1
      this.#terminal.print(`${shown}\n`, stream)
      if (shown.length === text.length) return
      rest = text.slice(shown.length).replace(/^\n/, '')
    }
    this.#rest = `${rest}\n`
    this.#tell('… there is more, which is kept: .more shows it')
  }

  /** The value of a cell. */
  value(value: unknown, text: string): void {
    this.#value = { value, text }
    const { rows } = this.#terminal.size
    const { shown, rest } = this.#page(text, Math.max(leastRows, rows - 4))
    this.#terminal.write(`${coloured(shown, this.#terminal)}\n`)
    if (rest !== '') {
      this.#rest = rest
      this.#tell(`… ${lineCount(rest)} more ${lineCount(rest) === 1 ? 'line' : 'lines'}: .more shows them, .more FILE writes all of it`)
    } else if (omissions.test(text) && value !== undefined) this.#tell('… .more shows all of it, .more FILE writes it')
  }

  /** The next page of what was not shown; all of the last value when everything of it was. */
  more(): void {
    const isOfText = this.#rest !== ''
    const text = isOfText ? this.#rest : this.whole()
    if (text === undefined) return this.#tell('There is nothing more to show')
    const { rows } = this.#terminal.size
    const { shown, rest } = this.#page(text, Math.max(leastRows, rows - 2))
    this.#terminal.write(`${coloured(shown, this.#terminal)}\n`)
    this.#rest = rest
    if (rest !== '') this.#tell(`… ${lineCount(rest)} more ${lineCount(rest) === 1 ? 'line' : 'lines'}: .more, .more all`)
    else if (isOfText && this.#value !== undefined && omissions.test(this.#value.text) && this.#value.value !== undefined) this.#tell('… .more shows all of it, .more FILE writes it')
  }

  /** Everything that was not shown. */
  all(): void {
    const text = this.#rest === '' ? this.whole() : this.#rest
    this.#rest = ''
    if (text === undefined) return this.#tell('There is nothing more to show')
    this.#terminal.print(`${text.replace(/\n$/, '')}\n`)
  }

  /** The whole of the last value, a text as it is; undefined when there is none. */
  whole(): string | undefined {
    if (this.#value === undefined) return undefined
    const { value, text } = this.#value
    if (typeof value === 'string') return value
    if (value === undefined) return text
    return inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, customInspect: false, breakLength: Math.max(40, this.#terminal.size.columns - 1) })
  }

  /** So much of a text as fills so many rows, and what is left of it. Safe for a terminal. */
  #page(text: string, maxRows: number): { readonly shown: string; readonly rest: string } {
    const { columns } = this.#terminal.size
    let rows = 0
    let at = 0
    while (at < text.length) {
      const end = text.indexOf('\n', at)
      const line = text.slice(at, end === -1 ? text.length : end)
      const taken = Math.max(1, Math.ceil(textWidth(showControls(line.slice(0, pageUnits))) / columns))
      if (rows > 0 && rows + taken > maxRows) break
      if (taken > maxRows || line.length > pageUnits) {
        // One line that alone is too long is cut where the page ends.
        at += wholeCharacters(line, Math.min(pageUnits, maxRows * columns))
        break
      }
      rows += taken
      at = end === -1 ? text.length : end + 1
    }
    return { shown: showControls(text.slice(0, at)).replace(/\n$/, ''), rest: text.slice(at) }
  }

  #tell(words: string): void {
    this.#terminal.write(`${this.#terminal.paint('dim', wrapped(words, this.#terminal.size.columns), 'stdout')}\n`)
  }
}

function cut(text: string, lines: number, units: number): string {
  let end = Math.min(text.length, units)
  let at = -1
  for (let line = 0; line < lines; line += 1) {
    at = text.indexOf('\n', at + 1)
    if (at === -1 || at >= end) return text.slice(0, wholeCharacters(text, end))
  }
  end = at
  return text.slice(0, end)
}

/** A pair is not cut. */
function wholeCharacters(text: string, units: number): number {
  return units < text.length && /[\ud800-\udbff]$/.test(text.slice(0, units)) ? units - 1 : units
}

function lineCount(text: string): number {
  return text.replace(/\n$/, '').split('\n').length
}
