/** Environment variables in; a provider for OpenAI out. The only importer of the official SDK, which it loads with the first question. */
import type { OpenAI } from 'openai'
import type { Provider, ProviderQuery } from '../../types.ts'
import { createChatCompletionRequest, readChatCompletion, readModels } from './chatCompletion.ts'
import { createChatCompletionReader, streamOptions } from './chatCompletionReader.ts'
import { readVariable, resolveEndpoint, type Environment } from './endpoint.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Http } from './http.ts'
import { parseReply } from './parseReply.ts'
import { readRates } from './rates.ts'
import { isObjectSchema, unwrapText, wrapSchema } from './responseFormat.ts'
import { askSdk } from './sdk.ts'
import { noDeadline, shortenWay } from './sdkTransport.ts'
import { createSseDecoder } from './sse.ts'
import { atOnce, readStreamedAnswer, withRates, withRatesOf } from './streamedAnswer.ts'
import { openaiVariables } from './variables.ts'

interface Opened {
  readonly client: OpenAI
  readonly failures: Failures
  readonly http: Http
}

const route = '/chat/completions'

/** Asks by chat completions, not by responses: that is what the servers speak that OPENAI_BASE_URL may name, and no question needs the other. */
export function createOpenai(env: Environment): Provider {
  let opening: Promise<Opened> | undefined
  const opened = (): Promise<Opened> => (opening ??= open(env))

  return {
    name: 'openai',
    pricing: 'table',
    prepare: async () => void (await opened()),
    async query(query, { signal }) {
      const { client, failures } = await opened()
      const wrapped = isWrapped(query)
      const body = createRequest(query)
      const { text, rates } = await askSdk(() => client.post(route, { body, signal }), { model: query.model, failures, signal, readRates })
      try {
        const answer = withRatesOf(readChatCompletion(parseReply(await text(), failures), query, failures), rates)
        return wrapped ? { ...answer, text: unwrapText(answer.text) } : answer
      } catch (error) {
        throw withRates(error, rates)
      }
    },
    stream: (query, { signal }) =>
      readStreamedAnswer(async () => {
        const { client, failures } = await opened()
        const body = { ...createRequest(query), ...streamOptions }
        const { chunks, rates } = await askSdk(() => client.post(route, { body, signal, stream: true }), { model: query.model, failures, signal, readRates })
        const reader = createChatCompletionReader(query, failures)
        return { chunks, rates, failures, signal, decoder: createSseDecoder(), reader: isWrapped(query) ? atOnce(reader, unwrapText) : reader }
      }),
    async models({ signal }) {
      const { client, failures } = await opened()
      const { text } = await askSdk(() => client.get('/models', { signal }), { model: '*', failures, signal, readRates })
      return readModels(parseReply(await text(), failures), failures)
    },
    close: async () => (await opening?.catch(() => undefined))?.http.close(),
  }
}

async function open(env: Environment): Promise<Opened> {
  const endpoint = resolveEndpoint(openaiVariables, env)
  const [{ OpenAI }, { openHttp }] = await Promise.all([import('openai'), import('./http.ts')])
  const http = await openHttp(endpoint.origin)
  // Whatever is left out, the SDK would read from the environment of this process instead of `env`.
  const client = new OpenAI({
    apiKey: endpoint.key,
    adminAPIKey: null,
    webhookSecret: null,
    organization: readVariable(env, 'OPENAI_ORG_ID'),
    project: readVariable(env, 'OPENAI_PROJECT_ID'),
    baseURL: endpoint.baseUrl,
    maxRetries: 0,
    timeout: noDeadline,
    logLevel: 'off',
  })
  return { client: shortenWay(client, http, endpoint.origin), http, failures: createFailures(endpoint) }
}

/** OpenAI takes schemas of objects only, and its reasoning models no `max_tokens`. */
function createRequest(query: ProviderQuery): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const request = createChatCompletionRequest(isWrapped(query) ? { ...query, schema: wrapSchema(query.schema) } : query)
  return query.maxTokens === undefined ? request : { ...request, max_completion_tokens: query.maxTokens }
}

function isWrapped({ schema }: ProviderQuery): boolean {
  return schema !== undefined && !isObjectSchema(schema)
}
