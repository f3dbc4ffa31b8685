/** Questions over every path to a real server: the same answers, errors and order on all of them. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, it } from 'vitest'
import { ReplmError } from '../../../src/errors.ts'
import { attemptsOf } from '../../../src/host/dispatch/attempts.ts'
import { createClock, type Clock } from '../../../src/host/dispatch/clock.ts'
import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../../../src/host/dispatch/dispatcher.ts'
import { createRegistry } from '../../../src/host/providers/registry.ts'
import type { Answer, DispatchPath, Provider, Query } from '../../../src/types.ts'
import type { Reaction } from '../../servers/modelServer.ts'
import { openOpenAiServer } from '../../servers/openai.ts'

/** Real time, in which waits and deadlines take a tenth. */
function createFastClock(): Clock {
  const clock = createClock()
  return { now: () => clock.now() * 10, after: (ms, callback) => clock.after(ms / 10, callback) }
}

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

interface Setup extends Partial<Omit<DispatcherOptions, 'registry' | 'path'>> {
  readonly custom?: readonly Provider[]
}

function openDispatcher(path: DispatchPath, { custom = [], env = {}, ...options }: Setup): Dispatcher {
  const registry = createRegistry({ custom, env })
  const dispatcher = createDispatcher({ registry, path, env, concurrency: 64, maxAttempts: 5, priceOf: () => Promise.resolve(null), ...options })
  opened.push(() => dispatcher.close(), () => registry.close())
  return dispatcher
}

const query = (prompt: string, more: Partial<Query> = {}): Query => ({ provider: 'compatible', model: 'm', prompt, timeoutMs: 60_000, timeoutIsFinal: false, ...more })

/** What became of a question, without times. */
async function outcome(asked: Promise<Answer>): Promise<unknown> {
  try {
    const { text, usage, finishReason, attempts } = await asked
    return { text, usage, finishReason, attempts }
  } catch (thrown) {
    if (!(thrown instanceof ReplmError)) return thrown
    const { code, message, retryable, status } = thrown
    return { code, message: message.replace(/:\d+/g, ':PORT'), retryable, status, attempts: attemptsOf(thrown) }
  }
}

const never = new AbortController().signal

describe.each(['async', 'pool', 'auto'] as const)('on the %s path', (path) => {
  it('2,000 questions to a server that fails in every way come out right, in order, asked no more often than needed, and never more at once than the bound', { timeout: 60_000 }, async () => {
    const concurrency = 24
    /** How often a question fails, and how. */
    const fates: Readonly<Record<number, { readonly failures: number; readonly reaction: Reaction }>> = {
      10: { failures: 1, reaction: { status: 429, body: { error: { message: 'slow down' } }, headers: { 'retry-after-ms': '20' } } },
      20: { failures: 2, reaction: { status: 500, body: 'oops' } },
      30: { failures: 1, reaction: 'RESET' },
      40: { failures: 1, reaction: { status: 200, body: '<html>not json' } },
      50: { failures: 1, reaction: { truncated: 'cut' } },
      60: { failures: 1, reaction: 'SILENCE' },
      70: { failures: Infinity, reaction: { status: 503, body: { error: { message: 'down' } } } },
      80: { failures: Infinity, reaction: { status: 401, body: { error: { message: 'bad key' } } } },
    }
    const fateOf = (index: number): { readonly failures: number; readonly reaction: Reaction } => fates[index % 100] ?? { failures: 0, reaction: '' }
    const asked = new Map<string, number>()
    const full = Promise.withResolvers<void>()
    await using server = await openOpenAiServer(async ({ prompt }, index) => {
      const times = (asked.get(prompt) ?? 0) + 1
      asked.set(prompt, times)
      // The first answers come when as many are open as may be.
      if (index === concurrency - 1) full.resolve()
      await full.promise
      const { failures, reaction } = fateOf(Number(prompt))
      return times <= failures ? reaction : `answer to ${prompt}`
    })
    const { dispatch } = openDispatcher(path, { env: { REPLM_BASE_URL: server.url }, concurrency, clock: createFastClock() })
    const prompts = Array.from({ length: 2_000 }, (_, index) => String(index))
    // Silence costs its deadline: 10 s here are 1 s.
    const outcomes = await Promise.all(prompts.map((prompt) => outcome(dispatch(query(prompt, { timeoutMs: 10_000 }), { signal: never }))))

    const attemptsAt = (index: number): number => (index % 100 === 80 ? 1 : Math.min(5, fateOf(index).failures + 1))
    expect(outcomes).toEqual(
      prompts.map((prompt, index) => {
        const attempts = attemptsAt(index)
        if (index % 100 === 70) return { code: 'PROVIDER', message: 'compatible (http://127.0.0.1:PORT/v1) failed (503: down) (attempt 5 of 5).', retryable: true, status: 503, attempts }
        if (index % 100 === 80) return { code: 'AUTH', message: expect.stringContaining('401: bad key'), retryable: false, status: 401, attempts }
        return { text: `answer to ${prompt}`, usage: { inputTokens: 7, outputTokens: 5, usd: null }, finishReason: 'stop', attempts }
      }),
    )
    expect(prompts.map((prompt) => asked.get(prompt))).toEqual(prompts.map((_, index) => attemptsAt(index)))
    expect(server.maxOpen).toBe(concurrency)
  })

  it('no more are sent at once than there are connections, whatever is allowed: who waits for one has not been sent', async () => {
    await using server = await openOpenAiServer()
    const { dispatch, pumps } = openDispatcher(path, { env: { REPLM_BASE_URL: server.url }, concurrency: 3_000 })
    await dispatch(query('x'), { signal: never })
    expect(pumps().map(({ limit }) => limit)).toEqual([1_024])
  })

  it('an abort in the middle rejects everything with its reason, closes the sockets, and nothing more is asked', async () => {
    await using server = await openOpenAiServer(({ prompt }) => (Number(prompt) < 10 ? prompt : 'SILENCE'))
    const { dispatch, pumps } = openDispatcher(path, { env: { REPLM_BASE_URL: server.url }, concurrency: 32 })
    const controller = new AbortController()
    const asked = Array.from({ length: 200 }, (_, index) => outcome(dispatch(query(String(index)), { signal: controller.signal })))
    await server.until(() => server.requests.length === 42)
    const reason = { why: 'enough' }
    controller.abort(reason)
    const outcomes = await Promise.all(asked)
    expect(outcomes.slice(0, 10)).toMatchObject(Array.from({ length: 10 }, (_, index) => ({ text: String(index) })))
    expect(new Set(outcomes.slice(10))).toEqual(new Set([reason]))
    await server.until(() => server.left.length === 32)
    expect(server.requests).toHaveLength(42)
    expect(pumps()).toMatchObject([{ waiting: 0 }])
  })

  it('a question after an abort and a deadline never meets the server while those are open there', async () => {
    await using server = await openOpenAiServer(({ prompt }) => (prompt === 'fine' ? 'ok' : 'SILENCE'))
    const { dispatch } = openDispatcher(path, { env: { REPLM_BASE_URL: server.url }, concurrency: 4 })
    const controller = new AbortController()
    const silent = Array.from({ length: 4 }, (_, index) =>
      outcome(dispatch(query('silent', index < 2 ? { timeoutMs: 150, timeoutIsFinal: true } : {}), { signal: controller.signal })),
    )
    const fine = Array.from({ length: 20 }, () => outcome(dispatch(query('fine'), { signal: never })))
    await server.until(() => server.requests.length === 4)
    controller.abort('gone')
    await Promise.all([...silent, ...fine])
    expect(server.maxOpen).toBe(4)
  })

  it('a deadline that the caller set is TIMEOUT after one attempt, whose socket closes', async () => {
    await using server = await openOpenAiServer(() => 'SILENCE')
    const { dispatch } = openDispatcher(path, { env: { REPLM_BASE_URL: server.url } })
    expect(await outcome(dispatch(query('x', { timeoutMs: 100, timeoutIsFinal: true }), { signal: never }))).toEqual({
      code: 'TIMEOUT',
      message: 'compatible/m did not answer within 100 ms. Name a longer `timeoutMs` if its answers take that long',
      retryable: false,
      status: undefined,
      attempts: 1,
    })
    await server.until(() => server.left.length === 1)
  })

  it('a provider that cannot be had, or has no key, is the same error', async () => {
    const { dispatch } = openDispatcher(path, {})
    expect(await outcome(dispatch(query('x', { provider: 'nobody' }), { signal: never }))).toMatchObject({ code: 'CONFIG', message: expect.stringContaining('There is no provider "nobody"'), attempts: 0 })
    expect(await outcome(dispatch(query('x', { provider: 'openai' }), { signal: never }))).toMatchObject({ code: 'AUTH', message: expect.stringContaining('set OPENAI_API_KEY') })
  })

  it('a reply is given in pieces, in order, and whole in the answer; by a provider that cannot stream as one piece', async () => {
    await using server = await openOpenAiServer(({ prompt }) => `answer to ${prompt}`)
    const own: Provider = {
      name: 'own',
      query: () => Promise.reject(new Error('asked for the whole')),
      stream: async function* ({ prompt }) {
        yield `${prompt}: `
        yield ''
        await Promise.resolve()
        yield 'done'
        return { text: `${prompt}: done`, usage: { inputTokens: 1, outputTokens: 2 } }
      },
    }
    const { dispatch } = openDispatcher(path, { custom: [own], env: { REPLM_BASE_URL: server.url } })
    const pieces: Record<string, string[]> = {}
    const ask = (prompt: string, more: Partial<Query>): Promise<Answer> => dispatch(query(prompt, more), { signal: never, onText: (text) => (pieces[prompt] ??= []).push(text) })
    const answers = await Promise.all([ask('a', { provider: 'own' }), ask('b', { provider: 'own' }), ask('c', {})])
    expect(pieces['a']).toEqual(['a: ', 'done'])
    expect(pieces['b']).toEqual(['b: ', 'done'])
    expect(pieces['c']?.join('')).toBe('answer to c')
    expect(answers.map(({ text }) => text)).toEqual(['a: done', 'b: done', 'answer to c'])
  })

  it('pieces that arrive together stay pieces, of several replies at once; a reply that breaks off has given what came', async () => {
    const event = (content: string): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
    const said = Array.from({ length: 3_000 }, (_, index) => ['a', 'é', '\u{1F600}', 'longer '][index % 4] + String(index))
    const all = said.map(event).join('')
    const last = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 3_000 } })}\n\ndata: [DONE]\n\n`
    await using server = await openOpenAiServer(({ prompt }) => (prompt === 'broken' ? { chunks: [all] } : { chunks: [all + last] }))
    const { dispatch } = openDispatcher(path, { env: { REPLM_BASE_URL: server.url } })
    const pieces: Record<string, string[]> = {}
    const ask = (prompt: string): Promise<Answer> => dispatch(query(prompt), { signal: never, onText: (text) => (pieces[prompt] ??= []).push(text) })
    const answers = await Promise.all(['one', 'other'].map(ask))
    expect(answers.map(({ text }) => text)).toEqual([said.join(''), said.join('')])
    expect(await outcome(ask('broken'))).toMatchObject({ code: 'PROVIDER' })
    for (const prompt of ['one', 'other', 'broken']) expect(pieces[prompt]).toEqual(said)
  })

  it("the async context of whoever asks is there in a provider of the program's own: in the queue, after a retry, beside others", async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const first = new Set<string>()
    const own: Provider = {
      name: 'own',
      query: async ({ prompt }) => {
        seen.push([prompt, storage.getStore()])
        if (!first.has(prompt)) {
          first.add(prompt)
          throw new ReplmError('PROVIDER', 'again', { retryable: true })
        }
        await Promise.resolve()
        return { text: `${prompt} for ${storage.getStore()}`, usage: { inputTokens: 1, outputTokens: 1 } }
      },
    }
    const { dispatch } = openDispatcher(path, { custom: [own], concurrency: 2, clock: createFastClock() })
    const names = Array.from({ length: 10 }, (_, index) => `user ${index}`)
    const texts = await Promise.all(names.map((name) => storage.run(name, async () => (await dispatch(query(name, { provider: 'own' }), { signal: never })).text)))
    expect(texts).toEqual(names.map((name) => `${name} for ${name}`))
    expect(seen).toHaveLength(20)
    for (const [prompt, store] of seen as [string, string][]) expect(store).toBe(prompt)
  })

  it('the end rejects what is under way with DISPOSED, closes its sockets, and refuses what comes later', async () => {
    await using server = await openOpenAiServer(() => 'SILENCE')
    const dispatcher = openDispatcher(path, { env: { REPLM_BASE_URL: server.url } })
    const asked = [outcome(dispatcher.dispatch(query('a'), { signal: never })), outcome(dispatcher.dispatch(query('b'), { signal: never }))]
    await server.until(() => server.requests.length === 2)
    await dispatcher.close()
    expect(await Promise.all(asked)).toMatchObject([{ code: 'DISPOSED' }, { code: 'DISPOSED' }])
    await server.until(() => server.left.length === 2)
    expect(await outcome(dispatcher.dispatch(query('c'), { signal: never }))).toMatchObject({ code: 'DISPOSED' })
  })
})

it('pricing is free, by table, or what the answers say, as the provider declares', async () => {
  const answer = { text: '', usage: { inputTokens: 1, outputTokens: 1 } }
  const custom: Provider[] = [
    { name: 'free', pricing: 'free', query: () => Promise.resolve(answer) },
    { name: 'self', query: () => Promise.resolve({ ...answer, usage: { ...answer.usage, usd: 0.5 } }) },
    { name: 'silent', query: () => Promise.resolve(answer) },
    { name: 'table', pricing: 'table', query: () => Promise.resolve(answer) },
  ]
  const { dispatch } = openDispatcher('async', {
    custom,
    priceOf: (provider, model) => Promise.resolve(model === 'known' && provider === 'table' ? { usdOf: ({ inputTokens, outputTokens }) => inputTokens + 10 * outputTokens } : null),
  })
  const usdOf = async (provider: string, model = 'm'): Promise<number | null> => (await dispatch(query('x', { provider, model }), { signal: never })).usage.usd
  expect(await usdOf('free')).toBe(0)
  expect(await usdOf('self')).toBe(0.5)
  expect(await usdOf('silent')).toBe(null)
  expect(await usdOf('table', 'known')).toBe(11)
  expect(await usdOf('table', 'unknown')).toBe(null)
})

it("a remote model whose price only its answers could tell is unpriced; a provider of the program's own is taken at its word", async () => {
  const own: Provider = { name: 'own', query: () => Promise.resolve({ text: '', usage: { inputTokens: 1, outputTokens: 1 } }) }
  const { pricing } = openDispatcher('async', { custom: [own], env: { REPLM_BASE_URL: 'http://127.0.0.1:9' } })
  expect(await pricing({ provider: 'compatible', model: 'm' })).toMatchObject({ kind: 'unpriced' })
  expect(await pricing({ provider: 'own', model: 'm' })).toMatchObject({ kind: 'stated' })
  // Known by now: nothing to wait for.
  expect(pricing({ provider: 'own', model: 'm' })).toEqual({ kind: 'stated' })
})

it('idle pumps are let go of, so that a guest cannot fill memory with names of models', async () => {
  const own: Provider = { name: 'own', query: () => Promise.resolve({ text: '', usage: { inputTokens: 1, outputTokens: 1 } }) }
  const { dispatch, pumps } = openDispatcher('async', { custom: [own] })
  for (let index = 0; index < 1_000; index += 1) await dispatch(query('x', { provider: 'own', model: `m-${index}` }), { signal: never })
  expect(pumps().length).toBeLessThanOrEqual(256)
})
