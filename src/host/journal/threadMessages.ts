/** What the host and the journal's thread say to each other. Types only. */
import type { WireError } from '../../errors.ts'
import type { Claim, NewSession, PruneOptions, SessionRecord } from './journal.ts'
import type { Page } from './pages.ts'
import type { Part } from './store.ts'

/** What is asked, by its kind, and what comes back. */
export interface Asks {
  readonly create: { readonly ask: { readonly session: NewSession }; readonly reply: Claim }
  readonly claim: { readonly ask: { readonly id: string; readonly dead: readonly string[]; readonly replaces: boolean }; readonly reply: Claim }
  readonly release: { readonly ask: { readonly id: string; readonly epoch: number }; readonly reply: void }
  readonly find: { readonly ask: { readonly idOrName: string }; readonly reply: SessionRecord | undefined }
  readonly list: { readonly ask: object; readonly reply: readonly SessionRecord[] }
  readonly executions: { readonly ask: { readonly id: string; readonly after: number }; readonly reply: Page }
  readonly tape: { readonly ask: { readonly id: string; readonly after: number }; readonly reply: Page }
  readonly bought: { readonly ask: { readonly id: string; readonly cell: string; readonly generation: number; readonly after: number }; readonly reply: Page }
  readonly boughtByCell: { readonly ask: { readonly id: string }; readonly reply: Page }
  readonly answers: { readonly ask: { readonly id: string; readonly numbers: readonly number[] }; readonly reply: Page }
  readonly answersAfter: { readonly ask: { readonly id: string; readonly after: number }; readonly reply: Page }
  readonly keep: { readonly ask: { readonly bytes: Uint8Array }; readonly reply: string }
  /** Gives the number of what is kept block by block from now on. */
  readonly keepBegin: { readonly ask: object; readonly reply: number }
  readonly keepBlock: { readonly ask: { readonly keeping: number; readonly bytes: Uint8Array }; readonly reply: void }
  readonly keepEnd: { readonly ask: { readonly keeping: number }; readonly reply: string }
  readonly keepDrop: { readonly ask: { readonly keeping: number }; readonly reply: void }
  readonly keptFile: { readonly ask: { readonly hash: string }; readonly reply: string }
  readonly kept: { readonly ask: { readonly hash: string }; readonly reply: Uint8Array<ArrayBuffer> }
  readonly remove: { readonly ask: { readonly id: string }; readonly reply: void }
  readonly prune: { readonly ask: Required<PruneOptions>; readonly reply: readonly string[] }
  readonly size: { readonly ask: object; readonly reply: number }
  readonly version: { readonly ask: object; readonly reply: number }
  /** The last one. Says whether all that was owned is given up. */
  readonly close: { readonly ask: object; readonly reply: boolean }
}

export type AskKind = keyof Asks

/** Numbered by the host; done in their order, but that a removal leaves others go first between its steps. */
export type ToThread = { readonly number: number; readonly parts: readonly Part[] } | { [K in AskKind]: { readonly number: number; readonly kind: K; readonly ask: Asks[K]['ask'] } }[AskKind]

/** `refused` holds, for a group, what was not written: none for most. */
export type FromThread =
  | { readonly number: number; readonly refused?: readonly RefusedPart[] }
  | { readonly number: number; readonly reply: Asks[AskKind]['reply'] }
  | { readonly number: number; readonly error: WireError }

export interface RefusedPart {
  /** Its place in the group. */
  readonly index: number
  readonly error: WireError
  /** The session takes no more of this owner. */
  readonly isFatal: boolean
}
