/** A job of a kind in; what does it, out. */
import { ReplmError } from '../../errors.ts'
import { onAbort } from '../dispatch/onAbort.ts'
import type { JobHandler, JobOutcome, JobStop, JobTask } from './engine.ts'
import type { BatchInput, CellInput, QueryInput, SessionCellInput } from './jobInput.ts'
import { performBatch } from './performBatch.ts'
import { performCell } from './performCell.ts'
import type { HandlerParts, Stop } from './performing.ts'
import { performQuery } from './performQuery.ts'
import { performSessionCell } from './performSessionCell.ts'

export function createHandlers(parts: HandlerParts): Readonly<Record<string, JobHandler>> {
  const ownCell = handler(parts, performCell)
  const sessionCell = handler(parts, performSessionCell, ({ session }) => session)
  // As `jobInput` made it.
  const cell: JobHandler = (task) => ('session' in (task.input as CellInput | SessionCellInput) ? sessionCell(task) : ownCell(task))
  return { script: ownCell, cell, query: handler(parts, performQuery), batch: handler(parts, performBatch) }
}

type Perform<Input> = (task: JobTask & { readonly input: Input }, parts: HandlerParts, stop: Stop) => Promise<JobOutcome>

/** A job has a session of its own, under its id, unless `sessionOf` says which. */
function handler<Input extends CellInput | SessionCellInput | QueryInput | BatchInput>(parts: HandlerParts, perform: Perform<Input>, sessionOf?: (input: Input) => string): JobHandler {
  return async (task) => {
    const { signal } = task
    const controller = new AbortController()
    const type = (): JobStop['type'] | undefined => (signal.aborted ? (signal.reason as JobStop).type : undefined) // as JobTask says
    const letGo = onAbort(signal, () => controller.abort(new ReplmError('INTERRUPTED', words[type() ?? 'canceled'])))
    try {
      signal.throwIfAborted()
      // Durable before anything runs: whoever takes the job over finds what was bought under the same id.
      await task.setSession(sessionOf?.(task.input as Input) ?? task.id) // as `jobInput` made it
      // The same.
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
