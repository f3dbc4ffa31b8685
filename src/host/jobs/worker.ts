/** Kinds of jobs and how they are done, in; jobs claimed and done, as many at a time as there are places, out. */
import { ReplmError, toWire } from '../../errors.ts'
import type { JobError } from '../../types.ts'
import { maxErrorUnits, maxRequestHeadUnits, maxRequestUnits } from './bounds.ts'
import { text, toJson, type working } from './checks.ts'
import type { JobOutcome, JobWorker, KeptError } from './engine.ts'
import type { Writer } from './writer.ts'
import type { JobsThread } from './jobsThread.ts'
import { openTask, type OpenTask } from './task.ts'
import type { Changes, Claimed, Ending, Stop, Told } from './threadMessages.ts'

export interface OpenWorkerOptions extends ReturnType<typeof working> {
  readonly number: number
  readonly writer: Writer
  readonly thread: Pick<JobsThread, 'hold' | 'letGo' | 'leave'>
  readonly onClosed: () => void
}

export interface OpenWorker extends JobWorker {
  /** There is something to claim. */
  readonly claim: () => void
  readonly stop: (stop: Stop) => void
  /** Nothing can be written any more. */
  readonly die: () => void
}

interface AtWork {
  readonly claimed: Claimed
  readonly open: OpenTask
  readonly done: Promise<void>
}

/** A handler that does not let go when it is told to is left behind after so many milliseconds: what it writes then is refused. */
const closingMs = 5_000
/** After what could not be written, in milliseconds. */
const retryMs = 1_000
/** Between two looks whether a session can be used by now that others have, in milliseconds. */
const lookAgainMs = 500

export function openWorker({ number, concurrency, handlers, groups, keepAlive, canUse, writer, thread, onClosed }: OpenWorkerOptions): OpenWorker {
  const kinds = Object.keys(handlers)
  const demand = { worker: number, kinds, groups }
  /** One that was replaced may still be here when its job is claimed again. */
  const tasks = new Set<AtWork>()
  /** Places of handlers that are at work. */
  let busy = 0
  let claiming: Promise<void> | undefined
  /** There was more to claim while something was being claimed. */
  let isAskedAgain = false
  let isClosed = false
  let isDead = false
  let retry: NodeJS.Timeout | undefined
  let closing: Promise<void> | undefined
  if (keepAlive) thread.hold()

  function claim(): void {
    isAskedAgain = claiming !== undefined
    if (isAskedAgain || isClosed || busy >= concurrency || kinds.length === 0) return
    claiming = take()
  }

  async function take(): Promise<void> {
    let hasClaimed = false
    try {
      hasClaimed = await takeAll()
    } catch {
      // Whoever asks for something of the store is told what is wrong with it; here it is tried again.
      claimAfter(retryMs)
    }
    claiming = undefined
    // It may have been handed less than there is, for its size; and places have become free meanwhile.
    if (hasClaimed || isAskedAgain) claim()
  }

  /** Gives whether there was any. */
  async function takeAll(): Promise<boolean> {
    let hasClaimed = false
    let sessions: readonly string[] | null = canUse === undefined ? null : []
    for (;;) {
      const { jobs, others } = await claimed(sessions)
      if (isClosed) {
        await Promise.all(jobs.map((one) => giveBack(one, { events: [] })))
        return false
      }
      for (const one of jobs) start(one)
      hasClaimed ||= jobs.length > 0
      if (others.length === 0 || busy >= concurrency) return hasClaimed
      sessions = await usableOf(others)
      if (sessions.length < others.length) claimAfter(lookAgainMs)
      if (sessions.length === 0 || isClosed) return hasClaimed
    }
  }

  function claimed(sessions: readonly string[] | null): Promise<Changes['claim']['reply']> {
    return writer.change('claim', () => ({ ...demand, limit: concurrency - busy, sessions }))
  }

  async function usableOf(sessions: readonly string[]): Promise<readonly string[]> {
    const usable = await Promise.all(sessions.map((session) => canUse?.(session)))
    return sessions.filter((_, index) => usable[index] === true)
  }

  function claimAfter(ms: number): void {
    clearTimeout(retry)
    if (!isClosed) retry = setTimeout(claim, ms).unref()
  }

  function start(claimed: Claimed): void {
    busy += 1
    const open = openTask(claimed, writer)
    thread.hold()
    const atWork: AtWork = { claimed, open, done: perform(claimed, open).finally(() => tasks.delete(atWork)) }
    tasks.add(atWork)
  }

  async function perform(claimed: Claimed, open: OpenTask): Promise<void> {
    const ending = await endingOf(claimed, open)
    busy -= 1
    // With the same group as this ending.
    const written = write(claimed, open, ending)
    claim()
    await written
    thread.letGo()
  }

  async function giveBack({ key, epoch }: Claimed, told: Told): Promise<void> {
    // What cannot be written is another one's by now, or is taken over when this process ends.
    await writer.change('end', { key, epoch, told, ending: { type: 'released' } }).catch(() => undefined)
  }

  async function endingOf({ kind }: Claimed, { task, stopped }: OpenTask): Promise<Ending | undefined> {
    let ending: Ending
    try {
      const handler = handlers[kind]
      if (handler === undefined) throw new TypeError(`There is no handler for \`${kind}\``)
      ending = endingFor(await handler(task))
    } catch (thrown) {
      switch (stopped()) {
        case undefined:
          ending = { type: 'failed', error: kept(thrown) }
          break
        case 'canceled':
          return { type: 'canceled' }
        case 'expired':
          return { type: 'expired' }
        case 'closing':
          return { type: 'released' }
        case 'replaced':
          return undefined
      }
    }
    return stopped() === 'replaced' ? undefined : ending
  }

  /** Until it is written, or another one has the job: what was done is not thrown away because a disk is full for a while. */
  async function write({ key, epoch }: Claimed, open: OpenTask, ending: Ending | undefined): Promise<void> {
    const told = open.rest()
    if (ending === undefined) return
    for (;;) {
      try {
        await writer.change('end', { key, epoch, told, ending })
        return
      } catch (thrown) {
        if (isDead || isClosed || !(thrown instanceof ReplmError) || thrown.code !== 'STORE') return
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }

  async function close(): Promise<void> {
    isClosed = true
    clearTimeout(retry)
    for (const { open } of tasks) open.stop('closing')
    await claiming // what it brings is given back
    thread.leave(number)
    let late: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => (late = setTimeout(resolve, closingMs)))
    await Promise.race([Promise.all([...tasks].map(({ done }) => done)), patience])
    clearTimeout(late)
    for (const { claimed, open } of tasks) {
      open.stop('replaced')
      await giveBack(claimed, open.rest())
    }
    if (keepAlive) thread.letGo()
    onClosed()
  }

  // So that jobs are asked for once the caller has its worker.
  claim()

  return {
    get running() {
      return busy
    },
    claim,
    stop: ({ key, epoch, type }) => {
      for (const { claimed, open } of tasks) if (claimed.key === key && claimed.epoch === epoch) open.stop(type)
    },
    die: () => {
      isDead = true
      isClosed = true
      for (const { open } of tasks) open.stop('replaced')
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

function endingFor(outcome: JobOutcome): Ending {
  if (outcome.type === 'completed') {
    return { type: 'completed', result: bounded(() => toJson(outcome.result, 'result')) }
  }
  const { key, title, description, data, actions } = outcome.request
  text(key, 'key')
  const head = JSON.stringify({ title, description, actions })
  const json = bounded(() => toJson(data, 'data')) ?? 'null'
  if (actions.length === 0) throw new TypeError('Expected `actions` to be at least one, got none')
  if (head.length > maxRequestHeadUnits || json.length > maxRequestUnits) {
    throw new ReplmError('OUTPUT', `What the job asks is too big: ${head.length} characters of words and ${json.length} of data, of ${maxRequestHeadUnits} and ${maxRequestUnits} at most. Ask about less at a time.`)
  }
  return { type: 'awaitingInput', key, head, data: json }
}

/** What a job gives is no argument of a caller's: that it is too big is said with a code. */
function bounded<T>(make: () => T): T {
  try {
    return make()
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new ReplmError('OUTPUT', `The job has given more than can be kept. ${thrown.message}`, { cause: thrown })
    throw thrown
  }
}

/** What a handler threw, as it is kept. Of a stack only that of a guest's cell: others name this machine's files. */
function kept(thrown: unknown): JobError {
  const error = ReplmError.from(thrown, 'CELL')
  const { code, message } = toWire(error)
  const kept: KeptError = { code, message: message.slice(0, maxErrorUnits) }
  if (error.line === undefined) return kept
  return { ...kept, line: error.line, column: error.column ?? null, stack: (error.stack ?? '').slice(0, maxErrorUnits) }
}
