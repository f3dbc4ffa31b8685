/** Environment variables in; a provider for Anthropic's messages API out. The only importer of the official SDK, which it loads with the first question. */
import type { Anthropic } from '@anthropic-ai/sdk'
import type { Provider, ProviderQuery } from '../../types.ts'
import { readModels } from './chatCompletion.ts'
import { resolveEndpoint, type Environment } from './endpoint.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Http } from './http.ts'
import { createMessageReader, readMessage } from './message.ts'
import { parseReply } from './parseReply.ts'
import { readAnthropicRates as readRates } from './rates.ts'
import { isRecord } from './record.ts'
import { askSdk } from './sdk.ts'
import { noDeadline, shortenWay } from './sdkTransport.ts'
import { createSseDecoder } from './sse.ts'
import { readStreamedAnswer, withRates, withRatesOf } from './streamedAnswer.ts'
import { anthropicVariables } from './variables.ts'

/** `max_tokens` where a question names none: the API needs one, and every current model takes this. Thinking counts towards it. */
const defaultMaxTokens = 8_192

interface Opened {
  readonly client: Anthropic
  readonly failures: Failures
  readonly http: Http
  readonly transformSchema: (schema: Record<string, unknown>) => Record<string, unknown>
}

const route = '/v1/messages'

export function createAnthropic(env: Environment): Provider {
  let opening: Promise<Opened> | undefined
  const opened = (): Promise<Opened> => (opening ??= open(env))

  return {
    name: 'anthropic',
    pricing: 'table',
    prepare: async () => void (await opened()),
    async query(query, { signal }) {
      const { client, failures, transformSchema } = await opened()
      const body = createRequest(query, transformSchema)
      // Not `messages.create`: for a model near its end it prints a warning to the console with every question.
      const { text, rates } = await askSdk(() => client.post(route, { body, signal, ...headersOf(query) }), { model: query.model, failures, signal, readRates })
      try {
        return withRatesOf(readMessage(parseReply(await text(), failures), query, failures), rates)
      } catch (error) {
        throw withRates(error, rates)
      }
    },
    stream: (query, { signal }) =>
      readStreamedAnswer(async () => {
        const { client, failures, transformSchema } = await opened()
        const body = { ...createRequest(query, transformSchema), stream: true }
        const options = { body, signal, stream: true, ...headersOf(query) }
        const { chunks, rates } = await askSdk(() => client.post(route, options), { model: query.model, failures, signal, readRates })
        return { chunks, rates, failures, signal, decoder: createSseDecoder(), reader: createMessageReader(query, failures) }
      }),
    async models({ signal }) {
      const { client, failures } = await opened()
      const { text } = await askSdk(() => client.get('/v1/models', { query: { limit: 1_000 }, signal }), { model: '*', failures, signal, readRates })
      return readModels(parseReply(await text(), failures), failures)
    },
    close: async () => (await opening?.catch(() => undefined))?.http.close(),
  }
}

async function open(env: Environment): Promise<Opened> {
  const endpoint = resolveEndpoint(anthropicVariables, env)
  const [{ Anthropic }, { transformJSONSchema }, { openHttp }] = await Promise.all([
    import('@anthropic-ai/sdk'),
    import('@anthropic-ai/sdk/lib/transform-json-schema'),
    import('./http.ts'),
  ])
  const http = await openHttp(endpoint.origin)
  // Whatever is left out, the SDK would read from the environment of this process instead of `env`.
  const client = new Anthropic({
    apiKey: endpoint.key,
    webhookKey: null,
    baseURL: endpoint.baseUrl,
    maxRetries: 0,
    timeout: noDeadline,
    logLevel: 'off',
  })
  return { client: shortenWay(client, http, endpoint.origin), http, failures: createFailures(endpoint), transformSchema: transformJSONSchema }
}

/** Version 2026-10-21 of the API, the SDK's own, has no `temperature`; the one before takes it for models up to Claude 4.6, and says so for others. */
function headersOf({ temperature }: ProviderQuery): { readonly headers?: Record<string, string> } {
  return temperature === undefined ? {} : { headers: { 'anthropic-version': '2023-06-01' } }
}

type MessageRequest = Anthropic.MessageCreateParamsNonStreaming & { readonly temperature?: number }

function createRequest({ model, prompt, system, maxTokens, temperature, stop, schema }: ProviderQuery, transformSchema: Opened['transformSchema']): MessageRequest {
  return {
    model,
    max_tokens: maxTokens ?? defaultMaxTokens,
    messages: [{ role: 'user', content: prompt }],
    ...(system === undefined || system === '' ? {} : { system }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop_sequences: [...stop] }),
    ...(schema === undefined ? {} : { output_config: { format: { type: 'json_schema', schema: fitSchema(schema, transformSchema) } } }),
  }
}

/** The API takes a subset of JSON Schema; the SDK moves what is outside it into descriptions. What the SDK cannot move, the API itself shall judge. */
function fitSchema(schema: unknown, transformSchema: Opened['transformSchema']): Record<string, unknown> {
  if (!isRecord(schema)) return {}
  try {
    return transformSchema(schema)
  } catch {
    return schema // it has no `type`, which the API says more clearly than the SDK
  }
}
