/** What claims to be providers of the program's own in; the same, each name once, out. */
import type { Provider } from '../types.ts'
import { expected, listOf, show, text } from './check.ts'
import { providerName } from './modelName.ts'

export function providerList(value: unknown, name: string): readonly Provider[] {
  const providers = listOf(provider, 'a list of providers, as `defineProvider` makes them')(value, name)
  const names = providers.map((provider) => provider.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new RangeError(`Expected \`${name}\` to have each name once, got ${show(twice)} twice`)
  return providers
}

function provider(value: unknown, name: string): Provider {
  const what = 'a provider, as `defineProvider` makes it'
  if (typeof value !== 'object' || value === null) throw expected(name, what, value, false)
  // Read as what it claims to be, to see whether it is.
  const candidate = value as Partial<Provider>
  text('a name')(candidate.name, `${name}.name`)
  if (!providerName.test(candidate.name ?? '')) throw expected(`${name}.name`, 'a name without spaces, `/` and `*`', candidate.name, true)
  if (typeof candidate.query !== 'function') throw expected(`${name}.query`, 'a function', candidate.query, false)
  return candidate as Provider
}
