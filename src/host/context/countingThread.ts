/** A stretch of a long text in; its segments, counted by a thread, out. One thread serves the process, and ends when nothing was asked for a while. */
import { Worker } from 'node:worker_threads'
import type { EncodingName } from '../../types.ts'
import type { Segment } from './measure.ts'

/** Bytes that a thread can read for itself: a file by its path, or one that has no name any more by its number. */
export type SharedFile = { readonly path: string } | { readonly fd: number }

/** Host → thread. */
export interface CountTask {
  readonly id: number
  readonly file: SharedFile
  readonly encoding: EncodingName
  /** First byte to count, where a segment begins. */
  readonly from: number
  /** About where to stop. */
  readonly to: number
  /** Where the source ends. */
  readonly end: number
}

/** Thread → host. Nothing where it could not be read to that place. */
export interface CountReply {
  readonly id: number
  readonly segments: readonly Segment[] | null
}

/** Time without a task after which the thread ends: it can be started again in a twentieth of that. */
const idleMs = 2_000

type Settle = (segments: readonly Segment[] | null) => void

let thread: { readonly worker: Worker; readonly waiting: Map<number, Settle> } | undefined
let idle: NodeJS.Timeout | undefined
let lastId = 0

/** Null where the thread could not: whoever asked then counts himself, and finds out why. */
export function countInThread(task: Omit<CountTask, 'id'>): Promise<readonly Segment[] | null> {
  clearTimeout(idle)
  thread ??= startThread()
  const { worker, waiting } = thread
  const id = ++lastId
  return new Promise((resolve) => {
    if (waiting.size === 0) worker.ref()
    waiting.set(id, resolve)
    worker.postMessage({ ...task, id } satisfies CountTask)
  })
}

function startThread(): NonNullable<typeof thread> {
  const waiting = new Map<number, Settle>()
  // Works from source and from dist. The thread needs nothing of the environment, where keys are, nor of what the program was started with.
  const worker = new Worker(new URL(`../../workers/count${import.meta.url.slice(-3)}`, import.meta.url), { env: {}, execArgv: [], name: 'replm count' })
  const started = { worker, waiting }
  worker.unref()
  worker.on('message', ({ id, segments }: CountReply) => {
    const settle = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) {
      worker.unref()
      idle = setTimeout(() => end(started), idleMs).unref()
    }
    settle?.(segments)
  })
  worker.on('error', () => end(started))
  worker.on('exit', () => end(started))
  return started
}

function end(ended: NonNullable<typeof thread>): void {
  if (thread === ended) thread = undefined
  for (const settle of ended.waiting.values()) settle(null)
  ended.waiting.clear()
  void ended.worker.terminate()
}
