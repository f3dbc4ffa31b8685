/** Lines to be found and lines around them in; a text of one file with the former at places drawn by chance, out. */
import { createChance } from '../chance.ts'
import type { GenerateOptions } from '../task.ts'
import type { Place } from '../textWriter.ts'

export interface Planting {
  /** In the order in which they come in the text. */
  readonly planted: readonly string[]
  /** The next line of the rest. */
  readonly filler: () => string
}

/** Where each of the planted lines stands. They are spread over the text with no regard to anything, at whichever line comes to their place. */
export function writePlanted({ bytes, seed, out }: GenerateOptions, { planted, filler }: Planting): readonly Place[] {
  // A stream of chance of its own: what is planted does not change what is around it.
  const { places } = createChance(seed ^ 0x5eed)
  const room = Math.floor(bytes * 0.98)
  const due = places(planted.length, room)
  const found: Place[] = []
  out.begin('text.txt')
  while (out.bytes < bytes || found.length < planted.length) {
    const next = planted[found.length]
    if (next !== undefined && out.bytes >= (due[found.length] ?? 0)) found.push(out.write(next))
    else out.write(filler())
  }
  return found
}
