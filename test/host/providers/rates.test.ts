import { describe, expect, test } from 'vitest'
import { readAnthropicRates, readRates } from '../../../src/host/providers/rates.ts'
import { ask, everyServer, failureOf, serve } from './everyServer.ts'

const now = Date.parse('2026-11-21T08:00:00Z')

type Headers = Record<string, string>

describe('as OpenAI says it', () => {
  const rates = (reset: string, others: Headers = {}): unknown =>
    readRates((name) => ({ 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '59', 'x-ratelimit-reset-requests': reset, ...others })[name], now)?.requests

  test.each([
    ['1s', 1_000],
    ['6m0s', 360_000],
    ['20ms', 20],
    ['1h2m3.5s', 3_723_500],
    ['2m59.56s', 179_560],
    ['1d', 86_400_000],
    ['500µs', 0.5],
    ['0s', 0],
    [' 7.66s ', 7_660],
    ['2', 2_000],
    ['0.25', 250],
    ['1795248030', 30_000],
    ['1795248030000', 30_000],
    ['2026-11-21T08:00:30Z', 30_000],
    ['2026-11-21T07:00:00Z', 0],
  ])('a reset of %s is in %d ms', (reset, resetMs) => {
    expect(rates(reset)).toEqual({ limit: 60, remaining: 59, resetMs: expect.closeTo(resetMs, 6) })
  })

  test.each(['', 'soon', '-1s', '1x', '1s 2s', 's', '1e3s', 'NaN', 'Infinity', '5-1', '1'.repeat(400), `${'9'.repeat(38)}`])('a reset of "%s" counts as not said', (reset) => {
    expect(rates(reset)).toBeUndefined()
  })

  test.each(['', '-1', 'many', '1e9', 'NaN', '0x10', '1.5', '9'.repeat(30)])('"%s" is no count', (count) => {
    expect(rates('1s', { 'x-ratelimit-remaining-requests': count })).toBeUndefined()
    expect(rates('1s', { 'x-ratelimit-limit-requests': count })).toEqual({ limit: null, remaining: 59, resetMs: 1_000 })
  })

  test('a limit of 0 is how a server without limits says so', () => {
    expect(rates('1s', { 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' })).toBeUndefined()
  })

  test('requests and tokens are told apart, and nothing said is no report', () => {
    const headers: Headers = { 'x-ratelimit-limit-tokens': '150000', 'x-ratelimit-remaining-tokens': '149984', 'x-ratelimit-reset-tokens': '6ms' }
    expect(readRates((name) => headers[name], now)).toEqual({ tokens: { limit: 150_000, remaining: 149_984, resetMs: 6 } })
    expect(readRates(() => undefined, now)).toBeUndefined()
  })
})

describe('as Anthropic says it', () => {
  const said = (kind: string, limit: number, remaining: number, seconds = '30'): Headers => ({
    [`anthropic-ratelimit-${kind}-limit`]: String(limit),
    [`anthropic-ratelimit-${kind}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${kind}-reset`]: `2026-11-21T08:00:${seconds}Z`,
  })
  const read = (...parts: Headers[]) => readAnthropicRates((name) => Object.assign({}, ...parts)[name], now)

  test('requests and tokens are whole again at their times', () => {
    expect(read(said('requests', 50, 49), said('tokens', 50_000, 49_000, '01'))).toEqual({
      requests: { limit: 50, remaining: 49, resetMs: 30_000 },
      tokens: { limit: 50_000, remaining: 49_000, resetMs: 1_000 },
    })
  })

  test('where only input and output are said, tokens are their sum', () => {
    expect(read(said('input-tokens', 40_000, 39_000), said('output-tokens', 8_000, 7_000, '40'))).toEqual({ tokens: { limit: 48_000, remaining: 46_000, resetMs: 40_000 } })
    expect(read(said('output-tokens', 8_000, 7_000))).toEqual({ tokens: { limit: 8_000, remaining: 7_000, resetMs: 30_000 } })
  })

  test('while one kind of tokens is used up, all are', () => {
    const all = said('tokens', 48_000, 20_000)
    expect(read(all, said('input-tokens', 40_000, 20_000), said('output-tokens', 8_000, 0, '45'))?.tokens).toEqual({ limit: 8_000, remaining: 0, resetMs: 45_000 })
    expect(read(all, said('input-tokens', 40_000, 0, '12'), said('output-tokens', 8_000, 1))?.tokens).toEqual({ limit: 40_000, remaining: 0, resetMs: 12_000 })
  })

  test('a time that is none counts as not said', () => {
    expect(read(said('requests', 50, 49, 'xx'))).toBeUndefined()
  })
})

const future = (): string => new Date(Date.now() + 60_000).toISOString()
const headersOf: Readonly<Record<string, () => Headers>> = {
  openai: () => ({ 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-reset-requests': '1m0s' }),
  compatible: () => ({ 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-reset-requests': '1m0s' }),
  lmstudio: () => ({ 'X-RateLimit-Limit-Requests': '60', 'X-RateLimit-Remaining-Requests': '7', 'X-RateLimit-Reset-Requests': '1m0s' }),
  anthropic: () => ({ 'anthropic-ratelimit-requests-limit': '60', 'anthropic-ratelimit-requests-remaining': '7', 'anthropic-ratelimit-requests-reset': future() }),
}

describe.each(everyServer.filter(({ name }) => headersOf[name] !== undefined))('$name', (served) => {
  const expected = { requests: { limit: 60, remaining: 7, resetMs: expect.any(Number) } }

  test('gives what the server says of its limits with the answer', async () => {
    await using open = await serve(served, () => ({ answer: 'x', headers: headersOf[served.name]!() }))
    const { rates } = await ask(open.provider)
    expect(rates).toEqual(expected)
    expect(rates!.requests!.resetMs).toBeGreaterThan(50_000)
    expect(rates!.requests!.resetMs).toBeLessThanOrEqual(60_000)
  })

  test.each([
    ['a 429', { status: 429, body: {} }],
    ['a 500', { status: 500, body: {} }],
    ['a refusal', { answer: '', refusal: 'no' }],
    ['a reply that is none', { status: 200, body: { ok: true } }],
    ['a page of HTML', { status: 200, body: '<html></html>' }],
  ])('gives it with the error of %s', async (_, reaction) => {
    await using open = await serve(served, () => ({ ...reaction, headers: { ...headersOf[served.name]!() } }))
    expect((await failureOf(ask(open.provider))).rates).toEqual(expected)
  })

  test('gives none where the server says none', async () => {
    await using open = await serve(served)
    expect(await ask(open.provider)).not.toHaveProperty('rates')
  })
})
