/** A text's bytes, or a string, in; pieces that are counted and decoded one by one out. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ByteSource, FileIdentity } from './byteSource.ts'
import type { Encoding } from './encoding.ts'

/** A piece of a text that decodes on its own. Places are the source's own: bytes of a file, units of a string. */
export interface Segment {
  readonly end: number
  /** Its length in UTF-16 units. */
  readonly units: number
  readonly lineFeeds: number
}

/** A text as segments. No segment ends between the halves of a pair. */
export interface Segments {
  /** The place where the text starts, and where it ends. */
  readonly start: number
  readonly end: number
  /** Counts a block: the segments from `start` (a segment's beginning) on, at least one, at most {@link blockSegments}. */
  readonly measure: (start: number) => Promise<readonly Segment[]>
  /** The texts between neighbouring places, each the beginning of a segment (the last: its end). */
  readonly decode: (places: readonly number[]) => Promise<readonly string[]>
  /** The file whose bytes from {@link start} to {@link end} are the text as UTF-8, where there is one. */
  readonly file?: FileIdentity | undefined
  /** Bytes of the text as UTF-8. */
  readonly utf8Bytes: () => Promise<number>
  /** The text as UTF-8. Each block decodes on its own; invalid bytes stay as they are. */
  readonly utf8Blocks: () => AsyncIterable<Buffer>
  readonly verify: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Source bytes of one segment, nearly: what one entry of the index stands for. */
const segmentBytes = 64 * 1024

/** Segments counted in one go: what the host's loop can be busy with at a time (about a millisecond). */
const blockSegments = 16

const blockBytes = segmentBytes * blockSegments

/** The text of a file, or of bytes. */
export function byteSegments(source: ByteSource, encoding: Encoding): Segments {
  const start = encoding.bomBytes
  const end = source.size

  /** Ends of the segments of a block that begins at `from`, relative to it. */
  const cuts = (bytes: Buffer, from: number): number[] => {
    const places: number[] = []
    const isLast = from + bytes.length >= end
    let at = 0
    // At least four bytes stay for the last segment, or for the next block.
    while (places.length < blockSegments && bytes.length - at > segmentBytes + 4) places.push((at = encoding.cut(bytes, at + segmentBytes)))
    if (isLast && places.length < blockSegments && at < bytes.length) places.push(bytes.length)
    return places
  }

  const readBlock = (from: number): Promise<Buffer> => source.read(from, blockBytes + 8)

  const measure = async (from: number): Promise<readonly Segment[]> => {
    const bytes = await readBlock(from)
    let before = 0
    return cuts(bytes, from).map((cut) => {
      const piece = bytes.subarray(before, cut)
      before = cut
      return { end: from + cut, units: encoding.units(piece), lineFeeds: encoding.lineFeeds(piece) }
    })
  }

  const decode = async (places: readonly number[]): Promise<readonly string[]> => {
    const from = places[0] ?? 0
    const bytes = await source.read(from, (places.at(-1) ?? from) - from)
    return places.slice(1).map((place, index) => encoding.decode(bytes.subarray((places[index] ?? from) - from, place - from)))
  }

  async function* blocks(): AsyncGenerator<Buffer> {
    let next: Promise<Buffer> | undefined = start < end ? readBlock(start) : undefined
    try {
      for (let from = start; next !== undefined;) {
        const bytes: Buffer = await next
        const block: Buffer = bytes.subarray(0, cuts(bytes, from).at(-1))
        from += block.length
        next = from < end ? readBlock(from) : undefined
        await source.verify()
        yield block
      }
    } finally {
      // The read ahead of a consumer that stopped: nobody waits for how it ends.
      next?.catch(() => undefined)
    }
  }

  const isUtf8 = encoding.name === 'utf-8'
  return {
    start,
    end,
    measure,
    decode,
    file: isUtf8 ? source.file : undefined,
    utf8Bytes: async () => {
      if (isUtf8) return end - start
      let total = 0
      for await (const block of blocks()) total += Buffer.byteLength(encoding.decode(block))
      return total
    },
    utf8Blocks: isUtf8
      ? blocks
      : async function* () {
          for await (const block of blocks()) yield Buffer.from(encoding.decode(block))
        },
    verify: source.verify,
    close: source.close,
  }
}

/** A string. Halves of pairs that stand alone are to be replaced before (`toWellFormed`). */
export function stringSegments(text: string): Segments {
  const unitsOf = (from: number, length: number): number => {
    const to = Math.min(text.length, from + length)
    return to < text.length && isHighSurrogate(text.charCodeAt(to - 1)) ? to - 1 : to
  }
  return {
    start: 0,
    end: text.length,
    measure: async (start) => {
      // A string is at hand at once: the loop has its turn all the same.
      await nextTurn()
      const segments: Segment[] = []
      for (let from = start; from < text.length && segments.length < blockSegments;) {
        const end = unitsOf(from, segmentBytes)
        segments.push({ end, units: end - from, lineFeeds: lineFeedsBetween(text, from, end) })
        from = end
      }
      return segments
    },
    decode: (places) => Promise.resolve(places.slice(1).map((place, index) => text.slice(places[index], place))),
    utf8Bytes: () => Promise.resolve(Buffer.byteLength(text)),
    async *utf8Blocks() {
      for (let from = 0; from < text.length;) {
        const end = unitsOf(from, blockBytes)
        yield Buffer.from(text.slice(from, end))
        from = end
        await nextTurn()
      }
    },
    verify: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

export function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function lineFeedsBetween(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (text.charCodeAt(at) === 0x0a) count++
  return count
}
