/** Where a server that speaks chat completions is, in; a provider that asks it with as little work as possible, out. No SDK. */
import type { Provider, ProviderQuery } from '../../types.ts'
import { createApi } from './api.ts'
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
  const { ask, stream, get, prepare, close } = createApi(() => resolveEndpoint(variables, env), { readRates })

  return {
    name: variables.provider,
    pricing,
    prepare,
    query: (query, { signal }) =>
      ask(route, createRequest(query), { model: query.model, signal, read: (reply, failures) => readChatCompletion(reply, query, failures) }),
    stream: (query, { signal }) =>
      readStreamedAnswer(() =>
        stream(route, { ...createRequest(query), ...streamOptions }, {
          model: query.model,
          signal,
          createReader: (failures) => createChatCompletionReader(query, failures),
          decoder: createSseDecoder(),
        }),
      ),
    models: ({ signal }) => get('/models', { signal, read: readModels }),
    close,
  }
}

/** These servers know the bound on tokens by its older name. */
function createRequest(query: ProviderQuery): object {
  const request = createChatCompletionRequest(query)
  return query.maxTokens === undefined ? request : { ...request, max_tokens: query.maxTokens }
}
