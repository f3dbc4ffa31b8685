/** A provider and model in; how its questions are priced, out. */
import type { Provider } from '../../types.ts'

interface Tokens {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** What a model's tokens cost. */
export interface TokenPrice {
  /** US dollars. */
  readonly usdOf: (usage: Tokens) => number
}

/** How the cost of a model's answers is known. */
export type Pricing =
  | { readonly kind: 'priced'; readonly usdOf: (usage: Tokens) => number }
  /** Only from the answers themselves, where they say it. */
  | { readonly kind: 'stated' }
  /** Not at all. */
  | { readonly kind: 'unpriced' }

const free: Pricing = Object.freeze({ kind: 'priced', usdOf: () => 0 })

export interface PricingOptions {
  /** The table; asked only for providers that go by it. */
  readonly priceOf: (provider: string, model: string) => Promise<TokenPrice | null>
  /** False for a provider of the embedding program. */
  readonly isBuiltIn: boolean
}

/** How `model` of `provider` is priced. */
export async function pricingOf(provider: Provider, model: string, { priceOf, isBuiltIn }: PricingOptions): Promise<Pricing> {
  switch (provider.pricing ?? 'self') {
    case 'free':
      return free
    case 'self':
      // A remote server may state a cost or not, and is known only by asking: too late for a budget. The program's own provider is taken at its word.
      return { kind: isBuiltIn ? 'unpriced' : 'stated' }
    case 'table': {
      const price = await priceOf(provider.name, model)
      return price === null ? { kind: 'unpriced' } : { kind: 'priced', usdOf: (usage) => price.usdOf(usage) }
    }
  }
}

/** US dollars of an answer: what the provider states wins over what a table says; null where neither knows. */
export function usdOf(pricing: Pricing, usage: Tokens & { readonly usd?: number }): number | null {
  return usage.usd ?? (pricing.kind === 'priced' ? pricing.usdOf(usage) : null)
}
