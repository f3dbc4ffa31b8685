/** One question's job in; its answer, bought once whoever works on it, out. */
import type { Dispatch } from '../../types.ts'
import type { Asked } from '../askingSession.ts'
import { onAbort } from '../dispatch/onAbort.ts'
import type { JobOutcome, JobTask } from './engine.ts'
import type { HandlerParts, Stop } from './performing.ts'
import type { QueryInput } from './jobInput.ts'
import type { QueryJobResult } from './jobs.ts'

export async function performQuery(task: JobTask & { readonly input: QueryInput }, parts: HandlerParts, { signal }: Stop): Promise<JobOutcome> {
  const { request, model, adopts } = task.input
  const call = adopts === undefined ? undefined : parts.adopt(adopts)
  const letGo = onAbort(signal, () => call?.abort(signal.reason))
  try {
    return await ask(task, parts, { signal, dispatch: call?.dispatch, input: { request, model } })
  } finally {
    letGo()
  }
}

interface AskOptions {
  readonly signal: AbortSignal
  readonly dispatch: Dispatch | undefined
  readonly input: Pick<QueryInput, 'request' | 'model'>
}

async function ask(task: JobTask, parts: HandlerParts, { signal, dispatch, input: { request, model } }: AskOptions): Promise<JobOutcome> {
  await using session = await parts.openAsking(task.id, { model, budget: {} }, dispatch)
  task.requestCounts({ processing: 1, succeeded: 0, errored: 0, canceled: 0 })
  let asked: Asked | undefined
  await session.askAll([request], { signal, onAsked: (_, how) => (asked = how) })
  if (asked?.ok !== true) {
    task.requestCounts({ processing: 0, succeeded: 0, errored: 1, canceled: 0 })
    throw asked?.error
  }
  task.requestCounts({ processing: 0, succeeded: 1, errored: 0, canceled: 0 })
  return { type: 'completed', result: { value: asked.answer.text, ...asked.answer } satisfies QueryJobResult }
}
