/** Pieces and a query in; the lines that ripgrep finds in them out. It runs in its own memory, and sees nothing but them. */
import { Blocks } from './blocks.ts'
import { Feed } from './feed.ts'
import type { Findings } from './findings.ts'
import { invalidPattern } from './invalidPattern.ts'
import { type GrepJob, type GrepResult, type Piece, restOf, type Stop } from './job.ts'
import type { Kernel } from './kernel.ts'
import { createJsonOutput, createMatchOutput, Enough, type TakeLine } from './ripgrepOutput.ts'
import { ripgrepPattern, ripgrepWords, type RipgrepTask } from './ripgrepWords.ts'

/** What runs ripgrep: an instance in this thread, or the machine's own. */
export type RunRipgrep = (options: {
  readonly words: readonly string[]
  readonly read: (target: Uint8Array) => number
  readonly write: (bytes: Uint8Array) => void
  readonly writeError: (bytes: Uint8Array) => void
}) => number | Promise<number>

export interface RipgrepScan {
  readonly job: GrepJob
  readonly kernel: Kernel
  readonly other: Kernel
  readonly run: RunRipgrep
  readonly findings: Findings
  readonly check: () => void
}

/** The pattern is none that it can read; what is wrong with it, for the program. */
export class InvalidPattern extends Error {}

/** Gives the length of the last piece, where all of it was read. */
export async function scanRipgrep(scan: RipgrepScan): Promise<GrepResult['last']> {
  const { job, findings } = scan
  let last = { lines: 0, units: 0 }
  for (let start: Stop | undefined, goesOn = findings.room > 0; goesOn; start = findings.stop ?? undefined) {
    using blocks = open(scan, job.pieces, start)
    const feed = new Feed(blocks, { isJoined: !job.query.multiline })
    const take: TakeLine = (loaded, line) => findings.add(loaded, line, blocks)
    const output = job.query.multiline ? createJsonOutput(feed, take) : createMatchOutput(feed, take)
    goesOn = false
    try {
      await run(scan, { type: 'tell', lines: findings.room }, { read: (target) => feed.read(target), write: (bytes) => output.write(bytes) })
      output.end()
    } catch (thrown) {
      if (!(thrown instanceof Enough)) throw thrown
      goesOn = thrown.isOfLine
    }
    blocks.verify()
    last = blocks.last
  }
  if (findings.isCounting) findings.rest = await count(scan, findings.stop === null ? job.pieces : restOf(job.pieces, findings.stop))
  return last
}

/** Lines that match in the pieces. */
async function count(scan: RipgrepScan, pieces: readonly Piece[]): Promise<number> {
  using blocks = open(scan, pieces)
  const feed = new Feed(blocks, { isJoined: !scan.job.query.multiline })
  let said = ''
  await run(scan, { type: 'count' }, { read: (target) => feed.read(target), write: (bytes) => (said += Buffer.from(bytes).toString('latin1')) })
  blocks.verify()
  return Number(said)
}

async function run({ job, run: start }: RipgrepScan, task: RipgrepTask, { read, write }: Pick<Parameters<RunRipgrep>[0], 'read' | 'write'>): Promise<void> {
  let errors = ''
  const code = await start({ words: ripgrepWords(job.query, task), read, write, writeError: (bytes) => (errors += Buffer.from(bytes).toString('utf8')) })
  if (code > 1) throw new InvalidPattern(invalidPattern(errors, { pattern: job.query.pattern, given: ripgrepPattern(job.query) }))
}

function open({ job, kernel, other, check }: RipgrepScan, pieces: readonly Piece[], start?: Stop): Blocks {
  return new Blocks({ pieces, start, kernel, other, isWhole: job.query.multiline, check })
}
