/** A text in; the way between its offsets and its lines and columns out. */

/** A place in a text as people count: lines from 1, columns from 1 in UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Lines end where JavaScript ends them, as V8 and acorn count: LF, CR LF, CR, U+2028, U+2029. */
export class Lines {
  readonly #starts: readonly number[]
  readonly #length: number

  constructor(text: string) {
    const starts = [0]
    for (const terminator of text.matchAll(/\r\n?|[\n\u2028\u2029]/g)) starts.push(terminator.index + terminator[0].length)
    this.#starts = starts
    this.#length = text.length
  }

  positionAt(offset: number): Position {
    const index = lastAtOrBefore(this.#starts, offset)
    return { line: index + 1, column: offset - (this.#starts[index] ?? 0) + 1 }
  }

  /** Null for what is not in the text. The end of the text is in it. */
  offsetAt({ line, column }: Position): number | null {
    const start = this.#starts[line - 1]
    if (start === undefined || column < 1) return null
    const offset = start + column - 1
    return offset <= (this.#starts[line] ?? this.#length + 1) - 1 ? offset : null
  }
}

/** Index of the last of the ascending numbers that is not above the value; 0 if all are. */
export function lastAtOrBefore(ascending: readonly number[], value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((ascending[middle] ?? Infinity) <= value) low = middle
    else high = middle - 1
  }
  return low
}
