/** A file in; an engine of jobs that survives the process and a power cut, out. All work on the file is done by a thread. */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { InputAnswer, Job, JobEvent } from '../../types.ts'
import { openAlarm } from './alarm.ts'
import { following, jobId, listing, submission, text, toCursor, toJson, waiting, working } from './checks.ts'
import type { EventsOptions, JobEngine, JobPage, JobWorker, ListOptions, SubmitOptions, WaitOptions, WorkOptions } from './engine.ts'
import { openWriter, type Writer } from './writer.ts'
import { toJob, toListed } from './jobRecord.ts'
import { startJobsThread, type JobsThread } from './jobsThread.ts'
import { jobsDisposed, noSuchJob } from './refusal.ts'
import { isOver } from './states.ts'
import type { ChangeKind, Changes, JobStoreOptions, Notice } from './threadMessages.ts'
import { openWatches, type Watch, type Watches } from './watches.ts'
import { openWorker, type OpenWorker } from './worker.ts'

export interface SqliteEngineOptions {
  /** Its file, made, with its folder, for its owner alone, where it is not there; or ':memory:'. */
  readonly file: string
  /** How long to wait for another process that writes to the same file, in milliseconds. @default 30 000 */
  readonly busyMs?: number
  /**
   * How long an engine is believed to live after its last sign of life, in milliseconds; it gives five of them in that time. One whose process has died on this machine is seen at once;
   * this is for one that was stopped, or is on another machine. @default 10 000
   */
  readonly leaseMs?: number
  /** How often it is looked whether another process has changed something, in milliseconds, while anybody waits or works here. @default 50 */
  readonly pollMs?: number
}

/** Starts the thread and does not wait for it: what is wrong with the file is said, as STORE, by whatever is asked first. */
export async function openSqliteEngine({ file, busyMs = 30_000, leaseMs = 10_000, pollMs = 50 }: SqliteEngineOptions): Promise<JobEngine> {
  return new SqliteEngine({ file: file === ':memory:' ? file : resolve(file), busyMs, leaseMs, pollMs, instance: randomUUID() })
}

class SqliteEngine implements JobEngine {
  readonly #thread: JobsThread
  readonly #writer: Writer
  readonly #watches: Watches
  readonly #workers = new Map<number, OpenWorker>()
  #lastWorker = 0
  #disposal: Promise<void> | undefined

  constructor(options: JobStoreOptions) {
    this.#thread = startJobsThread(options, { onNotice: (notice) => this.#hear(notice), onDeath: () => this.#die() })
    this.#writer = openWriter(this.#thread)
    this.#watches = openWatches((id, isWatched) => this.#thread.watch(id, isWatched))
  }

  async submit(kind: string, input: unknown, options?: SubmitOptions): Promise<Job> {
    return toJob(await this.#change('submit', submission(kind, input, options)))
  }

  async get(id: string): Promise<Job | undefined> {
    const record = await this.#ask('get', { id: jobId(id) })
    return record === undefined ? undefined : toJob(record)
  }

  async input(id: string): Promise<unknown> {
    const json = await this.#ask('input', { id: jobId(id) })
    return json === null ? undefined : (JSON.parse(json) as unknown)
  }

  async list(options?: ListOptions): Promise<JobPage> {
    const { jobs, next } = await this.#ask('list', listing(options))
    return { jobs: jobs.map(toListed), cursor: next === null ? null : toCursor(next) }
  }

  async wait(id: string, options?: WaitOptions): Promise<Job> {
    const { timeoutMs, untilOver, signal } = waiting(options)
    signal?.throwIfAborted()
    using watch = this.#watch(id)
    using alarm = openAlarm(timeoutMs, signal)
    for (;;) {
      const status = await this.#ask('peek', { id })
      if (status === undefined) throw noSuchJob(id)
      if (isOver(status) || (status === 'awaiting_input' && !untilOver) || alarm.isTimeUp()) break
      await alarm.orElse(watch.next())
    }
    const job = await this.get(id)
    if (job === undefined) throw noSuchJob(id)
    return job
  }

  async *events(id: string, options?: EventsOptions): AsyncGenerator<JobEvent, void, undefined> {
    const { after, follow, signal } = following(options)
    signal?.throwIfAborted()
    using watch = this.#watch(id)
    using alarm = openAlarm(Infinity, signal)
    for (let last = after; ; ) {
      const page = await alarm.orElse(this.#ask('events', { id, after: last }))
      if (page === undefined) return
      const { events, hasMore, isOver } = page
      for (const { data, ...event } of events) {
        last = event.seq
        yield { ...event, data: JSON.parse(data) as JobEvent['data'] } // as it was written
        signal?.throwIfAborted()
      }
      if (hasMore) continue
      if (isOver || !follow) return
      await alarm.orElse(watch.next())
    }
  }

  async cancel(id: string): Promise<Job> {
    return toJob(await this.#change('cancel', { id: jobId(id) }))
  }

  async resumeWithInput(id: string, requestKey: string, { action, data }: InputAnswer): Promise<Job> {
    if (typeof requestKey !== 'string') throw new TypeError(`Expected \`requestKey\` to be a string, got ${typeof requestKey}`)
    return toJob(await this.#change('answer', { id: jobId(id), requestKey, action: text(action, 'action'), data: toJson(data, 'data') }))
  }

  work(options: WorkOptions): JobWorker {
    if (this.#disposal !== undefined) throw jobsDisposed()
    const resolved = working(options)
    const number = ++this.#lastWorker
    const { groups } = resolved
    if (groups !== null) this.#writer.change('hold', { groups }).catch(() => undefined) // the claim that follows meets the same
    const worker = openWorker({ ...resolved, number, writer: this.#writer, thread: this.#thread, onClosed: () => this.#workers.delete(number) })
    this.#workers.set(number, worker)
    return worker
  }

  async close(): Promise<void> {
    this.#disposal ??= this.#dispose()
    await this.#disposal
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #dispose(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker[Symbol.asyncDispose]()))
    await this.#writer.flushed()
    await this.#thread.ask('close', {}).catch(() => undefined) // what it had is taken over when this process has ended, or its lease
    await this.#thread.end()
    this.#watches.changedAll()
  }

  #hear({ changed, claimable, stops }: Notice): void {
    for (const stop of stops) for (const worker of this.#workers.values()) worker.stop(stop)
    for (const number of claimable) this.#workers.get(number)?.claim()
    this.#watches.changed(changed)
  }

  /** The thread has ended by itself: whoever waits meets that with the next question. */
  #die(): void {
    for (const worker of this.#workers.values()) worker.die()
    queueMicrotask(() => this.#watches.changedAll())
  }

  /** Whoever waits keeps the process alive. */
  #watch(id: string): Watch {
    if (this.#disposal !== undefined) throw jobsDisposed()
    const watch = this.#watches.open(jobId(id))
    this.#thread.hold()
    return {
      next: watch.next,
      [Symbol.dispose]: () => {
        watch[Symbol.dispose]()
        this.#thread.letGo()
      },
    }
  }

  async #change<K extends ChangeKind>(kind: K, ask: Changes[K]['ask']): Promise<Changes[K]['reply']> {
    if (this.#disposal !== undefined) throw jobsDisposed()
    return await this.#writer.change(kind, ask)
  }

  #ask: JobsThread['ask'] = async (kind, ask) => {
    if (this.#disposal !== undefined) throw jobsDisposed()
    return await this.#thread.ask(kind, ask)
  }
}
