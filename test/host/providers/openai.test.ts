import { afterEach, describe, expect, test, vi } from 'vitest'
import { createOpenai } from '../../../src/host/providers/openai.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { ask, everyServer, failureOf, serve, testKey } from './everyServer.ts'

const openai = everyServer.find(({ name }) => name === 'openai')!

interface Sent {
  readonly max_completion_tokens?: number
  readonly temperature?: number
  readonly response_format?: { readonly json_schema: { readonly strict: boolean; readonly schema: unknown } }
}

afterEach(() => vi.unstubAllEnvs())

describe('what is sent', () => {
  test('a question goes to chat completions, with the key as a bearer token', async () => {
    await using open = await serve(openai)
    await ask(open.provider, { temperature: 0, maxTokens: 5 })
    const [{ path, headers, body }] = open.server.requests as [(typeof open.server.requests)[number]]
    expect(path).toBe('/v1/chat/completions')
    expect(headers.authorization).toBe(`Bearer ${testKey}`)
    expect(body).toMatchObject({ temperature: 0, max_completion_tokens: 5 })
    expect(body).not.toHaveProperty('max_tokens')
  })

  test('organisation and project come from the environment that was given, not from that of the process', async () => {
    vi.stubEnv('OPENAI_ORG_ID', 'org-of-process')
    vi.stubEnv('OPENAI_API_KEY', 'key-of-process')
    await using server = await openOpenAiServer()
    const provider = createOpenai({ OPENAI_API_KEY: testKey, OPENAI_BASE_URL: server.url, OPENAI_PROJECT_ID: 'proj-1' })
    await ask(provider)
    const { headers } = server.requests[0]!
    expect(headers['openai-organization']).toBeUndefined()
    expect(headers['openai-project']).toBe('proj-1')
    expect(headers.authorization).toBe(`Bearer ${testKey}`)
    await provider.close!()
    expect(await failureOf(ask(createOpenai({})))).toMatchObject({ code: 'AUTH' })
  })

  test('a schema is strict only where it keeps to the subset that the API compiles', async () => {
    await using open = await serve(openai, () => '{}')
    const strict = { type: 'object', properties: { a: { type: ['string', 'null'] } }, required: ['a'], additionalProperties: false }
    const loose = { type: 'object', properties: { a: { type: 'string' } } }
    for (const schema of [strict, loose]) await ask(open.provider, { schema })
    const formats = open.server.requests.map(({ body }) => (body as Sent).response_format!.json_schema)
    expect(formats.map(({ strict }) => strict)).toEqual([true, false])
    expect(formats.map(({ schema }) => schema)).toEqual([strict, loose])
  })

  test('a schema that is not of an object is asked for inside of one, and the answer is taken out of it', async () => {
    await using open = await serve(openai, () => '{"value":["a","b"]}')
    const { text } = await ask(open.provider, { schema: { type: 'array', items: { type: 'string' } } })
    expect(text).toBe('["a","b"]')
    expect((open.server.requests[0]!.body as Sent).response_format!.json_schema).toMatchObject({
      strict: true,
      schema: { type: 'object', properties: { value: { type: 'array', items: { type: 'string' } } }, required: ['value'] },
    })
  })
})

describe('what is answered', () => {
  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'other'],
  ])('finish_reason %s is %s', async (finish, finishReason) => {
    await using open = await serve(openai, () => ({ answer: 'x', finish }))
    await expect(ask(open.provider)).resolves.toMatchObject({ finishReason })
  })

  test('a refusal of the model is REFUSED with its words and its usage', async () => {
    await using open = await serve(openai, () => ({ answer: '', refusal: 'I cannot help with that.' }))
    const error = await failureOf(ask(open.provider))
    expect(error).toMatchObject({ code: 'REFUSED', retryable: false, usage: { inputTokens: 7, outputTokens: 5 } })
    expect(error.message).toContain('I cannot help with that.')
  })

  test('an answer that the content filter cut off is REFUSED with its usage', async () => {
    await using open = await serve(openai, () => ({ answer: 'half', finish: 'content_filter' }))
    expect(await failureOf(ask(open.provider))).toMatchObject({ code: 'REFUSED', retryable: false, usage: { inputTokens: 7, outputTokens: 5 } })
  })

  test('a question that the content policy does not allow is REFUSED', async () => {
    await using open = await serve(openai, () => ({ status: 400, body: { error: { code: 'content_policy_violation', message: 'Not allowed.' } } }))
    expect(await failureOf(ask(open.provider))).toMatchObject({ code: 'REFUSED', retryable: false, status: 400 })
  })

  test('a model that used all its tokens on reasoning answers with nothing, cut off', async () => {
    const body = { choices: [{ message: { role: 'assistant', content: null }, finish_reason: 'length' }], usage: { prompt_tokens: 3, completion_tokens: 100 } }
    await using open = await serve(openai, () => ({ status: 200, body }))
    await expect(ask(open.provider)).resolves.toEqual({ text: '', usage: { inputTokens: 3, outputTokens: 100 }, finishReason: 'length' })
  })

  test('cached input and reasoning are counted as they are billed', async () => {
    const usage = {
      prompt_tokens: 1_000,
      completion_tokens: 300,
      total_tokens: 1_300,
      prompt_tokens_details: { cached_tokens: 900 },
      completion_tokens_details: { reasoning_tokens: 250 },
    }
    await using open = await serve(openai, () => ({ answer: 'x', usage }))
    await expect(ask(open.provider)).resolves.toMatchObject({ usage: { inputTokens: 1_000, outputTokens: 300 } })
  })

  test('no choices, or one without a message, are no answer', async () => {
    const replies = [{ choices: [] }, { choices: [{}] }, { choices: [{ message: null }] }, { choices: 'none' }]
    await using open = await serve(openai, (_, index) => ({ status: 200, body: replies[index] }))
    for (const _ of replies) expect(await failureOf(ask(open.provider))).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: true })
  })
})

describe('what fails', () => {
  test('a used-up quota is RATE_LIMITED, not retried, and named', async () => {
    const body = { error: { message: 'You exceeded your current quota.', type: 'insufficient_quota', param: null, code: 'insufficient_quota' } }
    await using open = await serve(openai, () => ({ status: 429, body, headers: { 'retry-after': '5' } }))
    const error = await failureOf(ask(open.provider))
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: false, status: 429 })
    expect(error.message).toContain('quota')
  })

  test('a model that does not exist is CONFIG and names the command that lists those that do', async () => {
    const body = { error: { message: 'The model `gpt-9` does not exist.', type: 'invalid_request_error', param: null, code: 'model_not_found' } }
    await using open = await serve(openai, (_, index) => ({ status: index === 0 ? 404 : 403, body }))
    for (let index = 0; index < 2; index += 1) {
      const error = await failureOf(ask(open.provider, { model: 'gpt-9' }))
      expect(error).toMatchObject({ code: 'CONFIG', retryable: false })
      expect(error.message).toContain('gpt-9')
      expect(error.message).toContain('`replm models`')
    }
  })

  test('a 401 names the variable of the key and not the key', async () => {
    await using open = await serve(openai, () => ({ status: 401, body: { error: { message: `Incorrect API key provided: ${testKey}`, code: 'invalid_api_key' } } }))
    const error = await failureOf(ask(open.provider))
    expect(error.code).toBe('AUTH')
    expect(error.message).toContain('OPENAI_API_KEY')
    expect(error.message).toContain('Incorrect API key provided: [key]')
    expect(JSON.stringify(error) + String(error.stack) + String(error.cause)).not.toContain(testKey)
  })

  test('a server that says not to retry a 500 is believed', async () => {
    await using open = await serve(openai, () => ({ status: 500, headers: { 'x-should-retry': 'false' } }))
    expect(await failureOf(ask(open.provider))).toMatchObject({ code: 'PROVIDER', retryable: false })
  })

  test('an address that is none is CONFIG and names its variable', async () => {
    for (const url of ['nonsense', 'ftp://host/v1', '/v1']) {
      const error = await failureOf(ask(createOpenai({ OPENAI_API_KEY: testKey, OPENAI_BASE_URL: url })))
      expect(error).toMatchObject({ code: 'CONFIG' })
      expect(error.message).toContain('OPENAI_BASE_URL')
    }
  })
})
