/** A question in; the same text for every question that has the same answer, out. */
import { hash } from 'node:crypto'
import type { Query } from '../../types.ts'

/** Everything that changes the answer, and nothing else. `endpoint` is where the provider asks: two servers may give one model's name to different models. */
export function requestKey({ provider, model, prompt, system, maxTokens, temperature, stop, schema }: Query, endpoint: string): string {
  const rest = JSON.stringify([endpoint, provider, model, system ?? null, maxTokens ?? null, temperature ?? null, stop ?? null, schema === undefined ? null : [schema]])
  // The prompt as it is costs half as much as its JSON, which is needed only for halves of a pair: in UTF-8 they would all be the same. JSON has no control characters.
  return hash('sha256', prompt.isWellFormed() ? `${rest}\0${prompt}` : `${rest}\u0001${JSON.stringify(prompt)}`, 'base64url')
}

/** What a question that says nothing of `dedupe` or `cache` gets: ten equal prompts are ten samples, unless they ask for no chance at all. */
export function wants(query: Pick<Query, 'dedupe' | 'cache' | 'temperature'>, what: 'dedupe' | 'cache'): boolean {
  return query[what] ?? query.temperature === 0
}
