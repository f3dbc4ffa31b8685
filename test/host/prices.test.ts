/** Prices by the table. */
import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, it } from 'vitest'
import { priceOf } from '../../src/host/prices.ts'

describe('priceOf', () => {
  it('gives the rates of a model per token', async () => {
    const price = await priceOf('openai', 'gpt-5-mini')
    expect(price?.inputUsdPerToken).toBeGreaterThan(0)
    expect(price?.outputUsdPerToken).toBeGreaterThan(price?.inputUsdPerToken ?? Infinity)
    expect(price?.usdOf({ inputTokens: 1_000, outputTokens: 10 })).toBeCloseTo(1_000 * (price?.inputUsdPerToken ?? 0) + 10 * (price?.outputUsdPerToken ?? 0), 12)
  })

  it('agrees with the table on every size of prompt, also where long prompts cost more per token', async () => {
    for (const [provider, model] of [['openai', 'gpt-5-mini'], ['anthropic', 'claude-sonnet-4-5'], ['google', 'gemini-2.5-pro']] as const) {
      const price = await priceOf(provider, model)
      for (const inputTokens of [0, 1, 200_000, 200_001, 1_000_000]) {
        const expected = calcPrice({ input_tokens: inputTokens, output_tokens: 500 }, model, { providerId: provider })?.total_price
        expect(price?.usdOf({ inputTokens, outputTokens: 500 })).toBeCloseTo(expected ?? NaN, 10)
      }
    }
  })

  it.each([
    ['openai', 'no-such-model'],
    ['no-such-provider', 'gpt-5-mini'],
    ['openai', ''],
  ])('gives null, not 0, for what it does not know: %s/%s', async (provider, model) => {
    expect(await priceOf(provider, model)).toBe(null)
  })

  it('looks a model up once', () => {
    expect(priceOf('openai', 'gpt-5-mini')).toBe(priceOf('openai', 'gpt-5-mini'))
  })
})
