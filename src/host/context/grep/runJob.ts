/** A job in; what was found out. For threads: it does nothing else meanwhile. */
import { ReplmError, toWire } from '../../../errors.ts'
import { Blocks } from './blocks.ts'
import { Findings } from './findings.ts'
import { FoundLinesWriter } from './foundLines.ts'
import type { GrepJob, GrepReply, GrepResult } from './job.ts'
import { Kernel } from './kernel.ts'
import { literalsOf } from './literals.ts'
import { createNativeRipgrep } from './nativeRipgrep.ts'
import { scanLiterals } from './scanLiterals.ts'
import { InvalidPattern, type RunRipgrep, scanRipgrep } from './scanRipgrep.ts'

/** Memory that has grown past this is left to the collector: one long line must not hold memory for ever. */
const maxKeptBytes = 4 * 1024 * 1024

let kept: { readonly kernel: Kernel; readonly other: Kernel; readonly lines: FoundLinesWriter } | undefined

export async function runJob(job: GrepJob, ripgrep: RunRipgrep): Promise<GrepReply> {
  try {
    return { result: await search(job, ripgrep) }
  } catch (thrown) {
    if (thrown instanceof InvalidPattern) return { invalid: thrown.message }
    return { error: toWire(ReplmError.from(thrown, 'CELL')) }
  } finally {
    if (kept !== undefined && kept.kernel.bytes.length + kept.other.bytes.length + kept.lines.size > maxKeptBytes) kept = undefined
  }
}

async function search(job: GrepJob, ripgrep: RunRipgrep): Promise<GrepResult> {
  const { kernel, other, lines } = (kept ??= { kernel: new Kernel(), other: new Kernel(), lines: new FoundLinesWriter() })
  const flag = new Int32Array(job.cancel)
  const check = (): void => {
    if (Atomics.load(flag, 0) !== 0) throw new ReplmError('INTERRUPTED', 'The search was ended')
  }
  const literals = job.query.engine === 'auto' ? literalsOf(job.query) : undefined
  if (literals !== undefined) {
    const findings = new Findings(job, lines)
    using blocks = new Blocks({ pieces: job.pieces, kernel, isWhole: false, check })
    if (scanLiterals({ blocks, kernel, literals, query: job.query, findings })) {
      blocks.verify()
      return findings.result(blocks.last)
    }
  }
  const findings = new Findings(job, lines)
  const run = job.query.engine === 'rg' ? createNativeRipgrep(check) : ripgrep
  return findings.result(await scanRipgrep({ job, kernel, other, run, findings, check }))
}
