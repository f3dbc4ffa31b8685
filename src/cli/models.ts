/** The environment in; the providers in it, their models and which one answers by default, out. */
import type { FoundProvider, Replm } from '../index.ts'
import { toReplmError } from './outcome.ts'
import { type CommonOptions, type Stage, storeOptions } from './stage.ts'
import { table } from './table.ts'
import { showControls } from './terminal.ts'

/** Longest that a provider may take to list its models, in milliseconds. */
const listingMs = 10_000

interface Listing {
  readonly provider: FoundProvider
  readonly models: readonly string[]
  /** Why the models could not be listed; null when they were, or were not asked for. */
  readonly problem: string | null
}

/** `replm models`. */
export async function listModels({ json, store }: CommonOptions, { terminal }: Stage): Promise<number> {
  const { openReplm } = await import('../index.ts')
  await using replm = await openReplm(storeOptions(store))
  const [standard, providers] = await Promise.all([replm.defaultModel().catch(() => null), replm.providers()])
  const listings = await Promise.all(providers.map((provider) => list(provider, replm)))
  if (json === true) {
    terminal.write(`${JSON.stringify({ default: standard, providers: listings.map(({ provider, models, problem }) => ({ ...provider, problem, models })) })}\n`)
    return 0
  }
  terminal.write(table([['MODEL', 'STATE'], ...listings.flatMap((listing) => rows(listing, standard))]))
  terminal.write(`\n${standard === null ? 'No model answers where none is named: set a key, start a local server, or use -m sim/extract' : `${showControls(standard)} answers where none is named`}\n`)
  return 0
}

async function list(provider: FoundProvider, replm: Replm): Promise<Listing> {
  if (!provider.ready) return { provider, models: [], problem: provider.problem }
  try {
    const models = await replm.offered(provider.name, { signal: AbortSignal.timeout(listingMs) })
    return { provider, models: models.map(({ id }) => `${provider.name}/${id}`), problem: null }
  } catch (thrown) {
    return { provider, models: [], problem: toReplmError(thrown).message }
  }
}

function rows({ provider, models, problem }: Listing, standard: string | null): (readonly [string, string])[] {
  if (models.length > 0) return models.map((model) => [showControls(model), model === standard ? 'ready, the default' : 'ready'])
  return [[`${showControls(provider.name)}/…`, showControls(problem ?? stateOf(provider))]]
}

/** What a provider without models lacks, and what gives it. */
export function stateOf({ ready, key, keyVariable, baseUrl, baseVariable }: FoundProvider): string {
  if (ready) return 'ready'
  if (key === 'missing' && baseUrl !== null && keyVariable !== null) return `no key: set ${keyVariable}`
  if (baseUrl === null && baseVariable !== null) return `no address: set ${baseVariable}`
  return `not running at ${baseUrl ?? 'its address'}${baseVariable === null ? '' : `: start it, or set ${baseVariable}`}`
}
