/** Threads started one after the other and kept: what each takes until it runs, and of memory. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Open } from '../contestant.ts'
import { memoryMb } from '../processes.ts'
import { timed } from '../series.ts'

export interface ThreadsTask {
  readonly threads: number
}

export interface ThreadsOutcome {
  readonly startMs: readonly number[]
  readonly mbPerThread: number
}

export const open: Open<undefined, ThreadsTask, ThreadsOutcome> = async () => async (task) => {
  const before = memoryMb(process.pid).rss
  const workers: Worker[] = []
  const startMs: number[] = []
  for (let index = 0; index < task.threads; index++) {
    startMs.push(
      await timed(() => {
        const worker = new Worker("require('node:worker_threads').parentPort.on('message', () => undefined)", { eval: true })
        workers.push(worker)
        return once(worker, 'online')
      }),
    )
  }
  const mbPerThread = (memoryMb(process.pid).rss - before) / task.threads
  await Promise.all(workers.map((worker) => worker.terminate()))
  return { startMs, mbPerThread }
}
