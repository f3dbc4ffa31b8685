/** Pieces and a query in; the lines that ripgrep finds in them out. It runs in its own memory, and sees nothing but them. */
import { ReplmError } from '../../../errors.ts'
import { Blocks } from './blocks.ts'
import { Feed } from './feed.ts'
import type { Findings } from './findings.ts'
import { invalidPattern } from './invalidPattern.ts'
import { type GrepJob, type GrepQuery, type GrepResult, type Piece, restOf, type Stop } from './job.ts'
import type { Kernel } from './kernel.ts'
import { requiredLiterals } from './requiredLiterals.ts'
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
  if (findings.room > 0) {
    await inRuns(scan, job.pieces, async (blocks, feed, isAscii) => {
      const take: TakeLine = (loaded, line) => findings.add(loaded, line, blocks)
      const output = job.query.multiline ? createJsonOutput(feed, take) : createMatchOutput(feed, take)
      if (isPrompt(job.query)) feed.leave = () => output.end()
      let next: Stop | undefined
      try {
        await run(scan, { type: 'tell', lines: findings.room }, { isAscii, feed, write: (bytes) => output.write(bytes) })
        output.end()
        next = findings.room > 0 ? feed.pause : undefined
      } catch (thrown) {
        if (!(thrown instanceof Enough)) throw thrown
        next = thrown.isOfLine ? (findings.stop ?? undefined) : undefined
      }
      last = blocks.last
      return next
    })
  }
  if (findings.isCounting) findings.rest = await count(scan, findings.stop === null ? job.pieces : restOf(job.pieces, findings.stop))
  return last
}

/** Lines that match in the pieces. */
async function count(scan: RipgrepScan, pieces: readonly Piece[]): Promise<number> {
  let lines = 0
  await inRuns(scan, pieces, async (_, feed, isAscii) => {
    let said = ''
    const output = scan.job.query.multiline ? createJsonOutput(feed, () => ((lines += 1), true)) : undefined
    await run(scan, { type: 'count' }, { isAscii, feed, write: (bytes) => (output === undefined ? (said += Buffer.from(bytes).toString('latin1')) : output.write(bytes)) })
    lines += Number(said)
    return feed.pause
  })
  return lines
}

/**
 * Runs of ripgrep through the pieces: each gives where the next one begins, undefined when there is to be none.
 * As long as the text is ASCII, nothing is asked of what is beyond: there the same is found, and the pattern is ready in a fraction of the time.
 */
async function inRuns(scan: RipgrepScan, pieces: readonly Piece[], each: (blocks: Blocks, feed: Feed, isAscii: boolean) => Promise<Stop | undefined>): Promise<void> {
  const { query } = scan.job
  // The machine's own ripgrep is given all: it is asked for where it is to judge.
  const required = query.engine === 'auto' ? requiredLiterals(query) : undefined
  scan.kernel.setFilters(required?.filters)
  let isAscii = isAsciiAlone(query)
  let start: Stop | undefined
  for (let goesOn = true; goesOn;) {
    using blocks = open(scan, pieces, start)
    const feed = new Feed(blocks, { isJoined: !query.multiline, isAscii, required })
    try {
      const next = await each(blocks, feed, isAscii)
      goesOn = next !== undefined
      start = next
      if (feed.pause !== undefined) isAscii = false
    } catch (thrown) {
      // It may be one that only Unicode has.
      if (!(thrown instanceof InvalidPattern) || !isAscii) throw thrown
      isAscii = false
    }
    blocks.verify()
  }
}

/** Whether a pattern finds the same in a text of ASCII, whatever it knows of Unicode: it names nothing beyond ASCII. */
function isAsciiAlone({ pattern, unicode }: GrepQuery): boolean {
  return unicode && /^\p{ASCII}*$/u.test(pattern) && !/\\[pPxuU]|\(\?[a-zA-Z-]*u/.test(pattern)
}

async function run({ job: { query }, run: start }: RipgrepScan, task: RipgrepTask, { isAscii, feed, write }: { readonly isAscii: boolean; readonly feed: Feed; readonly write: (bytes: Uint8Array) => void }): Promise<void> {
  let errors = ''
  const asked = isAscii ? { ...query, unicode: false } : query
  const code = await start({ words: ripgrepWords(asked, task), read: (target) => feed.read(target), write, writeError: (bytes) => (errors += Buffer.from(bytes).toString('utf8')) })
  if (code > 2) throw new ReplmError('CELL', `ripgrep has crashed in the middle of its search: the pattern is none of the wrong ones, but one that it has a fault with. Spell it another way, or use \`engine: 'js'\``)
  if (code > 1) throw new InvalidPattern(invalidPattern(errors, { pattern: query.pattern, given: ripgrepPattern(query) }))
}

function open({ job: { query }, kernel, other, check }: RipgrepScan, pieces: readonly Piece[], start: Stop | undefined): Blocks {
  // Where nothing is told late, all blocks stand in the same memory, near the processor.
  return new Blocks({ pieces, start, kernel, other: isPrompt(query) ? undefined : other, isWhole: query.multiline, check })
}

/** Whether all that is found in a block has been told before the next one is read: the instance in this thread searches line by line, and the lines that it was given. */
function isPrompt({ engine, multiline }: GrepQuery): boolean {
  return engine === 'auto' && !multiline
}
