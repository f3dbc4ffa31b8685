/** Jobs in, from any number of sessions; what threads find for each out. A thread that does not stop when it is told to is ended and replaced. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { FromGrepThread, GrepJob, GrepReply, ToGrepThread } from './job.ts'
import type { WasmModule } from './webAssembly.ts'

/** More gain little: what is searched comes from one disk, or one memory. */
const maxThreads = 4

/** How long a thread may take to see that its job was ended, in milliseconds. */
const stopMs = 200

interface Waiting {
  readonly job: GrepJob
  readonly settle: (reply: GrepReply) => void
}

interface Thread {
  readonly worker: Worker
  job: Waiting | undefined
}

export class GrepThreads {
  readonly #size: number
  readonly #threads: Thread[] = []
  /** By owner, who take turns: what one session asks does not hold up another's. */
  readonly #waiting = new Map<object, Waiting[]>()
  #module: WasmModule | undefined

  constructor(size: number = Math.min(maxThreads, availableParallelism())) {
    this.#size = size
  }

  /** Jobs that can be done at the same time. */
  get size(): number {
    return this.#size
  }

  /** Does a job; rejects with the signal's reason once it is aborted, and then stops it. */
  run(job: Omit<GrepJob, 'cancel'>, { owner, signal }: { readonly owner: object; readonly signal: AbortSignal }): Promise<GrepReply> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const cancel = new SharedArrayBuffer(4)
      const stop = (): void => {
        reject(signal.reason as Error)
        this.#stop(owner, waiting, cancel)
      }
      const waiting: Waiting = {
        job: { ...job, cancel },
        settle: (reply) => {
          signal.removeEventListener('abort', stop)
          resolve(reply)
        },
      }
      signal.addEventListener('abort', stop, { once: true })
      const queue = this.#waiting.get(owner)
      if (queue === undefined) this.#waiting.set(owner, [waiting])
      else queue.push(waiting)
      this.#next()
    })
  }

  /** Ends all threads; jobs under way get no answer. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()))
  }

  #next(): void {
    while (this.#waiting.size > 0) {
      const thread = this.#threads.find(({ job }) => job === undefined) ?? this.#start()
      if (thread === undefined) return
      const [[owner, queue]] = this.#waiting as unknown as [[object, Waiting[]]] // it is not empty
      const job = queue.shift()
      // The owner goes to the end of the row.
      this.#waiting.delete(owner)
      if (queue.length > 0) this.#waiting.set(owner, queue)
      if (job !== undefined) this.#give(thread, job)
    }
  }

  #give(thread: Thread, waiting: Waiting): void {
    thread.job = waiting
    // Whoever waits for an answer must not see the process end meanwhile.
    thread.worker.ref()
    const message: ToGrepThread = { job: waiting.job }
    thread.worker.postMessage(message)
  }

  #start(): Thread | undefined {
    if (this.#threads.length >= this.#size) return undefined
    // What the host was started with is not for threads: a loader of the embedding program has no business here.
    const worker = new Worker(new URL(`../../../workers/grep${import.meta.url.slice(-3)}`, import.meta.url), { workerData: this.#module ?? null, env: pathOnly(), name: 'replm grep' })
    const thread: Thread = { worker, job: undefined }
    worker.unref()
    worker.on('message', (message: FromGrepThread) => {
      if ('module' in message) this.#module = message.module
      else this.#settle(thread, message)
    })
    worker.once('error', (error: unknown) => this.#lose(thread, error))
    worker.once('exit', () => this.#lose(thread, undefined))
    this.#threads.push(thread)
    return thread
  }

  #settle(thread: Thread, reply: GrepReply): void {
    const settled = thread.job
    thread.job = undefined
    thread.worker.unref()
    settled?.settle(reply)
    this.#next()
  }

  /** The thread is gone; its job, unless it was ended, has failed. */
  #lose(thread: Thread, error: unknown): void {
    const at = this.#threads.indexOf(thread)
    if (at === -1) return
    this.#threads.splice(at, 1)
    const why = error === undefined ? 'it was ended' : error instanceof Error ? error.message : String(error)
    thread.job?.settle({ error: { code: 'MEMORY', message: `The thread of a search has died (${why}). Search for a smaller pattern, or in fewer documents at once.` } })
    this.#next()
  }

  #stop(owner: object, waiting: Waiting, cancel: SharedArrayBuffer): void {
    const queue = this.#waiting.get(owner)
    const at = queue?.indexOf(waiting) ?? -1
    if (queue !== undefined && at !== -1) {
      queue.splice(at, 1)
      if (queue.length === 0) this.#waiting.delete(owner)
      return
    }
    const thread = this.#threads.find(({ job }) => job === waiting)
    if (thread === undefined) return
    Atomics.store(new Int32Array(cancel), 0, 1)
    setTimeout(() => {
      if (thread.job !== waiting) return
      this.#lose(thread, undefined)
      void thread.worker.terminate()
    }, stopMs).unref()
  }
}

/** All that a thread needs of the environment: where the machine's own ripgrep may be. */
function pathOnly(): Record<string, string> {
  const { PATH } = process.env
  return PATH === undefined ? {} : { PATH }
}

let shared: GrepThreads | undefined

/** Those of the process, which all its sessions share. */
export function sharedThreads(): GrepThreads {
  return (shared ??= new GrepThreads())
}
