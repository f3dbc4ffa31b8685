/** A Dispatch and a store of answers in; a Dispatch that asks nothing that is answered there, out. */
import type { Answer, Dispatch, DispatchOptions, Query } from '../../../types.ts'
import type { AnswerStore } from '../answerStore.ts'
import { requestKey, wants } from '../requestKey.ts'

export interface CacheLayerOptions {
  readonly store: AnswerStore
  /** Where a provider asks. */
  readonly endpointOf: (provider: string) => string
}

/**
 * Only questions with an explicit `temperature: 0`, or with `cache: true`. An answer from here costs nothing, was sent to nobody, and took no time. Only whole answers are kept: no failures,
 * no refusals, and where a schema is asked for, nothing that is no JSON.
 */
export function withCache(next: Dispatch, { store, endpointOf }: CacheLayerOptions): Dispatch {
  return (query, options) => (wants(query, 'cache') ? cached(query, options) : next(query, options))

  async function cached(query: Query, options: DispatchOptions): Promise<Answer> {
    options.signal.throwIfAborted()
    const key = requestKey(query, endpointOf(query.provider))
    const known = store.get(key)
    if (known !== undefined) {
      if (known.text !== '') options.onText?.(known.text)
      return { ...known, usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, queueMs: 0, llmMs: 0, attempts: 0 }
    }
    const answer = await next(query, options)
    const { text, finishReason } = answer
    if ((finishReason === 'stop' || finishReason === 'length') && (query.schema === undefined || isJson(text))) store.set(key, { text, finishReason })
    return answer
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
