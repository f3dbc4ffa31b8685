/** The three paths of replm in one process, with the lean client; the wall time of a batch on one of them, in milliseconds, out. */
import { promptOf, type Batch } from '../batch.ts'
import type { Open } from '../contestant.ts'
import { timed } from '../series.ts'
import { whileBusy } from './busyHost.ts'
import { askOne, openDispatchers } from './dispatch.ts'

export interface PathTask extends Batch {
  readonly path: 'async' | 'pool' | 'auto'
}

/** No garbage is collected before a batch: that throws away what the engine knows of code that did not just run, and a single question then takes ten times as long. */
export const open: Open<{ readonly baseUrl: string }, PathTask, number> = async ({ baseUrl }) => {
  const dispatchers = {
    async: await openDispatchers({ path: 'async', baseUrl }),
    pool: await openDispatchers({ path: 'pool', baseUrl }),
    auto: await openDispatchers({ path: 'auto', baseUrl }),
  }
  return ({ path, ...batch }) => {
    const { dispatch } = dispatchers[path](batch.concurrency)
    const prompts = Array.from({ length: batch.queries }, (_, index) => promptOf(index))
    const work = (): Promise<unknown> => Promise.all(prompts.map((prompt) => askOne(dispatch, prompt, batch)))
    return timed(batch.busy === true ? () => whileBusy(work) : work)
  }
}
