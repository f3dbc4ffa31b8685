/** A provider's name in; where it asks, out: what tells its answers from those of another server with the same models. */
import { randomUUID } from 'node:crypto'
import { catalog } from '../providers/catalog.ts'
import { type Environment, resolveBaseUrl } from '../providers/endpoint.ts'
import type { ProviderSource } from './path.ts'

/** Providers of the embedding program are known by name only, and another program may have another one of that name: theirs is this process alone. */
export function createEndpoints(registry: Pick<ProviderSource, 'isBuiltIn'>, env: Environment): (provider: string) => string {
  const here = randomUUID()
  const known = new Map<string, string>()

  function find(provider: string): string {
    if (!registry.isBuiltIn(provider)) return here
    const variables = catalog.find(({ name }) => name === provider)?.variables ?? null
    if (variables === null) return ''
    try {
      return resolveBaseUrl(variables, env).baseUrl
    } catch {
      return here // its address is none: the question says so itself
    }
  }

  return (provider) => {
    const found = known.get(provider) ?? find(provider)
    if (known.size < catalog.length + 1) known.set(provider, found)
    return found
  }
}
