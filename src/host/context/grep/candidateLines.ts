/** A block and literals in; the lines in it that hold one of them, out. */
import type { LoadedBlock } from './blocks.ts'
import { isLiteralAt, type Literals } from './literals.ts'

/** Where there are more, looking for them saves nothing. */
const maxRanges = 256

/** Beginnings and ends of neighbouring lines, in turn, as places in the kernel's memory: the whole block where there are many. The kernel has the filters of these literals. */
export function candidateLines({ block, kernel, at: begin }: LoadedBlock, { all }: Literals): readonly number[] {
  const { bytes } = kernel
  const end = begin + block.bytes
  const ranges: number[] = []
  for (let at = begin + block.candidate; at < end; ) {
    let next = at + 1
    if (all.some((literal) => isLiteralAt(bytes, at, end, literal))) {
      const start = kernel.lineStart(at, begin)
      next = Math.min(end, kernel.lineEnd(at, end) + 1)
      if (ranges.at(-1) === start) ranges[ranges.length - 1] = next
      else if (ranges.length < 2 * maxRanges) ranges.push(start, next)
      else return [begin, end]
    }
    at = kernel.candidate(next, end)
  }
  return ranges
}
