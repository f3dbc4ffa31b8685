import { afterEach, describe, expect, test, vi } from 'vitest'
import { anthropicError } from '../../servers/anthropic.ts'
import { ask, everyServer, failureOf, serve, testKey } from './everyServer.ts'

const anthropic = everyServer.find(({ name }) => name === 'anthropic')!

afterEach(() => vi.restoreAllMocks())

describe('what is sent', () => {
  test('a question goes to the messages API in the version of the SDK, with the key as a bearer token', async () => {
    await using open = await serve(anthropic)
    await ask(open.provider, { system: 'Be brief.', stop: ['END'] })
    const { path, headers, body } = open.server.requests[0]!
    expect(path).toBe('/v1/messages')
    expect(headers).toMatchObject({ authorization: `Bearer ${testKey}`, 'anthropic-version': '2026-10-21' })
    expect(body).toEqual({ model: 'model-a', max_tokens: 8_192, messages: [{ role: 'user', content: 'hello' }], system: 'Be brief.', stop_sequences: ['END'] })
  })

  test('a temperature is sent in the version of the API that has one', async () => {
    await using open = await serve(anthropic)
    await ask(open.provider, { temperature: 0 })
    const { headers, body } = open.server.requests[0]!
    expect(headers['anthropic-version']).toBe('2023-06-01')
    expect(body).toMatchObject({ temperature: 0 })
  })

  test('a schema is the format of the output, with what the API does not take moved into descriptions', async () => {
    await using open = await serve(anthropic, () => '{"a":1}')
    await ask(open.provider, { schema: { type: 'object', properties: { a: { type: 'integer', minimum: 1 } }, required: ['a'] } })
    expect(open.server.requests[0]!.body).toMatchObject({
      output_config: {
        format: {
          type: 'json_schema',
          schema: { type: 'object', properties: { a: { type: 'integer', description: '{minimum: 1}' } }, required: ['a'], additionalProperties: false },
        },
      },
    })
  })

  test('a schema that the SDK cannot read is left to the API', async () => {
    await using open = await serve(anthropic, () => '{}')
    await ask(open.provider, { schema: { description: 'anything' } })
    expect(open.server.requests[0]!.body).toMatchObject({ output_config: { format: { schema: { description: 'anything' } } } })
  })

  test('more tokens than the SDK would ask for without a stream, and a model near its end, print nothing and are asked', async () => {
    const warned = vi.spyOn(console, 'warn')
    await using open = await serve(anthropic)
    await ask(open.provider, { maxTokens: 100_000, model: 'claude-sonnet-4-5' })
    expect(open.server.requests[0]!.body).toMatchObject({ max_tokens: 100_000 })
    expect(warned).not.toHaveBeenCalled()
  })
})

describe('what is answered', () => {
  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'other'],
    ['pause_turn', 'other'],
  ])('stop_reason %s is %s', async (finish, finishReason) => {
    await using open = await serve(anthropic, () => ({ answer: 'x', finish }))
    await expect(ask(open.provider)).resolves.toMatchObject({ finishReason })
  })

  test('blocks of text are one answer, and thinking is none of it', async () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'text', text: 'one, ' },
      { type: 'text', text: 'two' },
      null,
      { type: 'text', text: 7 },
    ]
    await using open = await serve(anthropic, () => ({
      status: 200,
      body: { type: 'message', content, stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 2 } },
    }))
    await expect(ask(open.provider)).resolves.toMatchObject({ text: 'one, two' })
  })

  test('what is written to the cache and read from it counts as input', async () => {
    const usage = { input_tokens: 10, output_tokens: 20, cache_creation_input_tokens: 300, cache_read_input_tokens: 4_000 }
    await using open = await serve(anthropic, () => ({ answer: 'x', usage }))
    await expect(ask(open.provider)).resolves.toMatchObject({ usage: { inputTokens: 4_310, outputTokens: 20 } })
  })

  test('a refusal is REFUSED with its explanation and its usage', async () => {
    await using open = await serve(anthropic, () => ({ answer: '', refusal: 'This could enable harm.' }))
    const error = await failureOf(ask(open.provider))
    expect(error).toMatchObject({ code: 'REFUSED', retryable: false, usage: { inputTokens: 7, outputTokens: 5 } })
    expect(error.message).toContain('This could enable harm.')
  })
})

describe('what fails', () => {
  test.each([
    [401, 'authentication_error', 'invalid x-api-key', 'AUTH', false],
    [403, 'permission_error', 'no permission', 'AUTH', false],
    [404, 'not_found_error', 'model: claude-x', 'CONFIG', false],
    [400, 'invalid_request_error', 'messages: field required', 'PROVIDER', false],
    [429, 'rate_limit_error', 'too many', 'RATE_LIMITED', true],
    [500, 'api_error', 'oops', 'PROVIDER', true],
    [504, 'timeout_error', 'Request timed out', 'PROVIDER', true],
    [529, 'overloaded_error', 'Overloaded', 'PROVIDER', true],
  ])('%i %s is %s', async (status, type, message, code, retryable) => {
    await using open = await serve(anthropic, () => ({ status, body: anthropicError(type, message) }))
    const error = await failureOf(ask(open.provider))
    expect(error).toMatchObject({ code, retryable, status })
    expect(error.message).toContain(message)
  })

  test.each([
    [
      'a credit balance that is too low',
      400,
      anthropicError('invalid_request_error', 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.'),
    ],
    [
      'a limit that the account has set itself',
      400,
      anthropicError('invalid_request_error', 'You have reached your specified API usage limits. You will regain access on 2026-12-01.'),
    ],
    ['a billing problem', 402, anthropicError('billing_error', 'Check your payment details.')],
    ['a spend limit', 429, anthropicError('rate_limit_error', 'Spend limit reached.', { error_code: 'enforced_spend_limit_reached' })],
  ])('%s is RATE_LIMITED, not retried, and says that it is the quota', async (_, status, body) => {
    await using open = await serve(anthropic, () => ({ status, body }))
    const error = await failureOf(ask(open.provider))
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: false, status })
    expect(error.message).toContain('quota or credit')
  })
})
