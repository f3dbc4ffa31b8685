/** The three paths of replm in one process, with the lean client: code, heap and machine are the same for all of them, whatever this process came to be. */
import type { Batch, BatchOutcome } from '../batch.ts'
import type { Open } from '../contestant.ts'
import { askOne, openDispatchers } from './dispatch.ts'
import { measureBatch } from './measured.ts'

export interface PathTask extends Batch {
  readonly path: 'async' | 'pool' | 'auto'
}

export const open: Open<{ readonly baseUrl: string }, PathTask, BatchOutcome> = async ({ baseUrl }) => {
  const [async, pool, auto] = await Promise.all((['async', 'pool', 'auto'] as const).map((path) => openDispatchers({ path, baseUrl })))
  const dispatchers = { async, pool, auto }
  return ({ path, ...batch }) => {
    const { dispatch } = (dispatchers[path] as NonNullable<typeof async>)(batch.concurrency) // One was opened for each name.
    return measureBatch(batch, (prompts) => Promise.allSettled(prompts.map((prompt) => askOne(dispatch, prompt, batch))))
  }
}
