/** What a file was when it was opened in; the index of its text, the same one for every session of this process that opens it so, out. */
import { SegmentIndex } from './segmentIndex.ts'

/** A file as it was at one moment. */
export interface FileState {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** Smaller files are counted again in less time than it takes to look. */
const leastBytes = 1024 * 1024

/** Bounds on what is kept: about 24 bytes a segment, of 64 KiB each. */
const maxIndexes = 256
const maxSegments = 1_000_000

/** What was written in the same tick of a file system's clock as it was looked at, two seconds in the coarsest, may be written again unseen. */
const tickMs = 2_000

const indexes = new Map<string, SegmentIndex>()

/** `reading` is what the text depends on besides the file: its encoding, how it is packed. */
export function sharedIndex(state: FileState, { start, reading }: { readonly start: number; readonly reading: string }): SegmentIndex {
  if (state.size < leastBytes || Date.now() - Number(state.ctimeNs / 1_000_000n) < tickMs) return new SegmentIndex(start)
  const key = [state.dev, state.ino, state.size, state.mtimeNs, state.ctimeNs, start, reading].join(' ')
  const index = indexes.get(key) ?? new SegmentIndex(start)
  // The order of a Map is that of insertion: what was used goes to the end.
  indexes.delete(key)
  let segments = index.length
  for (const other of indexes.values()) segments += other.length
  for (const [oldest, other] of indexes) {
    if (segments <= maxSegments && indexes.size < maxIndexes) break
    indexes.delete(oldest)
    segments -= other.length
  }
  indexes.set(key, index)
  return index
}
