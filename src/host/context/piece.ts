/** A range within a segment in; its text, decoded without what is around it, out. */
import type { Segments } from './segments.ts'

/** Where a segment begins or ends. */
interface Border {
  /** As a place in the source. */
  readonly place: number
  readonly units: number
}

export interface PieceOptions {
  /** First unit, and the one after the last, of the whole text. */
  readonly from: number
  readonly to: number
  /** The segment's beginning and end. */
  readonly start: Border
  readonly end: Border
}

/** Undefined where it takes the whole segment to tell. */
export async function readPiece(segments: Segments, { from, to, start, end }: PieceOptions): Promise<string | undefined> {
  const { encoding } = segments
  // Each byte is a unit: only those are read that are wanted.
  if (end.place - start.place === end.units - start.units) return segments.read(start.place + from - start.units, start.place + to - start.units, encoding.decode)
  return segments.read(start.place, end.place, (bytes) => {
    const first = encoding.seek(bytes, from - start.units)
    const last = encoding.seek(bytes, to - start.units)
    if (first === undefined || last === undefined) return undefined
    // Where it ends within a character, that one is read as a whole.
    const behind = last.unit < to - start.units ? encoding.seek(bytes, to - start.units + 1) : last
    const text = encoding.decode(bytes.subarray(first.byte, behind?.byte))
    return text.slice(from - start.units - first.unit, to - start.units - first.unit)
  })
}
