import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ReplmError } from '../../../src/errors.ts'
import { createProvider } from '../../../src/host/providers/registry.ts'
import { ask, everyServer, failureOf, serve, testKey } from './everyServer.ts'

describe.each(everyServer)('$name', (served) => {
  test('an answer comes with its text, usage and reason', async () => {
    await using open = await serve(served, () => 'Grüße 👋 世界')
    const answer = await ask(open.provider, { prompt: 'schön 👋' })
    expect(answer).toEqual({ text: 'Grüße 👋 世界', usage: { inputTokens: 7, outputTokens: 5 }, finishReason: 'stop' })
    expect(open.server.requests[0]).toMatchObject({ method: 'POST', model: 'model-a', prompt: 'schön 👋' })
  })

  test('the system text, the schema, stop sequences and the bound on tokens reach the server', async () => {
    await using open = await serve(served, () => '{"a":1}')
    const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'], additionalProperties: false }
    await ask(open.provider, { system: 'Be brief.', schema, stop: ['END'], maxTokens: 77 })
    const body = JSON.stringify(open.server.requests[0]!.body)
    for (const part of ['Be brief.', 'END', '77']) expect(body).toContain(part)
    expect(findEqual(open.server.requests[0]!.body, schema)).toBe(true)
  })

  test('what was not said in a question is not sent', async () => {
    await using open = await serve(served)
    await ask(open.provider)
    const sent = Object.keys(open.server.requests[0]!.body as object).toSorted()
    expect(sent).toEqual({ anthropic: ['max_tokens', 'messages', 'model'], ollama: ['messages', 'model', 'stream'] }[served.name] ?? ['messages', 'model'])
  })

  test('the models of the server are listed', async () => {
    await using open = await serve(served)
    await expect(open.provider.models!({ signal: new AbortController().signal })).resolves.toEqual([{ id: 'model-a' }, { id: 'model-b' }])
  })

  test.each([
    [401, 'AUTH', false],
    [403, 'AUTH', false],
    [404, 'CONFIG', false],
    [400, 'PROVIDER', false],
    [402, 'RATE_LIMITED', false],
    [413, 'PROVIDER', false],
    [422, 'PROVIDER', false],
    [408, 'PROVIDER', true],
    [409, 'PROVIDER', true],
    [425, 'PROVIDER', true],
    [429, 'RATE_LIMITED', true],
    [500, 'PROVIDER', true],
    [502, 'PROVIDER', true],
    [503, 'PROVIDER', true],
    [529, 'PROVIDER', true],
  ] as const)('status %i is %s, retryable: %s, with what the server says and without the key', async (status, code, retryable) => {
    await using open = await serve(served, () => ({ status, body: { error: { message: `so it is with ${testKey}` } } }))
    const error = await failureOf(ask(open.provider))
    expect(error).toBeInstanceOf(ReplmError)
    expect(error).toMatchObject({ code, retryable, status })
    expect(error.message).toContain(`${status}: so it is with`)
    if (served.env('').OLLAMA_HOST === undefined && served.name !== 'lmstudio') expect(error.message).not.toContain(testKey)
    expect(open.server.requests).toHaveLength(1)
  })

  test.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after-ms': '40', 'retry-after': '3' }, 40],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ] as const)('a 429 with %j asks to wait %s ms', async (headers, retryAfterMs) => {
    await using open = await serve(served, () => ({ status: 429, body: {}, headers }))
    expect((await failureOf(ask(open.provider))).retryAfterMs).toBe(retryAfterMs)
  })

  test('a Retry-After date is a time to wait', async () => {
    await using open = await serve(served, () => ({ status: 503, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } }))
    const { retryAfterMs } = await failureOf(ask(open.provider))
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  test.each([
    ['a page of HTML', '<!DOCTYPE html><html><head><title>Bad gateway</title></head></html>', 'text/html'],
    ['HTML that claims to be JSON', '<html><title>Bad gateway</title></html>', 'application/json'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x9f]), 'application/json'],
    ['nothing', '', 'application/json'],
    ['half of a JSON text', '{"choices":[{"message":{"content":"hal', 'application/json'],
    ['JSON of another kind', '{"ok":true}', 'application/json'],
    ['a JSON string', '"hello"', 'application/json'],
    ['null', 'null', 'application/json'],
    ['a list', '[1,2]', 'application/json'],
    ['a number where a text belongs', '{"choices":[{"message":{"content":7}}],"content":7,"message":{"content":7},"done":true}', 'application/json'],
  ])('a reply that is %s is retried like a 500', async (_, body, type) => {
    await using open = await serve(served, () => ({ status: 200, body, headers: { 'content-type': type } }))
    const error = await failureOf(ask(open.provider))
    expect(error).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: true })
    expect(error.message).toContain(served.name)
    expect(error.message.length).toBeLessThan(600)
  })

  test('a reply whose connection ends in the middle is retried', async () => {
    await using open = await serve(served, () => ({ truncated: 'a longer answer than arrives' }))
    expect(await failureOf(ask(open.provider))).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: true })
  })

  test('a connection that is reset is retried, and the next question is answered', async () => {
    await using open = await serve(served, (_, index) => (index === 0 ? 'RESET' : 'there'))
    expect(await failureOf(ask(open.provider))).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: true })
    await expect(ask(open.provider)).resolves.toMatchObject({ text: 'there' })
  })

  test('a server that does not run is named, with what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    await new Promise((resolve) => taken.close(resolve))
    const provider = await createProvider(served.name, served.env(`http://127.0.0.1:${port}`))
    const error = await failureOf(ask(provider))
    expect(error).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: true })
    expect(error.message).toContain(`http://127.0.0.1:${port}`)
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.message).toContain(served.baseVariable)
    await provider.close?.()
  })

  test('an abort closes the connection and rejects with the reason of the signal', async () => {
    await using open = await serve(served, () => 'SILENCE')
    const controller = new AbortController()
    const reason = { why: 'enough' }
    const asked = ask(open.provider, {}, controller.signal)
    await open.server.until(() => open.server.requests.length === 1)
    controller.abort(reason)
    await expect(asked).rejects.toBe(reason)
    await open.server.until(() => open.server.left.length === 1 && open.server.connections === 0)
  })

  test('a question whose signal has aborted before is not sent', async () => {
    await using open = await serve(served)
    const reason = new Error('before')
    await expect(ask(open.provider, {}, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(open.server.requests).toHaveLength(0)
  })

  test('questions at the same time use a connection each, and later ones use them again', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    await using open = await serve(served, async (received) => {
      await gate
      return received.prompt
    })
    const first = Promise.all(Array.from({ length: 20 }, (_, index) => ask(open.provider, { prompt: `p${index}` })))
    await open.server.until(() => open.server.requests.length === 20)
    release()
    expect((await first).map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, index) => `p${index}`))
    for (let index = 0; index < 10; index += 1) await ask(open.provider)
    expect(open.server.accepted).toBe(20)
  })

  test('usage that is not stated, or not a count, is estimated as bytes / 4', async () => {
    const wrong = { prompt_tokens: 'many', input_tokens: -1, prompt_eval_count: null, completion_tokens: Infinity, output_tokens: {}, eval_count: '5' }
    await using open = await serve(served, (_, index) => ({ answer: 'ä'.repeat(10), usage: index === 0 ? null : wrong }))
    for (let index = 0; index < 2; index += 1) {
      const { usage } = await ask(open.provider, { system: 'four', prompt: 'x'.repeat(40) })
      expect(usage).toEqual({ inputTokens: 11, outputTokens: 5 })
    }
  })

  test('its connections end when it is closed', async () => {
    const open = await serve(served)
    await ask(open.provider)
    await open.provider.close!()
    await open.server.until(() => open.server.connections === 0)
    await open.server.close()
  })

  test('a provider that was never asked can be closed', async () => {
    const provider = await createProvider(served.name, {})
    await expect(provider.close!()).resolves.toBeUndefined()
  })
})

test.each([
  ['openai', 'OPENAI_API_KEY'],
  ['anthropic', 'ANTHROPIC_API_KEY'],
])('without a key %s fails with AUTH, names %s, and asks nobody', async (name, variable) => {
  const served = everyServer.find((one) => one.name === name)!
  await using server = await served.open()
  for (const key of [undefined, '', '  ']) {
    const provider = await createProvider(name, { ...served.env(server.url), [variable]: key })
    const error = await failureOf(ask(provider))
    expect(error).toMatchObject({ name: 'ReplmError', code: 'AUTH', retryable: false })
    expect(error.message).toContain(variable)
    await expect(provider.prepare!()).rejects.toMatchObject({ code: 'AUTH' })
  }
  expect(server.accepted).toBe(0)
})

test.each([
  ['openai', 'OPENAI_API_KEY'],
  ['anthropic', 'ANTHROPIC_API_KEY'],
  ['compatible', 'REPLM_API_KEY'],
])('a key of %s that cannot be sent in a header fails with AUTH and is not shown', async (name, variable) => {
  const served = everyServer.find((one) => one.name === name)!
  const provider = await createProvider(name, { ...served.env('http://127.0.0.1:1'), [variable]: 'sk-secret\nx: y' })
  const error = await failureOf(ask(provider))
  expect(error).toMatchObject({ code: 'AUTH' })
  expect(error.message).toContain(variable)
  expect(error.message).not.toContain('sk-secret')
})

/** Whether `wanted` stands somewhere in `body`. */
function findEqual(body: unknown, wanted: object): boolean {
  try {
    expect(body).toEqual(wanted)
    return true
  } catch {
    return typeof body === 'object' && body !== null && Object.values(body).some((part) => findEqual(part, wanted))
  }
}
