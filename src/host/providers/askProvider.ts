/** One attempt in; its answer out, and its pieces as they come where they are wanted: the same on the host's loop and in a thread. */
import { ReplmError } from '../../errors.ts'
import type { Provider, ProviderAnswer, ProviderQuery, ProviderQueryOptions } from '../../types.ts'

/** What comes with one attempt on its way to a provider. */
export interface AskOptions extends ProviderQueryOptions {
  /** Wants the reply in pieces: never empty ones, in order, all of them before the answer. Must not throw. */
  readonly onText?: ((text: string) => void) | undefined
}

/** A provider that cannot stream gives its whole reply as one piece. Rejects with what the provider threw. */
export function askProvider(provider: Provider, query: ProviderQuery, { onText, ...options }: AskOptions): Promise<ProviderAnswer> {
  if (onText === undefined) return provider.query(query, options)
  return provider.stream === undefined ? askWhole(provider, query, { ...options, onText }) : readPieces(provider.stream(query, options), { ...options, onText })
}

type Pieces = AskOptions & { readonly onText: (text: string) => void }

async function askWhole(provider: Provider, query: ProviderQuery, { onText, ...options }: Pieces): Promise<ProviderAnswer> {
  const answer = await provider.query(query, options)
  // A reply of another shape is the pump's to refuse.
  if (typeof answer?.text === 'string' && answer.text !== '') onText(answer.text)
  return answer
}

async function readPieces(pieces: AsyncGenerator<string, ProviderAnswer, undefined>, { onText, signal }: Pieces): Promise<ProviderAnswer> {
  for (;;) {
    const next = await pieces.next()
    if (next.done === true) return next.value
    if (signal.aborted || typeof next.value !== 'string') {
      // Not waited for: a generator that does not heed its signal may hang in here as well.
      void pieces.return(undefined as never).catch(() => {}) // it is asked to end, not to answer
      throw signal.aborted ? signal.reason : new ReplmError('PROVIDER', 'A stream gave a piece that is no text. It must yield strings')
    }
    if (next.value !== '') onText(next.value)
  }
}
