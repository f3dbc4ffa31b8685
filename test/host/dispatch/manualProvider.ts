/** Attempts in; the same attempts in the hands of a test, which answers or fails each when it likes, out. */
import type { Provider, ProviderAnswer, ProviderQuery } from '../../../src/types.ts'

export interface Attempt {
  readonly query: ProviderQuery
  readonly signal: AbortSignal
  readonly answer: (text?: string) => void
  readonly fail: (thrown: unknown) => void
}

export interface ManualProvider extends Provider {
  /** All attempts so far, in order. */
  readonly attempts: readonly Attempt[]
  /** Attempts neither answered, nor failed, nor aborted. */
  readonly open: number
  /** Most that were open at one time. */
  readonly maxOpen: number
}

export interface ManualProviderOptions {
  readonly name?: string
  readonly pricing?: NonNullable<Provider['pricing']>
  /** Acts on each attempt as it comes. @default leaves it to the test */
  readonly on?: (attempt: Attempt, index: number) => void
}

/** Usage is 10 tokens in and 5 out per answer. Its attempts end with their signal, as those of a good provider do. */
export function createManualProvider({ name = 'manual', pricing = 'free', on }: ManualProviderOptions = {}): ManualProvider {
  const attempts: Attempt[] = []
  let open = 0
  let maxOpen = 0
  return {
    name,
    pricing,
    attempts,
    get open() {
      return open
    },
    get maxOpen() {
      return maxOpen
    },
    query: async (query, { signal }) => {
      open += 1
      maxOpen = Math.max(maxOpen, open)
      const { promise, resolve, reject } = Promise.withResolvers<ProviderAnswer>()
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      const attempt: Attempt = { query, signal, answer: (text = query.prompt) => resolve({ text, usage: { inputTokens: 10, outputTokens: 5 } }), fail: reject }
      const index = attempts.push(attempt) - 1
      on?.(attempt, index)
      try {
        return await promise
      } finally {
        open -= 1
      }
    },
  }
}
