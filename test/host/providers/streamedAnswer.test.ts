import { afterEach, expect, test, vi } from 'vitest'
import { everyServer, serve } from './everyServer.ts'

const event = (event: object): string => `data: ${JSON.stringify(event)}\n\n`
const said = (content: string, more: object = {}): object => ({ choices: [{ index: 0, delta: { content }, finish_reason: null, ...more }] })
const whole = { choices: [{ message: { content: 'x' }, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 9 } }
const open = (chunks: readonly string[] | AsyncIterable<string>, headers: Record<string, string> = { 'content-type': 'text/event-stream' }) =>
  serve(everyServer.find(({ name }) => name === 'compatible')!, () => ({ chunks, headers }))

afterEach(() => void vi.useRealTimers())

function streamOf({ provider }: Awaited<ReturnType<typeof open>>) {
  return provider.stream!({ model: 'm', prompt: 'p' }, { signal: new AbortController().signal })
}

async function read(served: Awaited<ReturnType<typeof open>>) {
  const stream = streamOf(served)
  const pieces: string[] = []
  for (;;) {
    const { done, value } = await stream.next()
    if (done === true) return { pieces, answer: value }
    pieces.push(value)
  }
}

test('a server that says nothing but that it is alive after the whole text is waited for no longer than two seconds', async () => {
  async function* chunks(): AsyncGenerator<string> {
    yield event(said('x', { finish_reason: 'stop' }))
    yield ': alive\n\n'
    await new Promise(() => {})
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await using served = await open(chunks())
  const stream = streamOf(served)
  await expect(stream.next()).resolves.toEqual({ done: false, value: 'x' })
  let isOver = false
  const last = stream.next().finally(() => (isOver = true))
  await vi.advanceTimersByTimeAsync(1_900)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  await expect(last).resolves.toMatchObject({ done: true, value: { text: 'x', finishReason: 'stop' } })
  await served.server.until(() => served.server.connections === 0)
})

test('the usage that comes after the whole text still counts', async () => {
  await using served = await open([event(said('x', { finish_reason: 'stop' })), ': alive\n\n', event({ choices: [], usage: whole.usage }), 'data: [DONE]\n\n'])
  expect((await read(served)).answer.usage).toEqual({ inputTokens: 3, outputTokens: 9 })
})

test.each(['data: [DONE] \n\n', 'data:   [DONE]\t\n\n', 'data: [DONE] '])('%j ends a stream', async (end) => {
  await using served = await open([event(said('x')), end])
  await expect(read(served)).resolves.toMatchObject({ pieces: ['x'], answer: { text: 'x' } })
})

test.each([
  ['without a type', {}],
  ['as text', { 'content-type': 'text/plain' }],
  ['as events', { 'content-type': 'text/event-stream' }],
])('a whole reply %s, over several lines and in pieces, is read as one', async (_, headers: Record<string, string>) => {
  const text = JSON.stringify(whole, null, 2)
  await using served = await open(['\r\n', ' \n', text.slice(0, 1), text.slice(1, 20), text.slice(20)], headers)
  await expect(read(served)).resolves.toEqual({ pieces: ['x'], answer: { text: 'x', usage: { inputTokens: 3, outputTokens: 9 }, finishReason: 'stop' } })
})

test('a page of HTML without a type is named as one', async () => {
  await using served = await open(['<html><title>Bad gateway</title></html>'], {})
  await expect(read(served)).rejects.toMatchObject({ code: 'PROVIDER', message: expect.stringContaining('a page of HTML: Bad gateway') })
})

test('choices other than the first are no part of the text', async () => {
  const other = { index: 1, delta: { content: 'other' }, finish_reason: 'length' }
  const chunks = [
    event({ choices: [other] }),
    event({ choices: [other, { index: 0, delta: { content: 'a' } }] }),
    event({ choices: [{ delta: { content: 'b' } }] }),
    event({ choices: [{ index: 0, delta: { content: 'c' }, finish_reason: 'stop' }, other] }),
    'data: [DONE]\n\n',
  ]
  await using served = await open(chunks)
  await expect(read(served)).resolves.toMatchObject({ pieces: ['a', 'b', 'c'], answer: { text: 'abc', finishReason: 'stop' } })
})
