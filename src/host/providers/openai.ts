/** Environment variables in; a provider for OpenAI out. The only importer of the official SDK, which it loads with the first question. */
import type { OpenAI } from 'openai'
import type { Provider, ProviderQuery } from '../../types.ts'
import { createChatCompletionRequest, readChatCompletion, readModels } from './chatCompletion.ts'
import { readVariable, resolveEndpoint, type Environment } from './endpoint.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Http } from './http.ts'
import { isObjectSchema, unwrapText, wrapSchema } from './responseFormat.ts'
import { askSdk, noDeadline } from './sdk.ts'
import { openaiVariables } from './variables.ts'

interface Opened {
  readonly client: OpenAI
  readonly failures: Failures
  readonly http: Http
}

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
      // OpenAI takes schemas of objects only.
      const wrapped = query.schema !== undefined && !isObjectSchema(query.schema)
      const request = createRequest(wrapped ? { ...query, schema: wrapSchema(query.schema) } : query)
      const reply = await askSdk(() => client.chat.completions.create(request, { signal }), { model: query.model, failures, signal })
      const answer = readChatCompletion(reply, query, failures)
      return wrapped ? { ...answer, text: unwrapText(answer.text) } : answer
    },
    async models({ signal }) {
      const { client, failures } = await opened()
      return readModels(await askSdk(() => client.get('/models', { signal }), { model: '*', failures, signal }), failures)
    },
    close: async () => (await opening?.catch(() => undefined))?.http.close(),
  }
}

async function open(env: Environment): Promise<Opened> {
  const endpoint = resolveEndpoint(openaiVariables, env)
  const [{ OpenAI }, { openHttp }, { createSdkFetch }] = await Promise.all([import('openai'), import('./http.ts'), import('./sdkFetch.ts')])
  const http = openHttp(endpoint.origin)
  // Whatever is left out, the SDK would read from the environment of this process instead of `env`.
  const client = new OpenAI({
    apiKey: endpoint.key,
    adminAPIKey: null,
    webhookSecret: null,
    organization: readVariable(env, 'OPENAI_ORG_ID'),
    project: readVariable(env, 'OPENAI_PROJECT_ID'),
    baseURL: endpoint.baseUrl,
    fetch: createSdkFetch(http, endpoint.origin),
    maxRetries: 0,
    timeout: noDeadline,
    logLevel: 'off',
  })
  return { client, http, failures: createFailures(endpoint) }
}

/** `max_tokens` is not taken by OpenAI's reasoning models. */
function createRequest(query: ProviderQuery): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return { ...createChatCompletionRequest(query), ...(query.maxTokens === undefined ? {} : { max_completion_tokens: query.maxTokens }) }
}
