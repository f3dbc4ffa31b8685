/** A block of a text's bytes in; where its segments end, and what is in each, out. */
import type { Encoding } from './encoding.ts'

/** A piece of a text that decodes on its own. */
export interface Segment {
  /** Its end, as a place in the source. */
  readonly end: number
  /** Its length in UTF-16 units. */
  readonly units: number
  readonly lineFeeds: number
}

/** Source bytes of one segment, nearly: what one entry of the index stands for. */
export const segmentBytes = 64 * 1024

/** Segments of one block: what is counted in one go, in well under a millisecond. */
const blockSegments = 16

/** Bytes to read for a block; those that are left over belong to the next one. */
export const blockBytes = segmentBytes * blockSegments + 8

export interface Block {
  /** Its first byte as a place in the source. */
  readonly from: number
  /** Where the source ends. */
  readonly end: number
}

/** Ends of the segments of a block, relative to it. */
export function cutBlock(bytes: Buffer, { from, end }: Block, encoding: Encoding): number[] {
  const places: number[] = []
  const isLast = from + bytes.length >= end
  let at = 0
  // At least four bytes stay for the last segment, or for the next block.
  while (places.length < blockSegments && bytes.length - at > segmentBytes + 4) places.push((at = encoding.cut(bytes, at + segmentBytes)))
  if (isLast && places.length < blockSegments && at < bytes.length) places.push(bytes.length)
  return places
}

export function measureBlock(bytes: Buffer, block: Block, encoding: Encoding): Segment[] {
  let before = 0
  return cutBlock(bytes, block, encoding).map((cut) => {
    const piece = bytes.subarray(before, cut)
    before = cut
    return { end: block.from + cut, units: encoding.units(piece), lineFeeds: encoding.lineFeeds(piece) }
  })
}
