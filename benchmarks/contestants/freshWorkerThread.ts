/** Thread entry of the old way: all questions of one batch in; what they came to, in one message, out. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Batch } from '../batch.ts'
import { askOne, openDispatchers } from './dispatch.ts'

export interface ThreadTask {
  readonly batch: Batch
  readonly prompts: readonly string[]
  readonly baseUrl: string
}

const { batch, prompts, baseUrl } = workerData as ThreadTask // What the parent gave.
const { dispatch } = (await openDispatchers({ path: 'async', baseUrl }))(batch.concurrency)
const settled = await Promise.allSettled(prompts.map((prompt) => askOne(dispatch, prompt, batch)))
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
parentPort?.postMessage(settled.map((slot) => (slot.status === 'fulfilled' ? slot : { status: 'rejected', reason: String(slot.reason) })))
