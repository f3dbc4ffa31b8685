/** One attempt in; what the provider answered, out: the shape of every way that a question leaves the host. */
import type { DispatchPath, Provider, ProviderAnswer, ProviderQuery } from '../../types.ts'
import type { AskOptions } from '../providers/askProvider.ts'

/** Where an attempt is made. */
export interface Route {
  readonly name: 'async' | 'pool'
  /** Rejects with what the provider threw. Once `signal` aborts, the connection closes; what it settles with then is of no interest, only that it does. */
  readonly ask: (provider: string, query: ProviderQuery, options: AskOptions) => Promise<ProviderAnswer>
}

/** A way to the providers. Makes one attempt per call; the pump decides when and how often. */
export interface Path {
  readonly name: DispatchPath
  /** Loads what attempts at this provider need, so that no attempt's time pays for it. Rejects with CONFIG for one that cannot be had. */
  readonly prepare: (provider: string) => Promise<void>
  /** Where an attempt at this model goes now; one whose reply is wanted in pieces is another load. */
  readonly route: (provider: string, model?: string, stream?: boolean) => Route
  /** Ends threads and what they have in flight. */
  readonly close: () => Promise<void>
}

/** Where providers come from. */
export interface ProviderSource {
  /** The provider of that name. Throws or rejects with CONFIG where there is none. */
  readonly get: (name: string) => Provider | Promise<Provider>
  /** Whether a thread can make one of its own, by name and environment; a provider of the embedding program stays on the host's loop. */
  readonly isBuiltIn: (name: string) => boolean
}
