import { describe, expect, test } from 'vitest'
import { createCompatible } from '../../../src/host/providers/compatible.ts'
import { openOpenAiServer } from '../../servers/openai.ts'
import { ask, everyServer, failureOf, serve, testKey } from './everyServer.ts'

const compatible = everyServer.find(({ name }) => name === 'compatible')!

test('without a server named it is CONFIG and says which variable names one', async () => {
  const error = await failureOf(ask(createCompatible({})))
  expect(error).toMatchObject({ code: 'CONFIG' })
  expect(error.message).toContain('REPLM_BASE_URL')
})

describe('the address', () => {
  test.each([
    ['', '/v1/chat/completions'],
    ['/', '/v1/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['/v1/', '/v1/chat/completions'],
    ['/openai/api', '/openai/api/chat/completions'],
  ])('with the path "%s" questions go to %s', async (path, route) => {
    await using server = await openOpenAiServer()
    const provider = createCompatible({ REPLM_BASE_URL: server.url + path })
    await ask(provider)
    expect(server.requests[0]!.path).toBe(route)
    await provider.close!()
  })

  test('a key is sent as a bearer token, and without one no header is', async () => {
    await using server = await openOpenAiServer()
    const keyed = createCompatible({ REPLM_BASE_URL: server.url, REPLM_API_KEY: ` ${testKey}\n` })
    const open = createCompatible({ REPLM_BASE_URL: server.url })
    await ask(keyed)
    await ask(open)
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${testKey}`, undefined])
    await Promise.all([keyed.close!(), open.close!()])
  })

  test('a user and password in the address are sent, and never shown', async () => {
    await using server = await openOpenAiServer(() => ({ status: 500, body: 'no pa:ss here' }))
    const provider = createCompatible({ REPLM_BASE_URL: server.url.replace('//', '//jane:pa%3Ass@') })
    const error = await failureOf(ask(provider))
    expect(server.requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from('jane:pa:ss').toString('base64')}`)
    expect(error.message).not.toMatch(/pa(:|%3A)ss/)
    await provider.close!()
  })
})

describe('what is answered', () => {
  test('the bound on tokens has the name that these servers know', async () => {
    await using open = await serve(compatible)
    await ask(open.provider, { maxTokens: 9 })
    expect(open.server.requests[0]!.body).toMatchObject({ max_tokens: 9 })
  })

  test('a cost that the server states is the cost', async () => {
    await using open = await serve(compatible, () => ({ answer: 'x', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 0.0125 } }))
    await expect(ask(open.provider)).resolves.toMatchObject({ usage: { inputTokens: 1, outputTokens: 2, usd: 0.0125 } })
  })

  test('reasoning that is only in the total counts as output', async () => {
    await using open = await serve(compatible, () => ({ answer: 'x', usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 500 } }))
    await expect(ask(open.provider)).resolves.toMatchObject({ usage: { inputTokens: 10, outputTokens: 490 } })
  })

  test('a count that no reply has is estimated instead', async () => {
    await using open = await serve(compatible, () => ({ answer: 'four', usage: { prompt_tokens: 10, completion_tokens: 1e15, total_tokens: 1e15 } }))
    await expect(ask(open.provider)).resolves.toMatchObject({ usage: { inputTokens: 10, outputTokens: 1 } })
  })

  test('an answer in parts is one text', async () => {
    const message = {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: [] },
        { type: 'text', text: 'one, ' },
        { type: 'text', text: 'two' },
      ],
    }
    await using open = await serve(compatible, () => ({ status: 200, body: { choices: [{ message, finish_reason: null }] } }))
    await expect(ask(open.provider)).resolves.toMatchObject({ text: 'one, two', finishReason: 'stop' })
  })

  test('a byte order mark before the reply is no part of it', async () => {
    await using open = await serve(compatible, () => ({ status: 200, body: `\uFEFF${JSON.stringify({ choices: [{ message: { content: 'x' } }] })}` }))
    await expect(ask(open.provider)).resolves.toMatchObject({ text: 'x' })
  })
})

describe('what fails', () => {
  test.each([
    [{ error: { message: 'slow down', code: 429 } }, 'RATE_LIMITED', true],
    [{ error: { message: 'no credit', code: 402 } }, 'RATE_LIMITED', false],
    [{ choices: [{ error: { message: 'upstream died', code: 502 }, message: { content: '' } }] }, 'PROVIDER', true],
    [{ error: 'Unexpected endpoint or method.' }, 'PROVIDER', true],
  ])('an error inside of a 200 is that error: %j', async (body, code, retryable) => {
    await using open = await serve(compatible, () => ({ status: 200, body }))
    expect(await failureOf(ask(open.provider))).toMatchObject({ name: 'ReplmError', code, retryable })
  })

  test.each([
    [400, { error: { message: 'Model Not Exist', type: 'invalid_request_error' } }],
    [400, { error: { message: 'nope/x is not a valid model ID', code: 400 } }],
    [400, { error: { message: 'Invalid model identifier "x". Please specify a valid downloaded model.', code: 'model_not_found' } }],
    [404, { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 }],
    [404, { detail: 'Not Found' }],
  ])('a model that the server does not know is CONFIG however it says so: %i %j', async (status, body) => {
    await using open = await serve(compatible, () => ({ status, body }))
    expect(await failureOf(ask(open.provider, { model: 'x' }))).toMatchObject({ code: 'CONFIG', retryable: false })
  })

  test('a server that wants a key where none is set says which variable to set', async () => {
    await using server = await openOpenAiServer(() => ({ status: 401 }))
    const provider = createCompatible({ REPLM_BASE_URL: server.url })
    const error = await failureOf(ask(provider))
    expect(error.code).toBe('AUTH')
    expect(error.message).toContain('without a key')
    expect(error.message).toContain('REPLM_API_KEY')
    await provider.close!()
  })

  test('a redirect is not followed: the key goes to nobody else', async () => {
    await using open = await serve(compatible, () => ({ status: 307, headers: { location: 'http://127.0.0.1:9/v1/chat/completions' } }))
    const error = await failureOf(ask(open.provider))
    expect(error).toMatchObject({ code: 'PROVIDER', retryable: false })
    expect(error.message).toContain('http://127.0.0.1:9')
  })

  test('a connection that cannot be made secure is not tried again', async () => {
    await using server = await openOpenAiServer()
    const provider = createCompatible({ REPLM_BASE_URL: server.url.replace('http:', 'https:') })
    const error = await failureOf(ask(provider))
    expect(error).toMatchObject({ code: 'PROVIDER', retryable: false })
    expect(error.message).toContain('REPLM_BASE_URL')
    await provider.close!()
  })

  test('what a server says is cut to a readable length', async () => {
    await using open = await serve(compatible, () => ({ status: 400, body: { error: { message: 'x'.repeat(100_000) } } }))
    expect((await failureOf(ask(open.provider))).message.length).toBeLessThan(500)
  })
})
