/** Nothing in; what a search is, what a thread is told of it, and what it tells back, out. */
import type { WireGrep } from '../../../protocol.ts'
import type { FoundLines } from './foundLines.ts'
import type { WasmModule } from './webAssembly.ts'
import type { WireError } from '../../../errors.ts'

/** What to look for, and how much to tell of it. */
export type GrepQuery = Pick<WireGrep, 'pattern' | 'ignoreCase' | 'fixed' | 'word' | 'multiline' | 'unicode' | 'before' | 'after' | 'maxColumns' | 'engine'>

/** Where the text of a document is, as UTF-8. */
export type TextBytes = {
  /** How messages call it. */
  readonly name: string
  /** Bytes before the text: a byte order mark. */
  readonly start: number
  /** Where it ends. */
  readonly size: number
} & (
  | { readonly type: 'file'; readonly path: string; readonly mtimeNs: bigint }
  /** A file that is open in this process. */
  | { readonly type: 'handle'; readonly fd: number }
  | { readonly type: 'memory'; readonly bytes: SharedArrayBuffer }
)

/** Lines of a document: those that begin from byte `from` on and before `to`. */
export interface Piece {
  readonly doc: number
  readonly source: TextBytes
  readonly from: number
  readonly to: number
}

/** What a thread does in one go. Only the first piece begins within its document, and only the last ends there. */
export interface GrepJob {
  readonly query: GrepQuery
  readonly pieces: readonly Piece[]
  /** Most lines to tell of. */
  readonly max: number
  /** Whether those beyond are counted. */
  readonly count: boolean
  /** Bytes of JSON that the answer may take, but for its last line. */
  readonly maxBytes: number
  /** Anything but 0 there ends it. */
  readonly cancel: SharedArrayBuffer
}

/** A line's beginning in one of the pieces, and what of the piece comes before it. */
export interface Stop {
  readonly piece: number
  readonly byte: number
  readonly lines: number
  readonly units: number
}

export interface GrepResult {
  readonly found: FoundLines
  /** How many lines they are. */
  readonly count: number
  /** Where the line after the last of them begins; null where there is none. */
  readonly stop: Stop | null
  /** Whether there was no room for what may come behind them. */
  readonly isFull: boolean
  /** Lines that match behind them, where they were counted: as many as were wanted had been told of. */
  readonly rest: number
  readonly isCounted: boolean
  /** Length of the last piece, where all was read. */
  readonly last: { readonly lines: number; readonly units: number }
}

export type GrepReply = { readonly result: GrepResult } | { readonly invalid: string } | { readonly error: WireError }

/** Host to thread, and back. */
export type ToGrepThread = { readonly job: GrepJob }
export type FromGrepThread = { readonly module: WasmModule } | GrepReply

/** What of the pieces comes after a place. */
export function restOf(pieces: readonly Piece[], stop: Pick<Stop, 'piece' | 'byte'>): readonly Piece[] {
  return pieces.slice(stop.piece).map((piece, index) => (index === 0 ? { ...piece, from: stop.byte } : piece))
}
