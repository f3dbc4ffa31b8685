/** Environment variables in; a provider for Ollama's native chat API out. */
import type { FinishReason, Provider, ProviderAnswer, ProviderQuery } from '../../types.ts'
import { createApi, type Api } from './api.ts'
import { resolveEndpoint, type Environment } from './endpoint.ts'
import type { Failures } from './failures.ts'
import { isRecord } from './record.ts'
import { estimateTokens, readTokens } from './tokens.ts'
import { ollamaVariables } from './variables.ts'

export function createOllama(env: Environment): Provider {
  let opened: Api | undefined
  const open = (): Api => (opened ??= createApi(resolveEndpoint(ollamaVariables, env)))

  return {
    name: 'ollama',
    pricing: 'free',
    prepare: async () => open().prepare(),
    async query(query, { signal }) {
      const { post, failures } = open()
      return readReply(await post('/api/chat', createRequest(query), { model: query.model, signal }), query, failures)
    },
    async models({ signal }) {
      const { get, failures } = open()
      const reply = await get('/api/tags', { signal })
      const models = isRecord(reply) ? reply['models'] : undefined
      if (!Array.isArray(models)) throw failures.ofShape('it has no list of models')
      return models.filter(isRecord).flatMap(({ name }) => (typeof name === 'string' ? [{ id: name }] : []))
    },
    close: async () => opened?.close(),
  }
}

/** https://github.com/ollama/ollama/blob/main/docs/api.md, "Generate a chat completion": the schema is the `format`. */
function createRequest({ model, prompt, system, maxTokens, temperature, stop, schema }: ProviderQuery): object {
  const options = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { num_predict: maxTokens }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
  }
  return {
    model,
    messages: [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content: prompt }],
    stream: false,
    ...(schema === undefined ? {} : { format: schema }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  }
}

function readReply(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  if (!isRecord(reply)) throw failures.ofShape('not a JSON object')
  if (typeof reply['error'] === 'string') throw failures.ofShape(`an error: ${reply['error']}`)
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

function readFinish(reason: unknown): FinishReason {
  if (reason === undefined || reason === null || reason === 'stop') return 'stop'
  return reason === 'length' ? 'length' : 'other'
}
