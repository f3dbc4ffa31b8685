/** Compiled cells in, one after another; those whose places in stacks can still be told, out. */
import type { CompiledCell } from './cell.ts'

/** Code of the cells kept, in UTF-16 units: a session may run for ever, and its sandbox has a limit of memory. */
const maxUnits = 8 * 1024 * 1024

export class CompiledCells {
  readonly #cells = new Map<string, CompiledCell>()
  #units = 0

  /** By the file names that their code was evaluated under. */
  get byFile(): ReadonlyMap<string, CompiledCell> {
    return this.#cells
  }

  /** Keeps the cell under a name that no other has; the oldest go when there is too much. Frames that were put at their places before stay there. */
  add(file: string, cell: CompiledCell): void {
    this.#cells.set(file, cell)
    if (!this.#cells.has(cell.filename)) this.#cells.set(cell.filename, locatedCell(cell.filename))
    this.#units += cell.code.length
    for (const [oldest, { code }] of this.#cells) {
      if (this.#units <= maxUnits || oldest === file) return
      this.#cells.delete(oldest)
      this.#units -= code.length
    }
  }
}

/** A cell's own text in the place of its code. */
function locatedCell(filename: string): CompiledCell {
  return { filename, code: '', locate: (line, column) => ({ line, column }) }
}
