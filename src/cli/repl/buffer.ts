/** Edits in; the text that is being typed, and where its cursor stands, out. Offsets count UTF-16 units. */

interface State {
  readonly text: string
  readonly cursor: number
}

const maxUndos = 500
const maxKills = 32

/** A character as people see it may be many code points; more of them than this are taken apart. */
const maxClusterUnits = 64

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

export class EditBuffer {
  #text = ''
  #cursor = 0
  #undone: State[] = []
  #done: State[] = []
  #kills: string[] = []
  #yanked: { readonly index: number; readonly start: number } | undefined
  /** The column that going up and down keeps to. */
  #column: number | undefined

  get text(): string {
    return this.#text
  }

  get cursor(): number {
    return this.#cursor
  }

  /** Another text, as a history gives one; it can be undone. */
  set(text: string, cursor = text.length): void {
    this.#edit(text, cursor)
  }

  /** Begins anew. */
  clear(): void {
    this.#text = ''
    this.#cursor = 0
    this.#done = []
    this.#undone = []
    this.#moved()
  }

  insert(text: string): void {
    this.#replace(this.#cursor, this.#cursor, text)
  }

  /** Puts another text in the place of what stands between an offset and the cursor. */
  replaceFrom(start: number, text: string): void {
    this.#replace(start, this.#cursor, text)
  }

  deleteLeft(): void {
    this.#replace(this.#leftOf(this.#cursor), this.#cursor, '')
  }

  deleteRight(): void {
    this.#replace(this.#cursor, this.#rightOf(this.#cursor), '')
  }

  deleteWordLeft(): void {
    this.#kill(this.#wordLeft(), this.#cursor)
  }

  deleteWordRight(): void {
    this.#kill(this.#cursor, this.#wordRight())
  }

  deleteToLineStart(): void {
    this.#kill(this.#lineStart(), this.#cursor)
  }

  /** At the end of a line, the line end. */
  deleteToLineEnd(): void {
    const end = this.#lineEnd()
    this.#kill(this.#cursor, end === this.#cursor ? Math.min(end + 1, this.#text.length) : end)
  }

  /** Puts back what was deleted last by word or line. */
  yank(): void {
    const [text] = this.#kills
    if (text === undefined) return
    const start = this.#cursor
    this.insert(text)
    this.#yanked = { index: 0, start }
  }

  /** Straight after a yank: puts what was deleted before that in its place. */
  yankOlder(): void {
    if (this.#yanked === undefined) return
    const { start } = this.#yanked
    const index = (this.#yanked.index + 1) % this.#kills.length
    this.#replace(start, this.#cursor, this.#kills[index] ?? '')
    this.#yanked = { index, start }
  }

  undo(): void {
    this.#restore(this.#done, this.#undone)
  }

  redo(): void {
    this.#restore(this.#undone, this.#done)
  }

  left(): void {
    this.#moveTo(this.#leftOf(this.#cursor))
  }

  right(): void {
    this.#moveTo(this.#rightOf(this.#cursor))
  }

  wordLeft(): void {
    this.#moveTo(this.#wordLeft())
  }

  wordRight(): void {
    this.#moveTo(this.#wordRight())
  }

  lineStart(): void {
    this.#moveTo(this.#lineStart())
  }

  lineEnd(): void {
    this.#moveTo(this.#lineEnd())
  }

  end(): void {
    this.#moveTo(this.#text.length)
  }

  /** False on the first line. */
  up(): boolean {
    const start = this.#lineStart()
    if (start === 0) return false
    const column = this.#column ?? this.#cursor - start
    const above = this.#text.lastIndexOf('\n', start - 2) + 1
    this.#moveTo(Math.min(above + column, start - 1))
    this.#column = column
    return true
  }

  /** False on the last line. */
  down(): boolean {
    const end = this.#lineEnd()
    if (end === this.#text.length) return false
    const column = this.#column ?? this.#cursor - this.#lineStart()
    const next = this.#text.indexOf('\n', end + 1)
    this.#moveTo(Math.min(end + 1 + column, next === -1 ? this.#text.length : next))
    this.#column = column
    return true
  }

  #moveTo(cursor: number): void {
    this.#cursor = cursor
    this.#moved()
  }

  #moved(): void {
    this.#column = undefined
    this.#yanked = undefined
  }

  #edit(text: string, cursor: number): void {
    if (text !== this.#text) {
      this.#done.push({ text: this.#text, cursor: this.#cursor })
      if (this.#done.length > maxUndos) this.#done.shift()
      this.#undone = []
    }
    this.#text = text
    this.#moveTo(cursor)
  }

  #replace(start: number, end: number, text: string): void {
    this.#edit(this.#text.slice(0, start) + text + this.#text.slice(end), start + text.length)
  }

  #kill(start: number, end: number): void {
    if (start === end) return
    this.#kills = [this.#text.slice(start, end), ...this.#kills].slice(0, maxKills)
    this.#replace(start, end, '')
  }

  #restore(from: State[], to: State[]): void {
    const state = from.pop()
    if (state === undefined) return
    to.push({ text: this.#text, cursor: this.#cursor })
    this.#text = state.text
    this.#moveTo(state.cursor)
  }

  #lineStart(): number {
    return this.#cursor === 0 ? 0 : this.#text.lastIndexOf('\n', this.#cursor - 1) + 1
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#cursor)
    return end === -1 ? this.#text.length : end
  }

  #leftOf(offset: number): number {
    const from = Math.max(0, offset - maxClusterUnits)
    let last = offset
    for (const { index } of graphemes.segment(this.#text.slice(from, offset))) last = from + index
    return last
  }

  #rightOf(offset: number): number {
    for (const { segment } of graphemes.segment(this.#text.slice(offset, offset + maxClusterUnits))) return offset + segment.length
    return offset
  }

  #wordLeft(): number {
    const before = this.#text.slice(0, this.#cursor)
    return before.length - (/(?:[\p{L}\p{N}_$]+|[^\p{L}\p{N}_$\s]+)?\s*$/u.exec(before)?.[0].length ?? 0)
  }

  #wordRight(): number {
    return this.#cursor + (/^\s*(?:[\p{L}\p{N}_$]+|[^\p{L}\p{N}_$\s]+)?/u.exec(this.#text.slice(this.#cursor))?.[0].length ?? 0)
  }
}
