/** Writes of a session in; what they add to its account and to where its numbers stand, out. */
import type { SpentRecord, Write } from './journal.ts'

/** What writes add up to; a running account when it is counted on and on. */
export interface Tally {
  queries: number
  inputTokens: number
  outputTokens: number
  usd: number
  unpriced: number
  /** Of attempts that were cut off. */
  lostTokens: number
  lostUsd: number
  executions: number
  answers: number
  /** Of texts of answers, and of entries, in UTF-8. */
  answerBytes: number
  entryBytes: number
  /** The last of each; 0 for none. */
  entry: number
  execution: number
  answer: number
  intent: number
  /** Entries up to this one stay; Infinity where none were cut off. */
  cutAfter: number
}

export function createTally(): Tally {
  return {
    queries: 0,
    inputTokens: 0,
    outputTokens: 0,
    usd: 0,
    unpriced: 0,
    lostTokens: 0,
    lostUsd: 0,
    executions: 0,
    answers: 0,
    answerBytes: 0,
    entryBytes: 0,
    entry: 0,
    execution: 0,
    answer: 0,
    intent: 0,
    cutAfter: Infinity,
  }
}

/** Adds one write. A query counts once it was answered or has failed, as a budget counts it; an answer that nobody was asked for spends nothing. */
export function tally(sum: Tally, write: Write): void {
  switch (write.type) {
    case 'answer':
      sum.answers++
      if (write.answer > sum.answer) sum.answer = write.answer
      sum.answerBytes += Buffer.byteLength(write.text)
      if (write.attempts === 0) return
      sum.queries++
      spend(sum, write.inputTokens, write.outputTokens, write.usd)
      if (write.usd === null) sum.unpriced++
      return
    case 'call.failed':
      sum.queries++
      spend(sum, write.inputTokens, write.outputTokens, write.usd)
      if (write.usd === null && write.inputTokens + write.outputTokens > 0) sum.unpriced++
      return
    case 'call.lost':
      sum.lostTokens += write.tokens
      sum.lostUsd += write.usd ?? 0
      return
    case 'call.sent':
      if (write.intent > sum.intent) sum.intent = write.intent
      return
    case 'entry':
      if (write.n > sum.entry) sum.entry = write.n
      sum.entryBytes += Buffer.byteLength(write.entry)
      return
    case 'tape.cut':
      if (write.after < sum.entry) sum.entry = write.after
      if (write.after < sum.cutAfter) sum.cutAfter = write.after
      return
    case 'execution.started':
      sum.executions++
      if (write.execution > sum.execution) sum.execution = write.execution
      return
    default:
  }
}

function spend(sum: Tally, inputTokens: number, outputTokens: number, usd: number | null): void {
  sum.inputTokens += inputTokens
  sum.outputTokens += outputTokens
  sum.usd += usd ?? 0
}

/** What calls come to that nobody can say anything of any more. */
export interface Unknown {
  readonly queries: number
  readonly tokens: number
  readonly usd: number
}

export function spentOf(sum: Pick<Tally, 'queries' | 'inputTokens' | 'outputTokens' | 'usd' | 'unpriced'>, unknown: Unknown): SpentRecord {
  return {
    queries: sum.queries,
    inputTokens: sum.inputTokens,
    outputTokens: sum.outputTokens,
    usd: sum.usd,
    unpriced: sum.unpriced,
    unknownQueries: unknown.queries,
    unknownTokens: unknown.tokens,
    unknownUsd: unknown.usd,
  }
}
