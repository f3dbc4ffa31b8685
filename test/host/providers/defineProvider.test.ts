import { AsyncLocalStorage } from 'node:async_hooks'
import { expect, test } from 'vitest'
import { defineProvider } from '../../../src/host/providers/defineProvider.ts'
import type { ProviderAnswer } from '../../../src/types.ts'

const answer: ProviderAnswer = { text: 'x', usage: { inputTokens: 1, outputTokens: 1 } }
const { signal } = new AbortController()

test('a definition becomes a provider that hands on query and signal', async () => {
  const provider = defineProvider({
    name: 'shout',
    pricing: 'free',
    query: async (query, options) => ({ ...answer, text: `${query.prompt}${options.signal === signal}` }),
  })
  expect(provider).toMatchObject({ name: 'shout', pricing: 'free' })
  await expect(provider.query({ model: 'm', prompt: 'p' }, { signal })).resolves.toMatchObject({ text: 'ptrue' })
})

test('a query that throws at once, or answers at once, is a promise all the same', async () => {
  const error = new Error('no')
  const throws = defineProvider({
    name: 'a',
    query: () => {
      throw error
    },
  })
  await expect(throws.query({ model: 'm', prompt: 'p' }, { signal })).rejects.toBe(error)
  await expect(defineProvider({ name: 'b', query: () => answer }).query({ model: 'm', prompt: 'p' }, { signal })).resolves.toBe(answer)
})

test('an instance of a class keeps its this', async () => {
  class Counting {
    readonly name = 'counting'
    #asked = 0
    async query(): Promise<ProviderAnswer> {
      this.#asked += 1
      return { ...answer, text: String(this.#asked) }
    }
  }
  const provider = defineProvider(new Counting())
  await provider.query({ model: 'm', prompt: 'p' }, { signal })
  await expect(provider.query({ model: 'm', prompt: 'p' }, { signal })).resolves.toMatchObject({ text: '2' })
})

test('the AsyncLocalStorage of who asks is seen', async () => {
  const storage = new AsyncLocalStorage<string>()
  const provider = defineProvider({ name: 'a', query: async () => ({ ...answer, text: storage.getStore() ?? 'none' }) })
  await expect(storage.run('here', () => provider.query({ model: 'm', prompt: 'p' }, { signal }))).resolves.toMatchObject({ text: 'here' })
})

test.each([
  [undefined, 'a provider'],
  [null, 'a provider'],
  ['x', 'a provider'],
  [{}, '`name`'],
  [{ name: '' }, '`name`'],
  [{ name: 'a/b', query() {} }, '`name`'],
  [{ name: 'a b', query() {} }, '`name`'],
  [{ name: 7, query() {} }, '`name`'],
  [{ name: 'a' }, '`query`'],
  [{ name: 'a', query: 'x' }, '`query`'],
  [{ name: 'a', query() {}, models: [] }, '`models`'],
  [{ name: 'a', query() {}, close: true }, '`close`'],
  [{ name: 'a', query() {}, pricing: 'cheap' }, '`pricing`'],
  [{ name: 'a', query() {}, strem() {} }, 'among `name`, `query`, `stream`, `models`, `pricing`, `prepare`, `close`, got `strem`'],
])('%j is a TypeError that names %s', (definition, named) => {
  expect(() => defineProvider(definition as never)).toThrow(TypeError)
  expect(() => defineProvider(definition as never)).toThrow(named)
})
