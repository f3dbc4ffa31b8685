/** One batch of very many prompts from the sandbox: the most memory that host and sandbox hold together, above what they held before. */
import { loadBuilt } from '../built.ts'
import type { Open } from '../contestant.ts'
import { descendants, memoryMb } from '../processes.ts'
import { spareIsWarm } from '../spare.ts'

export interface HugeBatchSetup {
  readonly path: 'async' | 'pool'
  /** Of the journal. */
  readonly store: string
}

export interface HugeBatchTask {
  readonly queries: number
  readonly promptChars: number
}

export interface HugeBatchOutcome {
  readonly mostMb: number
  readonly beforeMb: number
  readonly wallMs: number
  readonly answered: number
  /** Characters of all answers. */
  readonly answerChars: number
}

/** How often memory is looked at, in milliseconds. */
const everyMs = 100

export const open: Open<HugeBatchSetup, HugeBatchTask, HugeBatchOutcome> = async ({ path, store }) => {
  const { openReplm } = await loadBuilt()
  const replm = await openReplm({ model: 'compatible/fixed-0,reply-100', store, dispatch: path })
  return async ({ queries, promptChars }) => {
    await using session = await replm.openSession({ limits: { memoryMb: 1_024, cpuMs: 600_000 } })
    await session.run(`(await llmBatchQuery(Array.from({ length: 1_000 }, (_, index) => 'warm ' + index))).length`)
    // The next session's sandbox is there with or without the batch.
    await spareIsWarm()
    globalThis.gc?.()
    const beforeMb = totalMb()
    let mostMb = beforeMb
    const timer = setInterval(() => (mostMb = Math.max(mostMb, totalMb())), everyMs)
    const start = performance.now()
    const { value } = await session.run(
      `const prompts = Array.from({ length: ${queries} }, (_, index) => ('Question ' + index + ': ').padEnd(${promptChars}, 'is it so? '))
       const answers = await llmBatchQuery(prompts)
       ;[answers.length, answers.reduce((sum, answer) => sum + answer.length, 0)]`,
    )
    clearInterval(timer)
    const [answered, answerChars] = value as [number, number] // As the cell says.
    return { mostMb: Math.max(mostMb, totalMb()), beforeMb, wallMs: performance.now() - start, answered, answerChars }
  }
}

/** Heaps, stacks, compiled code: not the program's files, whose pages every process of Node on the machine shares, be it one of somebody else's that comes or goes. */
function totalMb(): number {
  let total = 0
  for (const pid of [process.pid, ...descendants(process.pid)]) {
    try {
      total += memoryMb(pid).anonymous
    } catch {
      // It has ended meanwhile.
    }
  }
  return total
}
