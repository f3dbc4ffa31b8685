/** Providers that may be slow, or dead, in; what is known of their models, within half a second, out. */
import type { Replm } from '../index.ts'

/** Longest that a caller waits for what is not known yet, in milliseconds. */
const patienceMs = 400

/** Longest that a provider may take to list its models, in milliseconds. */
const listingMs = 10_000

/** What was listed is believed for so long, in milliseconds. */
const freshMs = 60_000

export interface ListedProvider {
  readonly name: string
  readonly ready: boolean
  /** With the provider's name. */
  readonly models: readonly string[]
  readonly state: 'listed' | 'unready' | 'failed' | 'asking'
}

export interface ModelList {
  get(): Promise<{ readonly default: string | null; readonly providers: readonly ListedProvider[] }>
}

interface Listing {
  readonly startedMs: number
  outcome: Pick<ListedProvider, 'models' | 'state'>
  readonly done: Promise<void>
}

export function createModelList(replm: Pick<Replm, 'providers' | 'offered' | 'defaultModel'>, stopping: AbortSignal): ModelList {
  const listings = new Map<string, Listing>()

  /** Asks once at a time, however many callers want to know. */
  function listingOf(name: string): Listing {
    const known = listings.get(name)
    if (known !== undefined && (known.outcome.state === 'asking' || performance.now() - known.startedMs < freshMs)) return known
    const listing: Listing = { startedMs: performance.now(), outcome: { models: known?.outcome.models ?? [], state: 'asking' }, done: ask() }
    listings.set(name, listing)
    return listing

    async function ask(): Promise<void> {
      const signal = AbortSignal.any([AbortSignal.timeout(listingMs), stopping])
      // A provider that does not look at its signal must not be waited for.
      const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
      try {
        const models = await Promise.race([replm.offered(name, { signal }), late])
        listing.outcome = { models: models.map(({ id }) => `${name}/${id}`), state: 'listed' }
      } catch {
        // Why is in the provider's own words, which are for who runs the server: `replm models` says them.
        listing.outcome = { models: [], state: 'failed' }
      }
    }
  }

  return {
    get: async () => {
      const patience = new Promise<void>((resolve) => setTimeout(resolve, patienceMs).unref())
      const [standard, providers] = await Promise.all([replm.defaultModel().catch(() => null), replm.providers()])
      const asked = providers.map(({ name, ready }) => ({ name, ready, listing: ready ? listingOf(name) : undefined }))
      await Promise.race([Promise.all(asked.map(({ listing }) => listing?.done)), patience])
      return { default: standard, providers: asked.map(({ name, ready, listing }) => ({ name, ready, ...(listing?.outcome ?? { models: [], state: 'unready' as const }) })) }
    },
  }
}
