/** Nothing in; the evaluation tasks by name, and what is right of an answer to each, out. */
import { calls, callers } from './generators/repository.ts'
import { multiHop, multiNeedle, needle } from './generators/facts.ts'
import { aggregate, count, pairs } from './generators/records.ts'
import { judgeCounts, judgeList, judgeNumber, judgePairs, judgeValue, type Judge } from './judge.ts'
import type { Generate } from './task.ts'

export interface TaskKind {
  readonly generate: Generate
  readonly judge: Judge
}

export const tasks = Object.freeze({
  needle: { generate: needle, judge: judgeValue },
  'multi-needle': { generate: multiNeedle, judge: judgeList },
  'multi-hop': { generate: multiHop, judge: judgeValue },
  count: { generate: count, judge: judgeNumber },
  aggregate: { generate: aggregate, judge: judgeCounts },
  pairs: { generate: pairs, judge: judgePairs },
  callers: { generate: callers, judge: judgeList },
  calls: { generate: calls, judge: judgeValue },
}) satisfies Readonly<Record<string, TaskKind>>

export type TaskName = keyof typeof tasks
