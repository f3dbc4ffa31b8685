/** What compiling a cell gives. */
import type { Position } from './lines.ts'
import type { CellFailure } from '../../protocol.ts'

export interface CompiledCell {
  /** The name that the cell's frames show. */
  readonly filename: string
  /** A script whose value is a function of the guest's runtime (`runtime` of guest/bindings.ts) that gives a promise of the cell's value. */
  readonly code: string
  /** The cell's own place of a place in the code; null for what is not in it. Lines and columns from 1. */
  readonly locate: (line: number, column: number) => Position | null
}

/** A failure with its one frame. */
export function failureAt(what: Pick<CellFailure, 'code' | 'name' | 'message'>, { line, column }: Position, filename: string): CellFailure {
  return { ...what, line, column, stack: `${what.name}: ${what.message}\n    at ${filename}:${line}:${column}` }
}
