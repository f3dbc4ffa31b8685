/** A reaction per request in; a server that speaks OpenAI's chat completions, as LM Studio and compatible servers do, too, out. */
import { openModelServer, type Dialect, type ModelServer, type React } from './modelServer.ts'

const dialect: Dialect = {
  promptOf(body) {
    const { model, messages } = body as { model?: string; messages?: readonly { role: string; content: string }[] }
    return { model: model ?? '', prompt: messages?.findLast((message) => message.role === 'user')?.content ?? '' }
  },
  answer: (model, text, { finish = 'stop', refusal, usage }) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: refusal === undefined ? text : null, refusal: refusal ?? null, annotations: [] },
        logprobs: null,
        finish_reason: finish,
      },
    ],
    ...(usage === null ? {} : { usage: usage ?? { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } }),
  }),
  stream: (model, pieces, { finish = 'stop', refusal, usage }) => {
    const event = (choices: readonly object[], more: object = {}): string =>
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model, choices, ...more })}\n\n`
    const delta = (delta: object, finish_reason: string | null = null): string => event([{ index: 0, delta, logprobs: null, finish_reason }], { usage: null })
    return {
      type: 'text/event-stream; charset=utf-8',
      events: [delta({ role: 'assistant', content: '', refusal: null }), ...pieces.map((content) => delta({ content }))],
      end: [
        ...(refusal === undefined ? [] : [delta({ refusal })]),
        delta({}, finish),
        ...(usage === null ? [] : [event([], { usage: usage ?? { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } })]),
        'data: [DONE]\n\n',
      ],
      carry: (error) => `data: ${JSON.stringify({ error })}\n\n`,
    }
  },
  models: (path, ids) =>
    path.endsWith('/models') ? { object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'tests' })) } : undefined,
}

export function openOpenAiServer(react?: React, models?: readonly string[]): Promise<ModelServer> {
  return openModelServer(dialect, react, models)
}
