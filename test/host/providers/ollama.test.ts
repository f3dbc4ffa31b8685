import { expect, test } from 'vitest'
import { createOllama } from '../../../src/host/providers/ollama.ts'
import { openOllamaServer } from '../../servers/ollama.ts'
import { ask, everyServer, failureOf, serve } from './everyServer.ts'

const ollama = everyServer.find(({ name }) => name === 'ollama')!

test('a question goes to the native chat route, with its options in the words of Ollama', async () => {
  await using open = await serve(ollama)
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  await ask(open.provider, { system: 'Be brief.', schema, temperature: 0.5, maxTokens: 9, stop: ['END'] })
  expect(open.server.requests[0]).toMatchObject({ path: '/api/chat' })
  expect(open.server.requests[0]!.body).toEqual({
    model: 'model-a',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ],
    stream: false,
    format: schema,
    options: { temperature: 0.5, num_predict: 9, stop: ['END'] },
  })
})

test.each([
  ['stop', 'stop'],
  ['length', 'length'],
  ['load', 'other'],
])('done_reason %s is %s', async (finish, finishReason) => {
  await using open = await serve(ollama, () => ({ answer: 'x', finish }))
  await expect(ask(open.provider)).resolves.toMatchObject({ finishReason })
})

test('a prompt that Ollama had in its cache, and does not count, is estimated', async () => {
  await using open = await serve(ollama, () => ({ answer: 'x', usage: { eval_count: 3 } }))
  await expect(ask(open.provider, { prompt: 'x'.repeat(100) })).resolves.toMatchObject({ usage: { inputTokens: 25, outputTokens: 3 } })
})

test('a model that is not pulled is CONFIG with the words of Ollama', async () => {
  await using open = await serve(ollama, () => ({ status: 404, body: { error: 'model "x" not found, try pulling it first' } }))
  const error = await failureOf(ask(open.provider, { model: 'x' }))
  expect(error).toMatchObject({ code: 'CONFIG', retryable: false })
  expect(error.message).toContain('try pulling it first')
})

test('a reply that is only a piece of the answer is no answer', async () => {
  await using open = await serve(ollama, () => ({ status: 200, body: { message: { role: 'assistant', content: 'The' }, done: false } }))
  expect(await failureOf(ask(open.provider))).toMatchObject({ code: 'PROVIDER', retryable: true })
})

test('OLLAMA_HOST may be a host and port without a scheme', async () => {
  await using server = await openOllamaServer()
  const provider = createOllama({ OLLAMA_HOST: server.url.replace('http://127.0.0.1', '') })
  await expect(ask(provider)).resolves.toMatchObject({ text: 'hello' })
  await provider.close!()
})
