/** What those who do jobs have in common: what they are handed, and how they are told to stop. */
import type { Dispatch, Usage } from '../../types.ts'
import type { AskingSession } from '../askingSession.ts'
import type { Awake } from '../awake.ts'
import type { Session } from '../session.ts'
import type { JobStop } from './engine.ts'
import type { BatchInput, CellInput } from './jobInput.ts'

/** What handlers are handed. Sessions are opened under the id of their job, taken from whoever had them: the engine has given the job to this worker. */
export interface HandlerParts {
  readonly openSession: (id: string, input: CellInput) => Promise<Session>
  readonly openAsking: (id: string, input: Pick<BatchInput, 'model' | 'budget'>, dispatch?: Dispatch) => Promise<AskingSession>
  /** What a session has spent in all processes; `queries` of this run. */
  readonly usage: (id: string, queries: number) => Promise<Usage>
  /** A call of this process that is under way; undefined where it is another's, or over. */
  readonly adopt: (token: string) => { readonly dispatch: Dispatch; readonly abort: (reason: unknown) => void } | undefined
  /** Sessions that live on, where cells are run in them. */
  readonly awake: Awake
}

/** How the work of a job is told to stop, in the words of what it runs in. */
export interface Stop {
  /** Aborts with an error of ours, as everything under way is to end with. */
  readonly signal: AbortSignal
  /** Why; undefined while it goes on. */
  readonly type: () => JobStop['type'] | undefined
}
