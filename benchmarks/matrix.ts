/** How much to measure in; the batches of the `paths` scenario out. */
import type { Extent } from './report.ts'

export interface Cell {
  readonly queries: number
  readonly concurrency: number
  readonly latencyMs: number
  readonly reply: 'small' | 'large'
  readonly stream: boolean
  readonly busy: boolean
}

/** Replies of one batch are not to be more than this, in characters: the machine's memory is not what is measured. */
const mostReplyChars = 100e6

export function matrixOf(extent: Extent): readonly Cell[] {
  return extent === 'full' ? fullMatrix() : extent === 'quick' ? chosen.slice(0, 5) : chosen
}

/** Least time in which C at once can answer N. */
export function idealMs({ queries, concurrency, latencyMs }: Cell): number {
  return Math.ceil(queries / concurrency) * latencyMs
}

/** What the benchmark server is to do in this cell. */
export function modelOf({ latencyMs, reply }: Cell): string {
  return `fixed-${latencyMs},${reply}`
}

export function labelOf({ queries, concurrency, latencyMs, reply, stream, busy }: Cell): string {
  const extras = [reply === 'large' ? '200 KB' : '', stream ? 'streamed' : '', busy ? 'busy host' : ''].filter((extra) => extra !== '')
  return [`N=${queries} C=${concurrency} L=${latencyMs}`, ...extras].join(', ')
}

function cell(queries: number, concurrency: number, latencyMs: number, extras: Partial<Cell> = {}): Cell {
  return { queries, concurrency, latencyMs, reply: 'small', stream: false, busy: false, ...extras }
}

/** The corners of the matrix and its middle, the first ones for a quick look. */
const chosen: readonly Cell[] = [
  cell(50, 8, 50),
  cell(500, 64, 50),
  cell(1_000, 64, 0),
  cell(200, 64, 50, { reply: 'large' }),
  cell(500, 64, 50, { busy: true }),
  cell(1, 1, 0),
  cell(1, 1, 500),
  cell(10, 8, 50),
  cell(100, 1, 0),
  cell(2_000, 512, 50),
  cell(512, 512, 500),
  cell(10_000, 512, 0),
  cell(500, 64, 50, { stream: true }),
  cell(100, 64, 50, { stream: true, reply: 'large' }),
  cell(1_000, 512, 0, { busy: true }),
  cell(100, 64, 50, { stream: true, reply: 'large', busy: true }),
]

function fullMatrix(): readonly Cell[] {
  const cells: Cell[] = [...chosen]
  for (const queries of [1, 10, 100, 1_000, 10_000])
    for (const concurrency of [1, 8, 64, 512])
      for (const latencyMs of [0, 50, 500])
        for (const reply of ['small', 'large'] as const)
          for (const stream of [false, true]) for (const busy of [false, true]) cells.push({ queries, concurrency, latencyMs, reply, stream, busy })
  const seen = new Set<string>()
  return cells.filter((each) => {
    const label = labelOf(each)
    const isNew = !seen.has(label)
    seen.add(label)
    // More at once than there are is the same batch again.
    return isNew && (each.concurrency === 1 || each.concurrency < 8 * each.queries) && (each.reply === 'small' || each.queries * 200_000 <= mostReplyChars)
  })
}
