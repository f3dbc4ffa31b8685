/** A Dispatch in; a Dispatch that asks equal questions under way once, out. */
import type { Answer, Dispatch, DispatchOptions, Query } from '../../../types.ts'
import { onAbort } from '../onAbort.ts'
import { requestKey, wants } from '../requestKey.ts'

interface Asker {
  readonly options: DispatchOptions
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
  readonly letGo: () => void
}

/** One question under way, and those who asked it; the first of them pays. */
interface Flight {
  readonly askers: Set<Asker>
  readonly controller: AbortController
  readonly pieces: string[]
  /** The number of its last attempt; 0 before any was sent. */
  attempt: number
}

/** An answer as it is for one who does not pay. */
export function asShared({ text, finishReason, queueMs, llmMs }: Answer): Answer {
  return { text, finishReason, queueMs, llmMs, usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, attempts: 0 }
}

/**
 * Only questions with an explicit `temperature: 0`, or with `dedupe: true`. Whoever asked first has the cost of it, the others none. One who aborts leaves the others
 * theirs: the question itself ends when all have left; where the one who pays leaves, the next one does. A failure is everybody's.
 * `endpointOf` says where a provider asks.
 */
export function withCoalescing(next: Dispatch, { endpointOf }: { readonly endpointOf: (provider: string) => string }): Dispatch {
  const flights = new Map<string, Flight>()

  function join(key: string, query: Query, options: DispatchOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const known = flights.get(key)
      const flight = known ?? { askers: new Set(), controller: new AbortController(), pieces: [], attempt: 0 }
      const letGo = onAbort(options.signal, () => leave(key, flight, asker))
      const asker: Asker = { options, resolve, reject, letGo }
      flight.askers.add(asker)
      if (known !== undefined) return known.pieces.forEach((piece) => options.onText?.(piece))
      flights.set(key, flight)
      void fly(key, flight, query, options)
    })
  }

  async function fly(key: string, flight: Flight, query: Query, { owner, onText }: DispatchOptions): Promise<void> {
    const onSend = (attempt: number): void => {
      flight.attempt = attempt
      payerOf(flight)?.options.onSend?.(attempt)
    }
    const tell = (piece: string): void => {
      flight.pieces.push(piece)
      for (const { options } of flight.askers) options.onText?.(piece)
    }
    try {
      const onLost = (): void => payerOf(flight)?.options.onLost?.()
      const answer = await next(query, { signal: flight.controller.signal, onSend, onLost, ...(owner === undefined ? {} : { owner }), ...(onText === undefined ? {} : { onText: tell }) })
      const payer = payerOf(flight)
      land(key, flight, (asker) => asker.resolve(asker === payer ? answer : asShared(answer)))
    } catch (thrown) {
      land(key, flight, (asker) => asker.reject(thrown))
    }
  }

  function land(key: string, flight: Flight, settle: (asker: Asker) => void): void {
    if (flights.get(key) === flight) flights.delete(key)
    for (const asker of flight.askers) {
      asker.letGo()
      settle(asker)
    }
    flight.askers.clear()
  }

  function leave(key: string, flight: Flight, asker: Asker): void {
    const wasPayer = payerOf(flight) === asker
    flight.askers.delete(asker)
    asker.reject(asker.options.signal.reason)
    const heir = payerOf(flight)
    if (heir === undefined) {
      // Whoever asks now starts anew.
      if (flights.get(key) === flight) flights.delete(key)
      flight.controller.abort(asker.options.signal.reason)
    } else if (wasPayer && flight.attempt > 0) {
      heir.options.onSend?.(flight.attempt)
    }
  }

  return (query, options) => {
    if (!wants(query, 'dedupe')) return next(query, options)
    if (options.signal.aborted) return Promise.reject(options.signal.reason)
    // A stream is not asked again once it has begun, and bounds differ: only what behaves alike is shared.
    const kind = `${options.onText === undefined ? 'whole' : 'pieces'} ${query.timeoutMs} ${query.timeoutIsFinal} ${wants(query, 'cache')}`
    return join(`${kind} ${requestKey(query, endpointOf(query.provider))}`, query, options)
  }
}

function payerOf({ askers }: Flight): Asker | undefined {
  return askers.values().next().value
}
