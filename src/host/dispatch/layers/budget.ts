/** A Dispatch and a budget in; a Dispatch that sends nothing the budget has no room for, out. */
import { ReplmError } from '../../../errors.ts'
import type { Dispatch, Query } from '../../../types.ts'
import type { Budget, Need } from '../budget.ts'
import { usdOf, type Pricing } from '../pricing.ts'

export interface BudgetLayerOptions {
  readonly budget: Budget
  /** How the model of a question is priced: the dispatcher's. Asked only where dollars are limited. */
  readonly pricing: (query: Query) => Pricing | Promise<Pricing>
}

/** Tokens reserved for a reply whose question sets no `maxTokens`, or as many as the longest reply of its model had. An estimate: what is settled is what was used. */
export const replyTokens = 1_024

/** The same under a limit, while the model has not answered yet: models that reason take that much. So where little is left, one question goes ahead of the others. */
const unknownReplyTokens = 16_384

/** Models whose replies are remembered. */
const mostModels = 256

/** Bytes of UTF-8 per token: an estimate on the safe side for prose, corrected by what the provider counts (tokenising costs 37 ms per 100 KB). */
const bytesPerToken = 4

/** The least that a model costs whose price is known only from its answers: enough to be refused once a budget is used up. */
const leastUsd = 1e-9

/**
 * Reserves before a question is sent, counts what its answer used, and gives back what was not. A question counts once, however often it was attempted;
 * one that failed counts with the tokens that its provider named, and not at all if it was never sent. An attempt that was cut off counts with all that was reserved for it.
 * Rejects with BUDGET.
 */
export function withBudget(next: Dispatch, { budget, pricing }: BudgetLayerOptions): Dispatch {
  /** Models that say nothing of their price, or that answered without saying it. */
  const silent = new Set<string>()
  /** At the most {@link mostModels}: a guest that may name any model must not fill the host's memory. */
  const seen = new Map<string, Replies>()

  function refuseUnpriced(query: Query, price: Pricing): void {
    const model = `${query.provider}/${query.model}`
    if (price.kind === 'priced' || (price.kind === 'stated' && !silent.has(model))) return
    // BUDGET, not CONFIG: the same question is answered as soon as the budget has no limit in dollars, and a guest that handles BUDGET handles this.
    throw new ReplmError(
      'BUDGET',
      `The price of ${model} is not known, so it cannot be held to a budget in US dollars. Name a model with a known price, or limit \`budget.tokens\` instead of \`budget.usd\`${price.kind === 'stated' ? '; a provider of your own that costs nothing says so with `pricing: \'free\'`' : ''}`,
    )
  }

  return async (query, options) => {
    let price: Pricing | undefined
    // Who writes down what may have been spent wants to know how much.
    if (budget.limitsUsd || options.onSend !== undefined) {
      const found = pricing(query)
      price = found instanceof Promise ? await found : found
    }
    if (price !== undefined && budget.limitsUsd) refuseUnpriced(query, price)
    const model = `${query.provider}/${query.model}`
    const unknown = budget.limitsCost ? unknownReplies : usualReplies
    let replies = seen.get(model) ?? unknown
    let need = needOf(query, price, replies)
    const reserved = budget.reserve(() => {
      const now = seen.get(model) ?? unknown
      if (now !== replies) need = needOf(query, price, (replies = now))
      return need
    }, options)
    const reservation = reserved instanceof Promise ? await reserved : reserved
    const reserve = { tokens: need.tokens, usd: price?.kind === 'priced' ? need.usd : null }
    let sent = 0
    const onSend = (attempt: number): void => {
      sent = 1
      options.onSend?.(attempt, reserve)
    }
    const onLost = (): void => {
      const refusal = reservation.lose({ tokens: reserve.tokens, usd: reserve.usd ?? 0, isUnpriced: price !== undefined && price.kind !== 'priced' })
      options.onLost?.(reserve)
      if (refusal !== undefined) throw refusal
    }
    try {
      const answer = await next(query, { ...options, onSend, onLost })
      const { inputTokens, outputTokens, usd } = answer.usage
      if (sent > 0) {
        const known = seen.get(model)
        if (known === undefined && seen.size >= mostModels) seen.clear()
        seen.set(model, withReply(known, outputTokens))
      }
      if (usd === null && price?.kind === 'stated') silent.add(model)
      // An answer that nobody was asked for (a cached one) costs nothing.
      reservation.settle({ queries: sent, tokens: sent * (inputTokens + outputTokens), usd: sent * (usd ?? 0), isUnpriced: sent > 0 && usd === null })
      return answer
    } catch (thrown) {
      const usage = thrown instanceof ReplmError ? thrown.usage : undefined
      const { inputTokens, outputTokens } = usage ?? { inputTokens: 0, outputTokens: 0 }
      const usd = usage === undefined || price === undefined ? 0 : (usdOf(price, usage) ?? 0)
      // A failure that is shared with another question is that one's to pay.
      reservation.settle({ queries: sent, tokens: sent * (inputTokens + outputTokens), usd: sent * usd })
      throw thrown
    }
  }
}

/** Of answers to a model's questions, in tokens. */
interface Replies {
  readonly longest: number
  readonly shortest: number
}

const usualReplies: Replies = Object.freeze({ longest: replyTokens, shortest: 1 })
const unknownReplies: Replies = Object.freeze({ longest: unknownReplyTokens, shortest: 1 })

/** The same object where it says nothing new. */
function withReply(known: Replies | undefined, tokens: number): Replies {
  if (known === undefined) return { longest: Math.max(tokens, replyTokens), shortest: Math.max(1, tokens) }
  if (tokens <= known.longest && tokens >= known.shortest) return known
  return { longest: Math.max(tokens, known.longest), shortest: Math.max(1, Math.min(tokens, known.shortest)) }
}

/** What replies are like counts where the question has no bound of its own. */
function needOf(query: Query, price: Pricing | undefined, replies: Replies): Need {
  const inputTokens = Math.ceil((Buffer.byteLength(query.prompt) + Buffer.byteLength(query.system ?? '') + schemaBytes(query.schema)) / bytesPerToken)
  const outputTokens = query.maxTokens ?? replies.longest
  const tokens = inputTokens + outputTokens
  // Without `maxTokens` the size of the reply is a guess, and a guess must not refuse what may well fit.
  const leastOutputTokens = query.maxTokens ?? replies.shortest
  const least = inputTokens + leastOutputTokens
  if (price === undefined) return { usd: 0, tokens, least: { usd: 0, tokens: least } }
  if (price.kind !== 'priced') return { usd: leastUsd, tokens, least: { usd: leastUsd, tokens: least } }
  return {
    usd: price.usdOf({ inputTokens, outputTokens }),
    tokens,
    least: { usd: price.usdOf({ inputTokens, outputTokens: leastOutputTokens }), tokens: least },
  }
}

const bytesBySchema = new WeakMap<object, number>()

function schemaBytes(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0
  const known = bytesBySchema.get(schema)
  if (known !== undefined) return known
  const bytes = Buffer.byteLength(JSON.stringify(schema))
  bytesBySchema.set(schema, bytes)
  return bytes
}
