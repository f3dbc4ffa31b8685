/** A session over one long file, in a process of its own: opened, counted, and read at places all over it, with what the host's loop and memory show meanwhile. */
import { loadBuilt } from '../built.ts'
import type { Open } from '../contestant.ts'
import { watchLoop } from '../loopGap.ts'
import { memoryMb } from '../processes.ts'

export interface LongDocumentSetup {
  readonly path: string
}

export interface LongDocumentTask {
  /** Reads of each kind. */
  readonly reads: number
}

export interface LongDocumentOutcome {
  readonly chars: number
  readonly lines: number
  readonly openMs: number
  readonly countMs: number
  /** The longest time that the host's loop was away while it was counted. */
  readonly gapMs: number
  /** As the program sees them. */
  readonly sliceMs: readonly number[]
  readonly readLinesMs: readonly number[]
  /** Of the host at the end. */
  readonly rssMb: number
}

export const open: Open<LongDocumentSetup, LongDocumentTask, LongDocumentOutcome> = async ({ path }) => {
  const { openReplm } = await loadBuilt()
  const replm = await openReplm({ model: 'sim/echo', store: ':memory:' })
  return async ({ reads }) => {
    const begun = performance.now()
    const session = await replm.openSession({ context: path })
    const openMs = performance.now() - begun
    await session.run('0')
    const loop = watchLoop()
    const start = performance.now()
    const counted = await session.run('[await docs[0].chars(), await docs[0].lines()]')
    const countMs = performance.now() - start
    const gapMs = loop.stop()
    const [chars, lines] = counted.value as [number, number] // the cell above gives two numbers
    const slices = await session.run(`let at; ${timesOf(reads, `docs[0].slice(at = Math.floor(Math.random() * ${chars}), at + 2_000)`)}`)
    const lineReads = await session.run(timesOf(reads, `docs[0].readLines(${lines} - 1 - Math.floor(Math.random() * 1_000), 20)`))
    await session[Symbol.asyncDispose]()
    return { chars, lines, openMs, countMs, gapMs, sliceMs: slices.value as number[], readLinesMs: lineReads.value as number[], rssMb: memoryMb(process.pid).rss } // as `timesOf` gives them
  }
}

/** A cell that gives the milliseconds of each of so many reads. */
function timesOf(reads: number, read: string): string {
  return `{ const times = []; for (let index = 0; index < ${reads}; index++) { const start = performance.now(); await ${read}; times.push(performance.now() - start) } times }`
}
