/** The dispatch engine of replm on one of its paths, with the lean client; 'sequential' asks one question after the other. */
import type { createDispatcher as CreateDispatcher, Dispatcher } from '../../src/host/dispatch/dispatcher.ts'
import type { createRegistry as CreateRegistry } from '../../src/host/providers/registry.ts'
import type { Batch, BatchOutcome } from '../batch.ts'
import { loadPart } from '../built.ts'
import type { Open } from '../contestant.ts'
import { measureBatch } from './measured.ts'

export interface DispatchSetup {
  readonly path: 'async' | 'pool' | 'auto' | 'sequential'
  readonly baseUrl: string
}

export const open: Open<DispatchSetup, Batch, BatchOutcome> = async ({ path, baseUrl }) => {
  const dispatchers = await openDispatchers({ path: path === 'sequential' ? 'async' : path, baseUrl })
  return async (batch) => {
    const { dispatch } = dispatchers(path === 'sequential' ? 1 : batch.concurrency)
    const ask = (prompt: string): Promise<string> => askOne(dispatch, prompt, batch)
    return measureBatch(batch, async (prompts) => {
      if (path !== 'sequential') return Promise.allSettled(prompts.map(ask))
      const settled: PromiseSettledResult<string>[] = []
      for (const prompt of prompts) settled.push(...(await Promise.allSettled([ask(prompt)])))
      return settled
    })
  }
}

/** One dispatcher for each concurrency, kept from batch to batch, as a program keeps its replm. */
export async function openDispatchers({
  path,
  baseUrl,
}: {
  readonly path: 'async' | 'pool' | 'auto'
  readonly baseUrl: string
}): Promise<(concurrency: number) => Dispatcher> {
  const { createDispatcher } = await loadPart<{ readonly createDispatcher: typeof CreateDispatcher }>('host/dispatch/dispatcher')
  const { createRegistry } = await loadPart<{ readonly createRegistry: typeof CreateRegistry }>('host/providers/registry')
  const env = { REPLM_BASE_URL: baseUrl }
  const registry = createRegistry({ env })
  const known = new Map<number, Dispatcher>()
  return (concurrency) => {
    const dispatcher = known.get(concurrency) ?? createDispatcher({ registry, path, concurrency, maxAttempts: 5, env, priceOf: () => Promise.resolve(null) })
    known.set(concurrency, dispatcher)
    return dispatcher
  }
}

const signal = new AbortController().signal

/** As the host asks for a guest; a stream is wanted in pieces. */
export async function askOne(dispatch: Dispatcher['dispatch'], prompt: string, { model, stream }: Pick<Batch, 'model' | 'stream'>): Promise<string> {
  const query = { provider: 'compatible', model, prompt, timeoutMs: 300_000, timeoutIsFinal: false }
  const answer = await dispatch(query, stream === true ? { signal, onText: () => undefined } : { signal })
  return answer.text
}
