/** A job of a kind in; what does it, out. */
import { ReplmError } from '../../errors.ts'
import { onAbort } from '../dispatch/onAbort.ts'
import type { JobHandler, JobOutcome, JobStop, JobTask } from './engine.ts'
import type { BatchInput, CellInput, QueryInput } from './jobInput.ts'
import { performBatch } from './performBatch.ts'
import { performCell } from './performCell.ts'
import type { HandlerParts, Stop } from './performing.ts'
import { performQuery } from './performQuery.ts'

export function createHandlers(parts: HandlerParts): Readonly<Record<string, JobHandler>> {
  const cell = handler(parts, performCell)
  return { script: cell, cell, query: handler(parts, performQuery), batch: handler(parts, performBatch) }
}

type Perform<Input> = (task: JobTask & { readonly input: Input }, parts: HandlerParts, stop: Stop) => Promise<JobOutcome>

function handler<Input extends CellInput | QueryInput | BatchInput>(parts: HandlerParts, perform: Perform<Input>): JobHandler {
  return async (task) => {
    const { signal } = task
    const controller = new AbortController()
    const type = (): JobStop['type'] | undefined => (signal.aborted ? (signal.reason as JobStop).type : undefined) // as JobTask says
    const letGo = onAbort(signal, () => controller.abort(new ReplmError('INTERRUPTED', words[type() ?? 'canceled'])))
    try {
      signal.throwIfAborted()
      // Durable before anything runs: whoever takes the job over finds what was bought under the same id.
      await task.setSession(task.id)
      // As `jobInput` made it.
      return await perform(task as JobTask & { readonly input: Input }, parts, { signal: controller.signal, type })
    } catch (thrown) {
      // Whatever came of its being told to stop is no failure.
      signal.throwIfAborted()
      throw thrown
    } finally {
      letGo()
    }
  }
}

const words: Readonly<Record<JobStop['type'], string>> = Object.freeze({
  canceled: 'The job was canceled',
  expired: 'The job is past its deadline',
  replaced: 'Another worker does the job now',
  closing: 'The worker is closing; the job goes on elsewhere',
})
