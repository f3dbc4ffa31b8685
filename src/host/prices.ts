/** A provider and a model in; what a token costs, out. The only importer of the price table. */

interface Tokens {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Rates of one model, in US dollars. */
export interface ModelPrice {
  /** Of a question of no more tokens than the first tier begins at. */
  readonly inputUsdPerToken: number
  readonly outputUsdPerToken: number
  /** What a question and its answer cost; some models cost more per token with a long prompt. */
  readonly usdOf: (usage: Tokens) => number
}

/** A rate that depends on the size of the prompt. */
interface Rate {
  readonly base: number
  /** From the smallest prompt up. */
  readonly tiers: readonly { readonly start: number; readonly price: number }[]
}

const prices = new Map<string, Promise<ModelPrice | null>>()

/** Models remembered at the most. */
const maxModels = 1_000

/**
 * The price of `model` at `provider`, by the table of `@pydantic/genai-prices` (rates per million tokens, as of its release); null where it knows none:
 * that is "unpriced", never 0. A look-up takes 0.2 ms and loading the table 30 ms, so it is loaded at first use and each model looked up once.
 */
export function priceOf(provider: string, model: string): Promise<ModelPrice | null> {
  const key = `${provider}/${model}`
  const known = prices.get(key)
  if (known !== undefined) return known
  const price = lookUp(provider, model)
  if (prices.size >= maxModels) prices.clear()
  prices.set(key, price)
  return price
}

async function lookUp(provider: string, model: string): Promise<ModelPrice | null> {
  const { calcPrice } = await import('@pydantic/genai-prices')
  let found: ReturnType<typeof calcPrice>
  try {
    found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { providerId: provider })
  } catch {
    // The table throws for entries that it cannot add up. No price is what that means.
    return null
  }
  const input = rateOf(found?.model_price['input_mtok'])
  const output = rateOf(found?.model_price['output_mtok'])
  if (input === undefined || output === undefined) return null
  return {
    inputUsdPerToken: input.base / 1e6,
    outputUsdPerToken: output.base / 1e6,
    usdOf: ({ inputTokens, outputTokens }) => (inputTokens * rateAt(input, inputTokens) + outputTokens * rateAt(output, inputTokens)) / 1e6,
  }
}

function rateOf(price: number | Rate | undefined): Rate | undefined {
  return typeof price === 'number' ? { base: price, tiers: [] } : price
}

/** The tier is chosen by the size of the prompt, for input and output alike, and holds for all of its tokens. */
function rateAt({ base, tiers }: Rate, inputTokens: number): number {
  let rate = base
  for (const { start, price } of tiers) if (inputTokens > start) rate = price
  return rate
}
