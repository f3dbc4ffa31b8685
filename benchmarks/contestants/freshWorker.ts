/** The old way: a thread for each batch, which loads what it needs, asks all questions, gives back what they came to, and ends. */
import { Worker } from 'node:worker_threads'
import type { Batch, BatchOutcome } from '../batch.ts'
import type { Open } from '../contestant.ts'
import { measureBatch } from './measured.ts'
import type { DispatchSetup } from './dispatch.ts'
import type { ThreadTask } from './freshWorkerThread.ts'

export const open: Open<Pick<DispatchSetup, 'baseUrl'>, Batch, BatchOutcome> = async ({ baseUrl }) => {
  const entry = new URL('freshWorkerThread.ts', import.meta.url)
  return (batch) =>
    measureBatch(batch, async (prompts) => {
      const workerData: ThreadTask = { batch, prompts, baseUrl }
      const worker = new Worker(entry, { workerData })
      const settled = await new Promise<PromiseSettledResult<string>[]>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      await worker.terminate()
      return settled
    })
}
