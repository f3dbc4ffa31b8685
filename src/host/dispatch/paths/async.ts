/** Attempts in; the provider asked on the host's own loop, in the caller's async context, out. */
import type { Provider } from '../../../types.ts'
import { askProvider } from '../../providers/askProvider.ts'
import type { Path, ProviderSource, Route } from '../path.ts'

export function createAsyncPath(providers: ProviderSource): Path {
  const known = new Map<string, Provider>()

  async function load(name: string): Promise<Provider> {
    const provider = await providers.get(name)
    known.set(name, provider)
    return provider
  }

  const loop: Route = {
    name: 'async',
    // Async, so that a provider that throws before its first await rejects as well.
    ask: async (name, query, options) => {
      const provider = known.get(name) ?? (await load(name))
      return askProvider(provider, query, options)
    },
  }

  return {
    name: 'async',
    prepare: async (name) => {
      const provider = known.get(name) ?? (await load(name))
      await provider.prepare?.()
    },
    route: () => loop,
    // The providers belong to the registry, which closes them.
    close: () => Promise.resolve(),
  }
}
