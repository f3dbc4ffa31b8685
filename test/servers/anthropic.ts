/** A reaction per request in; a server that speaks Anthropic's messages API, version 2026-10-21, out. */
import { openModelServer, type Dialect, type ModelServer, type React } from './modelServer.ts'

const dialect: Dialect = {
  promptOf(body) {
    const { model, messages } = body as { model?: string; messages?: readonly { role: string; content: string }[] }
    return { model: model ?? '', prompt: messages?.findLast((message) => message.role === 'user')?.content ?? '' }
  },
  answer: (model, text, { finish = 'end_turn', refusal, usage }) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    diagnostics: null,
    content: refusal === undefined ? [{ type: 'text', text, citations: null }] : [],
    stop_reason: refusal === undefined ? finish : 'refusal',
    stop_sequence: null,
    stop_details: refusal === undefined ? null : { type: 'refusal', category: 'cyber', explanation: refusal },
    ...(usage === null
      ? {}
      : { usage: usage ?? { input_tokens: 7, output_tokens: 5, cache_creation_input_tokens: null, cache_read_input_tokens: null, output_tokens_details: null } }),
  }),
  stream: (model, pieces, { finish = 'end_turn', refusal, usage }) => {
    const event = (type: string, more: object = {}): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
    const start = usage === null ? {} : { usage: { input_tokens: 7, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 } }
    return {
      type: 'text/event-stream; charset=utf-8',
      events: [
        event('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, ...start } }),
        event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
        event('ping'),
        ...pieces.map((text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
      ],
      end: [
        event('content_block_stop', { index: 0 }),
        event('message_delta', {
          delta: {
            stop_reason: refusal === undefined ? finish : 'refusal',
            stop_sequence: null,
            stop_details: refusal === undefined ? null : { type: 'refusal', category: 'cyber', explanation: refusal },
          },
          ...(usage === null ? {} : { usage: usage ?? { input_tokens: null, output_tokens: 5 } }),
        }),
        event('message_stop'),
      ],
      carry: (error) => `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`,
    }
  },
  models: (path, ids) =>
    path.startsWith('/v1/models')
      ? {
          data: ids.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-10-21T00:00:00Z' })),
          has_more: false,
          first_id: ids[0] ?? null,
          last_id: ids.at(-1) ?? null,
        }
      : undefined,
}

/** The body of one of the API's errors. */
export function anthropicError(type: string, message: string, details?: object): object {
  return { type: 'error', error: { type, message, ...(details === undefined ? {} : { details }) }, request_id: 'req_1' }
}

export function openAnthropicServer(react?: React, models?: readonly string[]): Promise<ModelServer> {
  return openModelServer(dialect, react, models)
}
