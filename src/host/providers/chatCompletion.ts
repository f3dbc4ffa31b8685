/** A question in, a chat completion's request out; its parsed reply in, the answer out. OpenAI's wire format, which many servers speak. */
import type { ErrorDetails } from '../../errors.ts'
import type { FinishReason, ModelInfo, ProviderAnswer, ProviderQuery } from '../../types.ts'
import { readErrorBody } from './errorBody.ts'
import type { Failures } from './failures.ts'
import { isRecord } from './record.ts'
import { createResponseFormat, type ResponseFormat } from './responseFormat.ts'
import { estimateTokens, readTokens } from './tokens.ts'
import { withUsage } from './withUsage.ts'

export interface ChatCompletionRequest {
  readonly model: string
  readonly messages: ({ readonly role: 'system'; readonly content: string } | { readonly role: 'user'; readonly content: string })[]
  readonly temperature?: number
  readonly stop?: string[]
  readonly response_format?: ResponseFormat
}

/** All but the bound on tokens, whose name differs between OpenAI (`max_completion_tokens`) and the others (`max_tokens`). */
export function createChatCompletionRequest(query: ProviderQuery): ChatCompletionRequest {
  const { model, prompt, system, temperature, stop, schema } = query
  return {
    model,
    messages: [...(system === undefined ? [] : [{ role: 'system' as const, content: system }]), { role: 'user', content: prompt }],
    ...(temperature === undefined ? {} : { temperature }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop: [...stop] }),
    ...(schema === undefined ? {} : { response_format: createResponseFormat(schema) }),
  }
}

/**
 * Throws REFUSED where the model refused or a filter cut it off, the error the reply carries where it carries one (gateways answer 200 to what failed
 * behind them), and PROVIDER, retryable, where it is no chat completion; each with the usage that is stated. Usage that is missing in an answer is estimated.
 */
export function readChatCompletion(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  try {
    return readAnswer(reply, query, failures)
  } catch (error) {
    throw isRecord(reply) ? withUsage(error, readStatedUsage(reply['usage'])) : error
  }
}

function readAnswer(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  if (!isRecord(reply)) throw failures.ofShape(typeof reply === 'string' ? readErrorBody(reply).message || 'an empty body' : 'not a JSON object')
  throwCarried(reply, query, failures)
  const choice = Array.isArray(reply['choices']) ? (reply['choices'] as readonly unknown[])[0] : undefined
  if (!isRecord(choice)) throw failures.ofShape('it has no choices')
  throwCarried(choice, query, failures)
  const message = choice['message']
  if (!isRecord(message)) throw failures.ofShape('its first choice has no message')

  const finish = choice['finish_reason']
  const text = readText(message['content'])
  const usage = readUsage(reply['usage'], query, text ?? '')
  if (typeof message['refusal'] === 'string' && message['refusal'] !== '') throw failures.refused(query.model, message['refusal'], usage)
  if (finish === 'content_filter') throw failures.refused(query.model, "the provider's content filter ended the answer", usage)
  const finishReason = readFinish(finish)
  // A model may use up all its tokens on reasoning: then there is no content, and that is its answer.
  if (text === undefined && finishReason !== 'length') throw failures.ofShape('its message has no content')
  return { text: text ?? '', usage, finishReason }
}

/** The models a `/models` route lists. */
export function readModels(reply: unknown, failures: Failures): readonly ModelInfo[] {
  const data = isRecord(reply) ? reply['data'] : undefined
  if (!Array.isArray(data)) throw failures.ofShape('it has no list of models')
  return data.filter(isRecord).flatMap(({ id }) => (typeof id === 'string' ? [{ id }] : []))
}

/** Throws the error that a reply, or a part of one, carries where it carries one. */
export function throwCarried(part: Record<string, unknown>, query: ProviderQuery, failures: Failures): void {
  if (part['error'] !== undefined && part['error'] !== null) throw failures.ofCarried(part, query.model)
}

/** A string, or the texts of a list of parts; undefined where there is none. */
export function readText(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = content.filter(isRecord).flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
  return texts.length === 0 ? undefined : texts.join('')
}

function readFinish(finish: unknown): FinishReason {
  if (finish === undefined || finish === null) return 'stop'
  switch (String(finish).toLowerCase()) {
    case 'stop':
    case 'eos':
    case 'eos_token':
    case 'stop_sequence':
      return 'stop'
    case 'length':
    case 'max_tokens':
      return 'length'
    default:
      return 'other'
  }
}

/** What is stated, without an estimate; undefined where nothing is. */
export function readStatedUsage(usage: unknown): ErrorDetails['usage'] {
  if (!isRecord(usage)) return undefined
  if (readTokens(usage['prompt_tokens']) === undefined && readTokens(usage['completion_tokens']) === undefined) return undefined
  const { inputTokens, outputTokens } = readUsage(usage, null, '')
  return { inputTokens, outputTokens }
}

/** Cached input and reasoning are in OpenAI's counts; servers that leave reasoning out of `completion_tokens` have it in `total_tokens`. Without a query nothing is estimated. */
function readUsage(usage: unknown, query: ProviderQuery | null, text: string): ProviderAnswer['usage'] {
  const stated = isRecord(usage) ? usage : {}
  const inputTokens = readTokens(stated['prompt_tokens']) ?? (query === null ? 0 : estimateTokens((query.system ?? '') + query.prompt))
  const outputTokens = readTokens(stated['completion_tokens']) ?? estimateTokens(text)
  const total = readTokens(stated['prompt_tokens']) === undefined ? 0 : (readTokens(stated['total_tokens']) ?? 0)
  const { cost } = stated
  return {
    inputTokens,
    outputTokens: Math.max(outputTokens, total - inputTokens),
    ...(typeof cost === 'number' && Number.isFinite(cost) && cost >= 0 ? { usd: cost } : {}),
  }
}
