/** A batch's job in; a line for each of its questions, answers bought once whoever works on it, out. */
import { ReplmError } from '../../errors.ts'
import type { JobOutcome, JobTask } from './engine.ts'
import type { HandlerParts, Stop } from './performing.ts'
import type { BatchInput } from './jobInput.ts'
import type { BatchJobResult, BatchLine } from './jobs.ts'

export async function performBatch(task: JobTask & { readonly input: BatchInput }, parts: HandlerParts, { signal }: Stop): Promise<JobOutcome> {
  const { requests, customIds } = task.input
  await using session = await parts.openAsking(task.id, task.input)
  const total = requests.length
  const lines: BatchLine[] = Array.from({ length: total })
  let succeeded = 0
  let errored = 0
  const report = (): void => {
    const done = succeeded + errored
    task.requestCounts({ processing: total - done, succeeded, errored, canceled: 0 })
    task.progress({ fraction: done / total, done, total })
  }
  report()
  await session.askAll(requests, {
    signal,
    onAsked: (index, asked) => {
      const customId = customIds[index] ?? ''
      if (asked.ok) {
        succeeded += 1
        lines[index] = { customId, ok: true, ...asked.answer }
      } else {
        errored += 1
        const { code, message } = ReplmError.from(asked.error)
        lines[index] = { customId, ok: false, error: { code, message } }
      }
      report()
    },
  })
  return { type: 'completed', result: { value: lines, usage: await parts.usage(task.id, total) } satisfies BatchJobResult }
}
