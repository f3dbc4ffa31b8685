/** A reaction per request in; a server that speaks Ollama's native chat API out. */
import { openModelServer, type Dialect, type ModelServer, type React } from './modelServer.ts'

const dialect: Dialect = {
  promptOf(body) {
    const { model, messages } = body as { model?: string; messages?: readonly { role: string; content: string }[] }
    return { model: model ?? '', prompt: messages?.findLast((message) => message.role === 'user')?.content ?? '' }
  },
  answer: (model, text, { finish = 'stop', usage }) => ({
    model,
    created_at: '2026-11-21T08:00:00.000000Z',
    message: { role: 'assistant', content: text },
    done: true,
    done_reason: finish,
    total_duration: 2_254_970_291,
    load_duration: 574_751_416,
    ...(usage === null ? {} : (usage ?? { prompt_eval_count: 7, prompt_eval_duration: 1, eval_count: 5, eval_duration: 1 })),
  }),
  stream: (model, pieces, { finish = 'stop', usage }) => {
    const line = (content: string, more: object = { done: false }): string =>
      `${JSON.stringify({ model, created_at: '2026-11-21T08:00:00.000000Z', message: { role: 'assistant', content }, ...more })}\n`
    return {
      type: 'application/x-ndjson',
      events: pieces.map((content) => line(content)),
      end: [line('', { done: true, done_reason: finish, ...(usage === null ? {} : (usage ?? { prompt_eval_count: 7, eval_count: 5 })) })],
      carry: (error) => `${JSON.stringify({ error: (error as { message?: string }).message })}\n`,
    }
  },
  models: (path, ids) =>
    path === '/api/tags'
      ? {
          models: ids.map((id) => ({
            name: id,
            model: id,
            modified_at: '2026-11-21T08:00:00Z',
            size: 1,
            digest: 'd',
            details: { family: id.includes('bert') ? 'bert' : 'llama' },
          })),
        }
      : undefined,
}

export function openOllamaServer(react?: React, models?: readonly string[]): Promise<ModelServer> {
  return openModelServer(dialect, react, models)
}
