import { describe, expect, test } from 'vitest'
import { createProvider } from '../../../src/host/providers/registry.ts'
import type { ProviderAnswer, ProviderQuery, Provider } from '../../../src/types.ts'
import { everyServer, failureOf, serve } from './everyServer.ts'

interface Streamed {
  readonly pieces: string[]
  readonly answer: ProviderAnswer
}

/** All pieces and the answer; `onPiece` sees each as it comes. */
async function read(
  provider: Provider,
  query: Partial<ProviderQuery> = {},
  signal: AbortSignal = new AbortController().signal,
  onPiece: (piece: string) => void = () => {},
): Promise<Streamed> {
  const stream = provider.stream!({ model: 'model-a', prompt: 'hello', ...query }, { signal })
  const pieces: string[] = []
  for (;;) {
    const { done, value } = await stream.next()
    if (done === true) return { pieces, answer: value }
    pieces.push(value)
    onPiece(value)
  }
}

describe.each(everyServer)('$name', (served) => {
  test('the pieces come one by one, and together are the text of the answer', async () => {
    const said = ['Grü', 'ße ', '👋', ' 世界']
    await using open = await serve(served, () => ({ pieces: said }))
    const { pieces, answer } = await read(open.provider)
    expect(pieces).toEqual(said)
    expect(answer).toEqual({ text: said.join(''), usage: { inputTokens: 7, outputTokens: 5 }, finishReason: 'stop' })
    expect(open.server.requests[0]!.body).toMatchObject({ stream: true })
  })

  test('a piece is there before the next one is sent', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const dialect = JSON.stringify
    const bodies: Record<string, (text: string) => string> = {
      anthropic: (text) => `event: content_block_delta\ndata: ${dialect({ type: 'content_block_delta', delta: { type: 'text_delta', text } })}\n\n`,
      ollama: (text) => `${dialect({ message: { content: text }, done: false })}\n`,
    }
    const event = bodies[served.name] ?? ((content: string) => `data: ${dialect({ choices: [{ delta: { content } }] })}\n\n`)
    async function* chunks(): AsyncGenerator<string> {
      yield event('one')
      await gates[0]!.promise
      yield event('two')
      await gates[1]!.promise
    }
    await using open = await serve(served, () => ({ chunks: chunks(), headers: { 'content-type': served.name === 'ollama' ? 'application/x-ndjson' : 'text/event-stream' } }))
    const stream = open.provider.stream!({ model: 'model-a', prompt: 'hello' }, { signal: new AbortController().signal })
    await expect(stream.next()).resolves.toEqual({ done: false, value: 'one' })
    gates[0]!.resolve()
    await expect(stream.next()).resolves.toEqual({ done: false, value: 'two' })
    gates[1]!.resolve()
    await expect(stream.next()).rejects.toMatchObject({ code: 'PROVIDER', retryable: true })
  })

  test.each([
    ['ends before its last event', 'endless'],
    ['is cut off', 'cut'],
    ['says garbage in its middle', { garbage: 'data: {"choices":[{"del\n\ndata: {}\n\n' }],
    ['says what is no object', { garbage: 'data: 7\n\n' }],
    ['carries an error', { error: { message: 'the model crashed', type: 'server_error' } }],
    ['carries an overload', { error: { message: 'Overloaded', type: 'overloaded_error' } }],
  ] as const)('a stream that %s gives what came, then fails with PROVIDER, to be tried again', async (_, end) => {
    await using open = await serve(served, () => ({ pieces: ['one', 'two'], end }))
    const pieces: string[] = []
    const error = await failureOf(read(open.provider, {}, undefined, (piece) => pieces.push(piece)))
    expect(error).toMatchObject({ name: 'ReplmError', code: 'PROVIDER', retryable: true })
    expect(error.message).toContain(served.name)
    expect(pieces).toEqual(['one', 'two'])
    if (typeof end === 'object' && 'error' in end) expect(error.message).toContain(end.error.message)
    await open.server.until(() => open.server.connections === 0 || end === 'endless')
  })

  test.each([
    [401, 'AUTH', false],
    [404, 'CONFIG', false],
    [429, 'RATE_LIMITED', true],
    [500, 'PROVIDER', true],
    [529, 'PROVIDER', true],
  ] as const)('status %i is %s, as for a whole reply', async (status, code, retryable) => {
    await using open = await serve(served, () => ({ status, body: { error: { message: 'so it is' } }, headers: { 'retry-after': '3' } }))
    const error = await failureOf(read(open.provider))
    expect(error).toMatchObject({ code, retryable, status, ...(retryable ? { retryAfterMs: 3_000 } : {}) })
    expect(error.message).toContain('so it is')
  })

  test('a server that answers whole, though asked for a stream, is understood', async () => {
    await using open = await serve(served, () => 'all at once')
    const { pieces, answer } = await read(open.provider)
    expect(pieces).toEqual(['all at once'])
    expect(answer).toMatchObject({ text: 'all at once', usage: { inputTokens: 7, outputTokens: 5 } })
  })

  test('a page of HTML is no stream', async () => {
    await using open = await serve(served, () => ({ status: 200, body: '<html><title>Sign in</title></html>', headers: { 'content-type': 'text/html' } }))
    const error = await failureOf(read(open.provider))
    expect(error).toMatchObject({ code: 'PROVIDER', retryable: true })
    expect(error.message).toContain('Sign in')
  })

  test('an answer without a word is one', async () => {
    await using open = await serve(served, () => ({ pieces: [] }))
    await expect(read(open.provider)).resolves.toMatchObject({ pieces: [], answer: { text: '', finishReason: 'stop' } })
  })

  test('usage that is not stated is estimated as bytes / 4', async () => {
    await using open = await serve(served, () => ({ pieces: ['ä'.repeat(10)], usage: null }))
    const { answer } = await read(open.provider, { prompt: 'x'.repeat(40) })
    expect(answer.usage).toEqual({ inputTokens: 10, outputTokens: 5 })
  })

  test('an abort between two pieces closes the connection and rejects with the reason of the signal', async () => {
    await using open = await serve(served, () => ({ pieces: ['one'], end: 'SILENCE' }))
    const controller = new AbortController()
    const reason = { why: 'enough' }
    await expect(read(open.provider, {}, controller.signal, () => setImmediate(() => controller.abort(reason)))).rejects.toBe(reason)
    await open.server.until(() => open.server.left.length === 1 && open.server.connections === 0)
  })

  test('an abort before the first byte does so, too, and one before the question sends nothing', async () => {
    await using open = await serve(served, () => 'SILENCE')
    const controller = new AbortController()
    const reading = read(open.provider, {}, controller.signal)
    await open.server.until(() => open.server.requests.length === 1)
    controller.abort('enough')
    await expect(reading).rejects.toBe('enough')
    await open.server.until(() => open.server.connections === 0)
    await expect(read(open.provider, {}, AbortSignal.abort('before'))).rejects.toBe('before')
    expect(open.server.requests).toHaveLength(1)
  })

  test('a reader that leaves ends the connection', async () => {
    await using open = await serve(served, () => ({ pieces: ['one', 'two'], end: 'SILENCE' }))
    for await (const piece of open.provider.stream!({ model: 'm', prompt: 'p' }, { signal: new AbortController().signal })) {
      expect(piece).toBe('one')
      break
    }
    await open.server.until(() => open.server.left.length === 1 && open.server.connections === 0)
  })

  test('streams one after another use the same connections again', async () => {
    await using open = await serve(served, () => ({ pieces: ['one', 'two'] }))
    for (let index = 0; index < 10; index += 1) await read(open.provider)
    // One may still be at its last bytes when the next question comes.
    expect(open.server.accepted).toBeLessThanOrEqual(2)
  })

  test('a slow reader makes the server wait, and misses nothing', async () => {
    const piece = 'x'.repeat(64 * 1024)
    const count = 300
    await using open = await serve(served, () => ({ pieces: Array.from({ length: count }, () => piece) }))
    let pieces = 0
    const { answer } = await read(open.provider, {}, undefined, () => (pieces += 1))
    expect(pieces).toBe(count)
    expect(answer.text.length).toBe(count * piece.length)
  })

  test('what is wrong with its variables is the error of the first piece', async () => {
    const provider = await createProvider(served.name, { [served.baseVariable]: 'ftp://nowhere' })
    expect(await failureOf(read(provider))).toMatchObject({ code: expect.stringMatching(/^(AUTH|CONFIG)$/) })
  })
})

test.each([
  ['openai', 'I cannot help.'],
  ['anthropic', 'This could enable harm.'],
  ['compatible', 'I cannot help.'],
])('a refusal at the end of a stream of %s is REFUSED with its words and usage', async (name, refusal) => {
  await using open = await serve(everyServer.find((one) => one.name === name)!, () => ({ pieces: ['half'], refusal }))
  const error = await failureOf(read(open.provider))
  expect(error).toMatchObject({ code: 'REFUSED', retryable: false, usage: { inputTokens: 7, outputTokens: 5 } })
  expect(error.message).toContain(refusal)
})

test.each([
  ['openai', { 'x-ratelimit-remaining-tokens': '7', 'x-ratelimit-reset-tokens': '1s' }],
  ['compatible', { 'x-ratelimit-remaining-tokens': '7', 'x-ratelimit-reset-tokens': '1s' }],
  ['anthropic', { 'anthropic-ratelimit-tokens-remaining': '7', 'anthropic-ratelimit-tokens-reset': '2000-01-01T00:00:00Z' }],
])('what %s says of its limits comes with the answer of a stream, and with its error', async (name, headers: Record<string, string>) => {
  const served = everyServer.find((one) => one.name === name)!
  await using open = await serve(served, (_, index) => (index === 2 ? { status: 429, headers } : { pieces: ['x'], end: index === 0 ? 'whole' : 'cut', headers }))
  const rates = { tokens: { limit: null, remaining: 7, resetMs: expect.any(Number) } }
  expect((await read(open.provider)).answer.rates).toEqual(rates)
  expect((await failureOf(read(open.provider))).rates).toEqual(rates)
  expect((await failureOf(read(open.provider))).rates).toEqual(rates)
})

test('the usage of a chat completion is asked for, and one that comes with the last piece counts', async () => {
  const event = (event: object): string => `data: ${JSON.stringify(event)}\n\n`
  const chunks = [
    event({ choices: [{ delta: { content: 'x' }, finish_reason: 'length' }], usage: { prompt_tokens: 3, completion_tokens: 9 } }),
    'data: [DONE]\n\n',
  ]
  await using open = await serve(everyServer.find(({ name }) => name === 'compatible')!, () => ({ chunks }))
  const { answer } = await read(open.provider)
  expect(answer).toEqual({ text: 'x', usage: { inputTokens: 3, outputTokens: 9 }, finishReason: 'length' })
  expect(open.server.requests[0]!.body).toMatchObject({ stream_options: { include_usage: true } })
})

test.each([
  ['a finish_reason and no [DONE]', [{ choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] }], ''],
  ['[DONE] and no finish_reason', [{ choices: [{ delta: { content: 'x' } }] }], 'data: [DONE]\n\n'],
  ['[DONE] without its empty line', [{ choices: [{ delta: { content: 'x' } }] }], 'data: [DONE]'],
  ['a whole message as one event', [{ choices: [{ message: { content: 'x' }, finish_reason: 'stop' }] }], 'data: [DONE]\n\n'],
  ['reasoning and empty choices between', [{ choices: [] }, { choices: [{ delta: { reasoning_content: 'hm' } }] }, { choices: [{ delta: { content: 'x' } }] }], 'data:[DONE]\r\r'],
])('a stream with %s is whole', async (_, events, end) => {
  const chunks = [': OPENROUTER PROCESSING\n\n', ...events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`), end].filter((chunk) => chunk !== '')
  await using open = await serve(everyServer.find(({ name }) => name === 'compatible')!, () => ({ chunks }))
  await expect(read(open.provider)).resolves.toMatchObject({ pieces: ['x'], answer: { text: 'x', finishReason: 'stop' } })
})

test('a stream that ends without a chunk of a chat completion is no answer', async () => {
  await using open = await serve(everyServer.find(({ name }) => name === 'compatible')!, () => ({ chunks: ['data: {}\n\n', 'data: [DONE]\n\n'] }))
  expect(await failureOf(read(open.provider))).toMatchObject({ code: 'PROVIDER', retryable: true })
})

test('an error that says its status is that error, in a stream as well', async () => {
  const error = { code: 429, message: 'slow down' }
  await using open = await serve(everyServer.find(({ name }) => name === 'compatible')!, () => ({ pieces: ['x'], end: { error } }))
  expect(await failureOf(read(open.provider))).toMatchObject({ code: 'RATE_LIMITED', retryable: true })
})

test('with a schema that is not of an object openai says the text at its end, as it is in the answer', async () => {
  await using open = await serve(everyServer.find(({ name }) => name === 'openai')!, () => ({ pieces: ['{"val', 'ue":[1,', '2]}'] }))
  await expect(read(open.provider, { schema: { type: 'array' } })).resolves.toMatchObject({ pieces: ['[1,2]'], answer: { text: '[1,2]' } })
})

test('a line without end is not gathered past its bound', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    const piece = Buffer.alloc(1024 * 1024, 'a')
    yield Buffer.from('data: ')
    for (;;) yield piece
  }
  for (const name of ['compatible', 'openai', 'anthropic', 'ollama']) {
    await using open = await serve(everyServer.find((one) => one.name === name)!, () => ({ chunks: endless() }))
    const error = await failureOf(read(open.provider))
    expect(error).toMatchObject({ code: 'PROVIDER', retryable: false })
    expect(error.message).toContain('16 MiB')
    await open.server.until(() => open.server.connections === 0)
  }
})
