/** What `openReplm` wires in; the parts of which a session is made out. Types only. */
import type { WireRequest } from '../protocol.ts'
import type { BudgetState, Dispatch, Query, SessionChange, SessionLimits } from '../types.ts'
import type { Documents } from './context/documents.ts'
import type { Claim, ExecutionRecord, Journal, SessionConfig } from './journal/journal.ts'
import type { Sandbox } from './sandbox.ts'
import type { SessionTrace } from './trace.ts'

/** What a session is made of; `openReplm` wires it. */
export interface SessionParts {
  readonly journal: Journal
  readonly claim: Claim
  /** What it has run before, in another process. */
  readonly executions: readonly ExecutionRecord[]
  /** What is not as it was when the session was last used; a rebuild is refused for it. */
  readonly changes: readonly SessionChange[]
  /** Documents may have changed since. */
  readonly acceptChanges: boolean
  /** What holds now, in case the session begins anew. */
  readonly config: SessionConfig
  readonly limits: SessionLimits
  readonly documents: Documents
  readonly takeSandbox: (config: SessionConfig) => Promise<Sandbox>
  readonly dispatch: Dispatch
  readonly endpoint: () => string
  /** Fills in what a request leaves open, by what is frozen in the session. Throws or rejects with CONFIG for a model it may not name. */
  readonly resolve: (request: WireRequest, config: SessionConfig) => Query | Promise<Query>
  /** The same for a request that was answered by a model: whatever is allowed now. */
  readonly hashable: (request: WireRequest, model: string) => Query
  readonly budget: () => BudgetState
  /** Keep `_` and `_error`. */
  readonly underscore: boolean
  /** Rejects with CONFIG for a model of no provider, and with TypeError or RangeError. */
  readonly checkModel: (model: string) => Promise<void>
  /** Undefined where nobody wants one. */
  readonly trace?: SessionTrace | undefined
  /** Called once, when the session is closed. */
  readonly onClose: () => void
}
