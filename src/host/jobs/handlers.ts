/** A job of a kind in; what does it, out. */
import { ReplmError } from '../../errors.ts'
import type { AskingSession } from '../askingSession.ts'
import { onAbort } from '../dispatch/onAbort.ts'
import type { Session } from '../session.ts'
import type { Dispatch, Usage } from '../../types.ts'
import type { JobHandler, JobOutcome, JobStop, JobTask } from './engine.ts'
import type { BatchInput, CellInput, QueryInput } from './jobInput.ts'
import { performBatch } from './performBatch.ts'
import { performCell } from './performCell.ts'
import { performQuery } from './performQuery.ts'

/** What handlers are handed. Sessions are opened under the id of their job, taken from whoever had them: the engine has given the job to this worker. */
export interface HandlerParts {
  readonly openSession: (id: string, input: CellInput) => Promise<Session>
  readonly openAsking: (id: string, input: Pick<BatchInput, 'model' | 'budget'>, dispatch?: Dispatch) => Promise<AskingSession>
  /** What a session has spent in all processes; `queries` of this run. */
  readonly usage: (id: string, queries: number) => Promise<Usage>
  /** A call of this process that is under way; undefined where it is another's, or over. */
  readonly adopt: (token: string) => Dispatch | undefined
}

export function createHandlers(parts: HandlerParts): Readonly<Record<string, JobHandler>> {
  const cell = handler(parts, performCell)
  return { script: cell, cell, query: handler(parts, performQuery), batch: handler(parts, performBatch) }
}

/** How the work of a job is told to stop, in the words of what it runs in. */
export interface Stop {
  /** Aborts with an error of ours, as everything under way is to end with. */
  readonly signal: AbortSignal
  /** Why; undefined while it goes on. */
  readonly type: () => JobStop['type'] | undefined
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
