/** A question in; the same text for every question that has the same answer, out. */
import { hash } from 'node:crypto'
import type { Query } from '../../types.ts'

/** Everything that changes the answer, and nothing else. `endpoint` is where the provider asks: two servers may give one model's name to different models. */
export function requestKey({ provider, model, prompt, system, maxTokens, temperature, stop, schema }: Query, endpoint: string): string {
  return hash('sha256', JSON.stringify([endpoint, provider, model, prompt, system ?? null, maxTokens ?? null, temperature ?? null, stop ?? null, schema === undefined ? null : [schema]]), 'base64url')
}

/** What a question that says nothing of `dedupe` or `cache` gets: ten equal prompts are ten samples, unless they ask for no chance at all. */
export function wants(query: Pick<Query, 'dedupe' | 'cache' | 'temperature'>, what: 'dedupe' | 'cache'): boolean {
  return query[what] ?? query.temperature === 0
}
