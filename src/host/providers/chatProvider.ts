/** Where a server that speaks chat completions is, in; a provider that asks it with as little work as possible, out. No SDK. */
import type { Provider } from '../../types.ts'
import { createApi, type Api } from './api.ts'
import { createChatCompletionRequest, readChatCompletion, readModels } from './chatCompletion.ts'
import { resolveEndpoint, type EndpointVariables, type Environment } from './endpoint.ts'

export interface ChatProviderOptions {
  readonly variables: EndpointVariables
  readonly pricing: NonNullable<Provider['pricing']>
}

export function createChatProvider({ variables, pricing }: ChatProviderOptions, env: Environment): Provider {
  let opened: Api | undefined
  // Resolved with the first question, so that a missing address is that question's error.
  const open = (): Api => (opened ??= createApi(resolveEndpoint(variables, env)))

  return {
    name: variables.provider,
    pricing,
    prepare: async () => open().prepare(),
    async query(query, { signal }) {
      const { post, failures } = open()
      const { maxTokens } = query
      const request = { ...createChatCompletionRequest(query), ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }) }
      return readChatCompletion(await post('/chat/completions', request, { model: query.model, signal }), query, failures)
    },
    async models({ signal }) {
      const { get, failures } = open()
      return readModels(await get('/models', { signal }), failures)
    },
    close: async () => opened?.close(),
  }
}
