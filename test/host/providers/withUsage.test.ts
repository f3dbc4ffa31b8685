import { describe, expect, test } from 'vitest'
import { ask, everyServer, failureOf, serve } from './everyServer.ts'

const stated = { openai: { prompt_tokens: 70, completion_tokens: 9 }, anthropic: { input_tokens: 60, cache_read_input_tokens: 10, output_tokens: 9 } }
const counts = { inputTokens: 70, outputTokens: 9 }
const served = (name: string) => everyServer.find((one) => one.name === name)!

async function streamed(name: string, events: readonly object[], more = ''): Promise<unknown> {
  const lines = name === 'ollama' ? events.map((event) => `${JSON.stringify(event)}\n`) : events.map((event) => `data: ${JSON.stringify(event)}\n\n`)
  const type = name === 'ollama' ? 'application/x-ndjson' : 'text/event-stream'
  await using open = await serve(served(name), () => ({ chunks: [...lines, more].filter((chunk) => chunk !== ''), headers: { 'content-type': type } }))
  return await failureOf(
    (async () => {
      for await (const _ of open.provider.stream!({ model: 'm', prompt: 'p' }, { signal: new AbortController().signal })) continue
    })(),
  )
}

describe('an attempt that fails counts with the tokens that its reply states', () => {
  test.each([
    ['openai', 'no content', { choices: [{ message: { content: null }, finish_reason: 'tool_calls' }], usage: stated.openai }, counts],
    ['compatible', 'no content', { choices: [{ message: { content: null }, finish_reason: 'stop' }], usage: stated.openai }, counts],
    ['compatible', 'no choices', { choices: [], usage: stated.openai }, counts],
    ['compatible', 'an error', { error: { message: 'upstream died', code: 502 }, usage: stated.openai }, counts],
    ['compatible', 'an error in its choice', { choices: [{ error: { message: 'x' } }], usage: stated.openai }, counts],
    ['compatible', 'a part of its usage', { choices: [], usage: { completion_tokens: 3 } }, { inputTokens: 0, outputTokens: 3 }],
    ['compatible', 'no usage', { choices: [] }, undefined],
    ['compatible', 'a usage that is none', { choices: [], usage: { prompt_tokens: 'many' } }, undefined],
    ['anthropic', 'no content', { usage: stated.anthropic }, counts],
    ['ollama', 'no message', { done: true, prompt_eval_count: 70, eval_count: 9 }, counts],
    ['ollama', 'an error', { error: 'out of memory', prompt_eval_count: 70, eval_count: 9 }, counts],
  ])('of %s with %s', async (name, _, body, usage) => {
    await using open = await serve(served(name), () => ({ status: 200, body }))
    const error = await failureOf(ask(open.provider))
    expect(error.code).toBe('PROVIDER')
    expect(error.usage).toEqual(usage)
  })

  test.each([
    ['openai', 'is cut after its usage', [{ choices: [{ delta: { content: 'x' } }] }, { choices: [], usage: stated.openai }], ''],
    ['compatible', 'is cut after its usage', [{ choices: [{ delta: { content: 'x' } }] }, { choices: [], usage: stated.openai }], ''],
    ['compatible', 'carries an error', [{ error: { message: 'died' }, usage: stated.openai }], ''],
    ['compatible', 'has no choice', [{ choices: [], usage: stated.openai }], 'data: [DONE]\n\n'],
    ['anthropic', 'is cut after its total', [{ type: 'message_start', message: { usage: { ...stated.anthropic, output_tokens: 1 } } }, { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 9 } }], ''],
    ['ollama', 'ends with what is no text', [{ done: true, message: { content: 7 }, prompt_eval_count: 70, eval_count: 9 }], ''],
  ])('of a stream of %s that %s', async (name, _, events, more) => {
    expect(await streamed(name, events, more)).toMatchObject({ code: 'PROVIDER', usage: counts })
  })

  test('but not with what a stream states at its start, before it has a total', async () => {
    const start = { type: 'message_start', message: { usage: { ...stated.anthropic, output_tokens: 1 } } }
    expect(await streamed('anthropic', [start])).toMatchObject({ code: 'PROVIDER', usage: undefined })
  })
})
