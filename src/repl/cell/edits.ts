/** A text and edits of it in; the edited text, and where each of its characters comes from, out. */
import { lastAtOrBefore } from './lines.ts'

/** New text, which counts as coming from where it is put in, or from elsewhere; or a range of the original, which keeps its own offsets. */
export type Part = string | NewText | Range

interface NewText {
  readonly text: string
  readonly origin: number
}

export interface Range {
  readonly start: number
  readonly end: number
}

/** What stands around the original, and the offset its new text counts as coming from. */
export interface Framing {
  readonly parts: readonly Part[]
  readonly origin: number
}

interface Edit extends Range {
  readonly parts: readonly Part[]
}

export interface Edited {
  readonly text: string
  /** Offset in the original of what stands at an offset of the edited text. */
  readonly originOf: (offset: number) => number
}

export class Edits {
  readonly #original: string
  readonly #edits: Edit[] = []

  constructor(original: string) {
    this.#original = original
  }

  /** What is inserted at one offset stands in the order of the calls, before what replaces a range that starts there. */
  insert(at: number, ...parts: readonly Part[]): void {
    this.#edits.push({ start: at, end: at, parts })
  }

  /** The ranges replaced must not overlap, and nothing may be inserted inside of them. */
  replace(range: Range, ...parts: readonly Part[]): void {
    this.#edits.push({ start: range.start, end: range.end, parts })
  }

  /** The edited text between two others. */
  apply({ before, after }: { readonly before: Framing; readonly after: Framing }): Edited {
    const sheet = new Sheet(this.#original)
    for (const part of before.parts) sheet.add(part, before.origin)
    let at = 0
    for (const edit of this.#edits.toSorted(byStart)) {
      sheet.add({ start: at, end: edit.start }, at)
      for (const part of edit.parts) sheet.add(part, edit.start)
      at = edit.end
    }
    sheet.add({ start: at, end: this.#original.length }, at)
    for (const part of after.parts) sheet.add(part, after.origin)
    return sheet.finish()
  }
}

/** Sorting is stable: edits of one place keep their order. */
function byStart(a: Edit, b: Edit): number {
  return a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start)
}

class Sheet {
  readonly #original: string
  #text = ''
  /** Where pieces start in the edited text and in the original; a piece of new text is marked by a negative origin, less one. */
  readonly #starts: number[] = []
  readonly #origins: number[] = []

  constructor(original: string) {
    this.#original = original
  }

  add(part: Part, origin: number): void {
    if (typeof part === 'string') this.#append(part, -origin - 1)
    else if ('text' in part) this.#append(part.text, -part.origin - 1)
    else this.#append(this.#original.slice(part.start, part.end), part.start)
  }

  #append(text: string, origin: number): void {
    if (text === '') return
    this.#starts.push(this.#text.length)
    this.#origins.push(origin)
    this.#text += text
  }

  finish(): Edited {
    const starts = this.#starts
    const origins = this.#origins
    return {
      text: this.#text,
      originOf: (offset) => {
        const index = lastAtOrBefore(starts, offset)
        const origin = origins[index] ?? 0
        return origin < 0 ? -origin - 1 : origin + offset - (starts[index] ?? 0)
      },
    }
  }
}
