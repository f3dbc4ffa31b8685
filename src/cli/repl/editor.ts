/** Keys in; whole cells and commands, edited over as many lines as they need, out. */
import type { Terminal } from '../terminal.ts'
import { EditBuffer } from './buffer.ts'
import { columnsOf } from './columns.ts'
import type { History } from './history.ts'
import type { Key, Keyboard } from './keyboard.ts'
import { HistorySearch } from './search.ts'
import { View } from './view.ts'

export type Entry =
  | { readonly type: 'text'; readonly text: string }
  /** Ctrl-C; `leaves` when it was the second in a row at an empty prompt. */
  | { readonly type: 'interrupt'; readonly leaves: boolean }
  | { readonly type: 'end' }

/** What may stand at the end of a text: `from` is where the name begins that these may replace. */
export interface Completions {
  readonly from: number
  readonly names: readonly string[]
}

export interface EditorOptions {
  readonly terminal: Terminal
  readonly keyboard: Keyboard
  readonly history: History
  readonly complete: (text: string) => Promise<Completions>
  /** Whether more lines must follow before the text can be run. */
  readonly isIncomplete: (text: string) => Promise<boolean>
}

export interface ReadOptions {
  readonly prompt: string
  readonly continuation: string
  /** Enter begins a new line, Ctrl-D runs what was written (`.editor`). @default false */
  readonly isBlock?: boolean
  /** What stands there already. @default '' */
  readonly text?: string
}

/**
 * Keys come from node:readline, and mean what they mean in Node's own REPL. Its editing cannot be built upon: Node 26 throws out of the process when Up is pressed in a cell with a line that
 * wraps, evaluates lines typed ahead concurrently, and rewrites a history file that several processes share.
 */
export class LineEditor {
  readonly #options: EditorOptions
  readonly #view: View
  readonly #buffer = new EditBuffer()
  #prompts: ReadOptions = { prompt: '', continuation: '' }
  #notes: readonly string[] = []
  #search: HistorySearch | undefined
  /** Where the history stands: -1 at what is being typed, which `draft` keeps; `prefix` is what entries must begin with. */
  #place = { index: -1, draft: '', prefix: '' }
  #wasInterrupted = false

  constructor(options: EditorOptions) {
    this.#options = options
    this.#view = new View(options.terminal)
    options.keyboard.onResume(() => {
      this.#view.forget()
      this.#draw()
    })
  }

  /** The window has another size. */
  resize(): void {
    this.#view.resize()
  }

  /** Resolves when a text is complete, or the person wants out. */
  async read(options: ReadOptions): Promise<Entry> {
    this.#prompts = options
    this.#buffer.clear()
    this.#buffer.insert(options.text ?? '')
    this.#place = { index: -1, draft: '', prefix: '' }
    this.#draw()
    for (;;) {
      const key = await this.#options.keyboard.next()
      this.#notes = []
      const entry = await this.#press(key)
      if (entry === undefined) {
        // What was typed or pasted in one go is drawn once.
        if (!this.#options.keyboard.hasMore) this.#draw()
        continue
      }
      if (entry.type !== 'interrupt') this.#wasInterrupted = false
      return entry
    }
  }

  async #press(key: Key): Promise<Entry | undefined> {
    if (key.type === 'end') return this.#close({ type: 'end' }, '')
    if (this.#search !== undefined && this.#searches(key)) return undefined
    if (key.type === 'paste') return this.#paste(key.text)
    const { name, ctrl, meta } = key
    if (ctrl && name === 'c') return this.#interrupt()
    if (ctrl && name === 'd' && (this.#buffer.text === '' || this.#prompts.isBlock === true)) return this.#endOfInput()
    if (name === 'return' || name === 'enter') return meta ? void this.#buffer.insert('\n') : this.#enter()
    if (name === 'tab') return this.#complete()
    this.#wasInterrupted = false
    const edit = editOf(key)
    if (edit !== undefined) edit(this.#buffer)
    else if (name === 'up' || (ctrl && name === 'p')) this.#up()
    else if (name === 'down' || (ctrl && name === 'n')) this.#down()
    else if (ctrl && (name === 'r' || name === 's')) this.#search = new HistorySearch(this.#options.history.entries)
    else if (ctrl && name === 'l') this.#view.wipe()
    else if (isTyped(key)) this.#buffer.insert(key.text)
    return undefined
  }

  /** What is pasted waits for Enter: it may be more than was meant. */
  #paste(text: string): undefined {
    this.#buffer.insert(text)
    const lines = text.replace(/\n$/, '').split('\n').length
    if (lines > 1 && this.#prompts.isBlock !== true) this.#notes = [columnsOf([`${lines} lines pasted: Enter runs them, Ctrl-C drops them`], this.#options.terminal.size.columns)[0] ?? '']
  }

  #draw(): void {
    const { columns } = this.#options.terminal.size
    const { prompt, continuation } = this.#prompts
    const search = this.#search
    if (search === undefined) {
      this.#view.draw({ prompt, continuation, text: this.#buffer.text, cursor: this.#buffer.cursor, ...(this.#notes.length === 0 ? {} : { notes: this.#notes }) })
      return
    }
    const { match, query, offset } = search
    const text = match ?? this.#buffer.text
    const note = `${match === undefined && query !== '' ? 'nothing holds' : 'search'}: ${query}_`
    this.#view.draw({ prompt, continuation, text, cursor: match === undefined ? text.length : offset, notes: [columnsOf([note], columns)[0] ?? ''] })
  }

  #close(entry: Entry, rest: string): Entry {
    this.#search = undefined
    this.#notes = []
    this.#buffer.end()
    this.#draw()
    this.#view.finish(rest)
    return entry
  }

  async #enter(): Promise<Entry | undefined> {
    const { text } = this.#buffer
    const { history, isIncomplete } = this.#options
    if (this.#prompts.isBlock === true) return void this.#buffer.insert('\n')
    if (/\n\s*\.break\s*$/.test(text)) return this.#close({ type: 'interrupt', leaves: false }, '')
    this.#draw()
    if (text.trim() !== '' && !isCommand(text) && (await isIncomplete(text))) return void this.#buffer.insert('\n')
    history.add(text)
    return this.#close({ type: 'text', text }, '')
  }

  #interrupt(): Entry {
    const isEmpty = this.#buffer.text === '' && this.#prompts.isBlock !== true
    const leaves = isEmpty && this.#wasInterrupted
    this.#wasInterrupted = isEmpty
    return this.#close({ type: 'interrupt', leaves }, isEmpty && !leaves ? '(Ctrl-C again, or Ctrl-D, leaves)' : '^C')
  }

  #endOfInput(): Entry {
    if (this.#prompts.isBlock !== true) return this.#close({ type: 'end' }, '')
    const { text } = this.#buffer
    this.#options.history.add(text)
    return this.#close({ type: 'text', text }, '')
  }

  /** Puts in what all names have in common; where that is nothing more, lists them. */
  async #complete(): Promise<undefined> {
    const { text, cursor } = this.#buffer
    const before = text.slice(0, cursor)
    const isIndent = before.slice(before.lastIndexOf('\n') + 1).trim() === '' && text.includes('\n')
    if (isIndent) return void this.#buffer.insert('  ')
    const { from, names } = await this.#options.complete(before)
    const typed = before.slice(from)
    const common = commonStart(names)
    if (common.length > typed.length && common.startsWith(typed)) this.#buffer.replaceFrom(from, common)
    else if (names.length > 1) this.#notes = noteLines(names, this.#options.terminal.size)
    return undefined
  }

  #up(): void {
    if (!this.#buffer.up()) this.#toHistory(1)
  }

  #down(): void {
    if (!this.#buffer.down()) this.#toHistory(-1)
  }

  /** Entries that begin with what was typed when the way through them began. */
  #toHistory(step: 1 | -1): void {
    const { entries } = this.#options.history
    const { text, cursor } = this.#buffer
    const isStart = this.#place.index === -1 || entries[this.#place.index] !== text
    const place = isStart ? { index: -1, draft: text, prefix: text.slice(0, cursor) } : this.#place
    if (isStart && step === -1) return
    for (let index = place.index + step; index >= 0; index += step) {
      const entry = entries[index]
      if (entry === undefined) return
      if (!entry.startsWith(place.prefix) || entry === text) continue
      this.#place = { ...place, index }
      this.#buffer.set(entry)
      return
    }
    this.#place = { ...place, index: -1 }
    this.#buffer.set(place.draft)
  }

  /** Whether the key was for the search. */
  #searches(key: Key): boolean {
    const search = this.#search
    if (search === undefined || key.type === 'end') return false
    if (key.type === 'paste') search.extend(key.text)
    else if (key.ctrl && key.name === 'r') search.older()
    else if (key.ctrl && key.name === 's') search.newer()
    else if (key.name === 'backspace' || (key.ctrl && key.name === 'h')) search.shorten()
    else if (key.name === 'escape' || (key.ctrl && (key.name === 'c' || key.name === 'g'))) this.#search = undefined
    else if (isTyped(key)) search.extend(key.text)
    else {
      // Any other key takes what was found, and does there what it does.
      if (search.match !== undefined) this.#buffer.set(search.match, search.offset)
      this.#search = undefined
      return false
    }
    return true
  }
}

/** A command stands alone on its line; a number may begin with a dot, too. */
export function isCommand(text: string): boolean {
  return /^\s*\.[a-z]/i.test(text) && !text.trim().includes('\n')
}

type Edit = (buffer: EditBuffer) => void

const plainEdits: Readonly<Record<string, Edit>> = {
  left: (buffer) => buffer.left(),
  right: (buffer) => buffer.right(),
  home: (buffer) => buffer.lineStart(),
  end: (buffer) => buffer.lineEnd(),
  backspace: (buffer) => buffer.deleteLeft(),
  delete: (buffer) => buffer.deleteRight(),
}

const ctrlEdits: Readonly<Record<string, Edit>> = {
  a: (buffer) => buffer.lineStart(),
  e: (buffer) => buffer.lineEnd(),
  b: (buffer) => buffer.left(),
  f: (buffer) => buffer.right(),
  h: (buffer) => buffer.deleteLeft(),
  d: (buffer) => buffer.deleteRight(),
  w: (buffer) => buffer.deleteWordLeft(),
  u: (buffer) => buffer.deleteToLineStart(),
  k: (buffer) => buffer.deleteToLineEnd(),
  y: (buffer) => buffer.yank(),
  left: (buffer) => buffer.wordLeft(),
  right: (buffer) => buffer.wordRight(),
  backspace: (buffer) => buffer.deleteWordLeft(),
  delete: (buffer) => buffer.deleteWordRight(),
}

const metaEdits: Readonly<Record<string, Edit>> = {
  b: (buffer) => buffer.wordLeft(),
  f: (buffer) => buffer.wordRight(),
  left: (buffer) => buffer.wordLeft(),
  right: (buffer) => buffer.wordRight(),
  d: (buffer) => buffer.deleteWordRight(),
  backspace: (buffer) => buffer.deleteWordLeft(),
  y: (buffer) => buffer.yankOlder(),
}

/** Ctrl-_ and Ctrl-^, which node:readline gives no names. */
const undo = '\x1f'
const redo = '\x1e'

function editOf({ name, ctrl, meta, sequence }: Extract<Key, { type: 'key' }>): Edit | undefined {
  if (sequence === undo) return (buffer) => buffer.undo()
  if (sequence === redo) return (buffer) => buffer.redo()
  const edits = ctrl ? ctrlEdits : meta ? metaEdits : plainEdits
  return Object.hasOwn(edits, name) ? edits[name] : undefined
}

/** Enter and its like have a text, too, and what node:readline does not know comes as its whole sequence. */
function isTyped({ text, ctrl, meta }: Extract<Key, { type: 'key' }>): boolean {
  // oxlint-disable-next-line eslint/no-control-regex -- these are what is looked for
  return !ctrl && !meta && text !== '' && !/^[\x00-\x1f\x7f]/.test(text)
}

function commonStart(names: readonly string[]): string {
  const [first = ''] = names
  let length = first.length
  for (const name of names) while (!name.startsWith(first.slice(0, length))) length -= 1
  return first.slice(0, length)
}

function noteLines(names: readonly string[], { columns, rows }: { readonly columns: number; readonly rows: number }): string[] {
  const lines = columnsOf(names, columns)
  const room = Math.max(1, rows - 4)
  return lines.length <= room ? lines : [...lines.slice(0, room - 1), '…']
}
