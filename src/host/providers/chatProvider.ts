/** Where a server that speaks chat completions is, in; a provider that asks it with as little work as possible, out. No SDK. */
import type { Provider, ProviderQuery } from '../../types.ts'
import { createApi, type Api } from './api.ts'
import { createChatCompletionRequest, readChatCompletion, readModels } from './chatCompletion.ts'
import { createChatCompletionReader, streamOptions } from './chatCompletionReader.ts'
import { resolveEndpoint, type EndpointVariables, type Environment } from './endpoint.ts'
import { readRates } from './rates.ts'
import { createSseDecoder } from './sse.ts'
import { readStreamedAnswer } from './streamedAnswer.ts'

export interface ChatProviderOptions {
  readonly variables: EndpointVariables
  readonly pricing: NonNullable<Provider['pricing']>
}

const route = '/chat/completions'

export function createChatProvider({ variables, pricing }: ChatProviderOptions, env: Environment): Provider {
  let opened: Api | undefined
  // Resolved with the first question, so that a missing address is that question's error.
  const open = (): Api => (opened ??= createApi(resolveEndpoint(variables, env), { readRates }))

  return {
    name: variables.provider,
    pricing,
    prepare: async () => open().prepare(),
    async query(query, { signal }) {
      const { ask, failures } = open()
      return ask(route, createRequest(query), { model: query.model, signal, read: (reply) => readChatCompletion(reply, query, failures) })
    },
    stream: (query, { signal }) =>
      readStreamedAnswer(async () => {
        const { stream, failures } = open()
        const reader = createChatCompletionReader(query, failures)
        return stream(route, { ...createRequest(query), ...streamOptions }, { model: query.model, signal, reader, decoder: createSseDecoder() })
      }),
    async models({ signal }) {
      const { get, failures } = open()
      return readModels(await get('/models', { signal }), failures)
    },
    close: async () => opened?.close(),
  }
}

/** These servers know the bound on tokens by its older name. */
function createRequest(query: ProviderQuery): object {
  const request = createChatCompletionRequest(query)
  return query.maxTokens === undefined ? request : { ...request, max_tokens: query.maxTokens }
}
