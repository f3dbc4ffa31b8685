/** Environment variables in; a provider for Anthropic's messages API out. The only importer of the official SDK, which it loads with the first question. */
import type { Anthropic } from '@anthropic-ai/sdk'
import type { FinishReason, Provider, ProviderAnswer, ProviderQuery } from '../../types.ts'
import { readModels } from './chatCompletion.ts'
import { resolveEndpoint, type Environment } from './endpoint.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Http } from './http.ts'
import { isRecord } from './record.ts'
import { askSdk, noDeadline } from './sdk.ts'
import { estimateTokens, readTokens } from './tokens.ts'
import { anthropicVariables } from './variables.ts'

/** `max_tokens` where a question names none: the API needs one, and every current model takes this. Thinking counts towards it. */
const defaultMaxTokens = 8_192

interface Opened {
  readonly client: Anthropic
  readonly failures: Failures
  readonly http: Http
  readonly transformSchema: (schema: Record<string, unknown>) => Record<string, unknown>
}

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
      // Version 2026-10-21 of the API, the SDK's own, has no `temperature`; the one before takes it for models up to Claude 4.6, and says so for others.
      const headers = query.temperature === undefined ? {} : { 'anthropic-version': '2023-06-01' }
      // Not `messages.create`: for a model near its end it prints a warning to the console with every question.
      const reply = await askSdk(() => client.post('/v1/messages', { body, headers, signal }), { model: query.model, failures, signal })
      return readMessage(reply, query, failures)
    },
    async models({ signal }) {
      const { client, failures } = await opened()
      return readModels(await askSdk(() => client.get('/v1/models', { query: { limit: 1_000 }, signal }), { model: '*', failures, signal }), failures)
    },
    close: async () => (await opening?.catch(() => undefined))?.http.close(),
  }
}

async function open(env: Environment): Promise<Opened> {
  const endpoint = resolveEndpoint(anthropicVariables, env)
  const [{ Anthropic }, { transformJSONSchema }, { openHttp }, { createSdkFetch }] = await Promise.all([
    import('@anthropic-ai/sdk'),
    import('@anthropic-ai/sdk/lib/transform-json-schema'),
    import('./http.ts'),
    import('./sdkFetch.ts'),
  ])
  const http = openHttp(endpoint.origin)
  // Whatever is left out, the SDK would read from the environment of this process instead of `env`.
  const client = new Anthropic({
    apiKey: endpoint.key,
    webhookKey: null,
    baseURL: endpoint.baseUrl,
    fetch: createSdkFetch(http, endpoint.origin),
    maxRetries: 0,
    timeout: noDeadline,
    logLevel: 'off',
  })
  return { client, http, failures: createFailures(endpoint), transformSchema: transformJSONSchema }
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

function readMessage(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  if (!isRecord(reply)) throw failures.ofShape(typeof reply === 'string' ? reply || 'an empty body' : 'not a JSON object')
  const { content } = reply
  if (!Array.isArray(content)) throw failures.ofShape('it has no content')
  const text = content
    .filter(isRecord)
    .flatMap((block) => (block['type'] === 'text' && typeof block['text'] === 'string' ? [block['text']] : []))
    .join('')
  const usage = readUsage(reply['usage'], query, text)
  if (reply['stop_reason'] === 'refusal') {
    const details = reply['stop_details']
    throw failures.refused(query.model, isRecord(details) && typeof details['explanation'] === 'string' ? details['explanation'] : '', usage)
  }
  return { text, usage, finishReason: readStop(reply['stop_reason']) }
}

function readStop(reason: unknown): FinishReason {
  switch (reason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop'
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    default:
      return 'other'
  }
}

/** `input_tokens` leaves out what was written to the prompt cache or read from it; all three are billed. Thinking is in `output_tokens`. */
function readUsage(usage: unknown, query: ProviderQuery, text: string): ProviderAnswer['usage'] {
  const stated = isRecord(usage) ? usage : {}
  const input = readTokens(stated['input_tokens'])
  const cached = (readTokens(stated['cache_creation_input_tokens']) ?? 0) + (readTokens(stated['cache_read_input_tokens']) ?? 0)
  return {
    inputTokens: input === undefined ? estimateTokens((query.system ?? '') + query.prompt) : input + cached,
    outputTokens: readTokens(stated['output_tokens']) ?? estimateTokens(text),
  }
}
