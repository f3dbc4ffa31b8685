/** One question's job in; its answer, bought once whoever works on it, out. */
import type { Asked } from '../askingSession.ts'
import type { JobOutcome, JobTask } from './engine.ts'
import type { HandlerParts, Stop } from './performing.ts'
import type { QueryInput } from './jobInput.ts'
import type { QueryJobResult } from './jobs.ts'

export async function performQuery(task: JobTask & { readonly input: QueryInput }, parts: HandlerParts, { signal }: Stop): Promise<JobOutcome> {
  const { request, model, adopts } = task.input
  await using session = await parts.openAsking(task.id, { model, budget: {} }, adopts === undefined ? undefined : parts.adopt(adopts))
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
