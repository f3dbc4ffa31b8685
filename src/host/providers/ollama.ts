/** Environment variables in; a provider for Ollama's native chat API out. */
import type { ErrorDetails } from '../../errors.ts'
import type { FinishReason, ModelInfo, Provider, ProviderAnswer, ProviderQuery } from '../../types.ts'
import { createApi } from './api.ts'
import { resolveEndpoint, type Environment } from './endpoint.ts'
import type { Failures } from './failures.ts'
import { isRecord } from './record.ts'
import { createNdjsonDecoder } from './sse.ts'
import { readStreamedAnswer, type AnswerReader } from './streamedAnswer.ts'
import { estimateTokens, readTokens } from './tokens.ts'
import { ollamaVariables } from './variables.ts'
import { withUsage } from './withUsage.ts'

const route = '/api/chat'

export function createOllama(env: Environment): Provider {
  const { ask, stream, get, prepare, close } = createApi(() => resolveEndpoint(ollamaVariables, env))

  return {
    name: 'ollama',
    pricing: 'free',
    prepare,
    query: (query, { signal }) =>
      ask(route, createRequest(query, false), { model: query.model, signal, read: (reply, failures) => readReply(reply, query, failures) }),
    stream: (query, { signal }) =>
      readStreamedAnswer(() =>
        stream(route, createRequest(query, true), {
          model: query.model,
          signal,
          createReader: (failures) => createReader(query, failures),
          decoder: createNdjsonDecoder(),
        }),
      ),
    models: ({ signal }) => get('/api/tags', { signal, read: readModels }),
    close,
  }
}

function readModels(reply: unknown, failures: Failures): readonly ModelInfo[] {
  const models = isRecord(reply) ? reply['models'] : undefined
  if (!Array.isArray(models)) throw failures.ofShape('it has no list of models')
  return models.filter(isRecord).flatMap(({ name }) => (typeof name === 'string' ? [{ id: name }] : []))
}

/** https://github.com/ollama/ollama/blob/main/docs/api.md, "Generate a chat completion": the schema is the `format`. */
function createRequest({ model, prompt, system, maxTokens, temperature, stop, schema }: ProviderQuery, stream: boolean): object {
  const options = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { num_predict: maxTokens }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
  }
  return {
    model,
    messages: [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content: prompt }],
    stream,
    ...(schema === undefined ? {} : { format: schema }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  }
}

function readReply(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  try {
    return readAnswer(reply, query, failures)
  } catch (error) {
    throw isRecord(reply) ? withUsage(error, readStatedUsage(reply)) : error
  }
}

/** What is stated, without an estimate; undefined where nothing is. */
function readStatedUsage(reply: Record<string, unknown>): ErrorDetails['usage'] {
  const inputTokens = readTokens(reply['prompt_eval_count'])
  const outputTokens = readTokens(reply['eval_count'])
  return inputTokens === undefined && outputTokens === undefined ? undefined : { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 }
}

function readAnswer(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  if (!isRecord(reply)) throw failures.ofShape('not a JSON object')
  if (typeof reply['error'] === 'string') throw failures.ofCarried(reply, query.model)
  const message = reply['message']
  if (!isRecord(message) || typeof message['content'] !== 'string') throw failures.ofShape('it has no message with content')
  if (reply['done'] === false) throw failures.ofShape('it is not done')
  const text = message['content']
  return {
    text,
    usage: {
      // Ollama leaves the count out where it had the prompt in its cache.
      inputTokens: readTokens(reply['prompt_eval_count']) ?? estimateTokens((query.system ?? '') + query.prompt),
      outputTokens: readTokens(reply['eval_count']) ?? estimateTokens(text),
    },
    finishReason: readFinish(reply['done_reason']),
  }
}

/** Each line is a reply of its own with the next piece; the last one is done, and says the usage of all. */
function createReader(query: ProviderQuery, failures: Failures): AnswerReader {
  let text = ''
  let last: Record<string, unknown> | undefined

  function read(data: string): string {
    let line: unknown
    try {
      line = JSON.parse(data)
    } catch {
      throw failures.ofShape(`a line that is no JSON: ${data.slice(0, 100)}`)
    }
    if (!isRecord(line)) throw failures.ofShape('a line that is no JSON object')
    if (line['error'] !== undefined) throw failures.ofCarried(line, query.model)
    if (line['done'] === true) last = line
    const message = line['message']
    const content = isRecord(message) ? message['content'] : undefined
    if (content !== undefined && typeof content !== 'string') throw failures.ofShape('a line whose content is no text')
    text += content ?? ''
    return content ?? ''
  }

  return {
    read: ({ data }) => read(data),
    readWhole: (reply) => readReply(reply, query, failures),
    get isWhole() {
      return last !== undefined
    },
    get isOver() {
      return last !== undefined
    },
    get usage() {
      return last === undefined ? undefined : readStatedUsage(last)
    },
    finish: () => readReply({ ...last, message: { content: text } }, query, failures),
  }
}

function readFinish(reason: unknown): FinishReason {
  if (reason === undefined || reason === null || reason === 'stop') return 'stop'
  return reason === 'length' ? 'length' : 'other'
}
