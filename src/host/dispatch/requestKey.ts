/** A question in; the same text for every question that has the same answer, out. */
import { hash } from 'node:crypto'
import type { Query } from '../../types.ts'

/** Everything that changes the answer, and nothing else. `endpoint` is where the provider asks: two servers may give one model's name to different models. */
export function requestKey(query: Query, endpoint: string): string {
  const { prompt } = query
  const rest = restOf(query, endpoint)
  // The prompt as it is costs half as much as its JSON, which is needed only for halves of a pair: in UTF-8 they would all be the same. JSON has no control characters.
  return hash('sha256', prompt.isWellFormed() ? `${rest}\0${prompt}` : `${rest}\u0001${JSON.stringify(prompt)}`, 'base64url')
}

/** The last question's that had no options: a batch has thousands of those, to one model. */
let plain: { readonly endpoint: string; readonly provider: string; readonly model: string; readonly rest: string } | undefined

/** All but the prompt. */
function restOf({ provider, model, system, maxTokens, temperature, stop, schema }: Query, endpoint: string): string {
  const isPlain = system === undefined && maxTokens === undefined && temperature === undefined && stop === undefined && schema === undefined
  if (isPlain && plain?.model === model && plain.provider === provider && plain.endpoint === endpoint) return plain.rest
  const rest = JSON.stringify([endpoint, provider, model, system ?? null, maxTokens ?? null, temperature ?? null, stop ?? null, schema === undefined ? null : [schema]])
  if (isPlain) plain = { endpoint, provider, model, rest }
  return rest
}

/** What a question that says nothing of `dedupe` or `cache` gets: ten equal prompts are ten samples, unless they ask for no chance at all. */
export function wants(query: Pick<Query, 'dedupe' | 'cache' | 'temperature'>, what: 'dedupe' | 'cache'): boolean {
  return query[what] ?? query.temperature === 0
}
