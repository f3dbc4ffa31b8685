/** A claim in; the job as its handler sees it, and what the handler tells, written in the order of telling, out. */
import { ReplmError } from '../../errors.ts'
import type { InputAnswer, JobProgress, RequestCounts } from '../../types.ts'
import { maxEventUnits, maxToldEvents, maxToldUnits, progressEveryMs } from './bounds.ts'
import { text, toJson } from './checks.ts'
import type { JobStop, JobTask } from './engine.ts'
import type { Writer } from './writer.ts'
import { replacedWorker } from './refusal.ts'
import type { Claimed, Held, Told, ToldEvent } from './threadMessages.ts'

export interface OpenTask {
  readonly task: JobTask
  /** Aborts its signal, once. */
  readonly stop: (type: JobStop['type']) => void
  readonly stopped: () => JobStop['type'] | undefined
  /** What was told and is not on its way yet, for its last write; nothing is taken any more. */
  readonly rest: () => Told
}

export function openTask(claimed: Claimed, writer: Writer): OpenTask {
  const { key, epoch, id } = claimed
  const held: Held = { key, epoch }
  const controller = new AbortController()
  let stopped: JobStop['type'] | undefined
  let isOver = false
  let isWriting = false
  /** Told and not on its way. */
  let events: ToldEvent[] = []
  let { events: toldEvents, bytes: toldUnits } = claimed.told
  let { progress, requestCounts } = claimed
  const news = { progress: false, requestCounts: false }
  /** When progress goes out again. */
  let progressMs = -Infinity
  /** When the event of the last one, which is written, may be told; Infinity where it is. */
  let untoldMs = Infinity
  let timer: NodeJS.Timeout | undefined

  function stop(type: JobStop['type']): void {
    if (stopped !== undefined && type !== 'replaced') return
    stopped = type
    controller.abort({ type } satisfies JobStop)
  }

  function take({ isLast }: { readonly isLast: boolean }): Told {
    const takesProgress = isLast || performance.now() >= progressMs
    const told: Told = {
      events,
      ...(takesProgress && news.progress ? { progress } : {}),
      ...(takesProgress && news.requestCounts ? { requestCounts } : {}),
    }
    events = []
    if (takesProgress && (news.progress || news.requestCounts)) {
      news.progress = news.requestCounts = false
      progressMs = performance.now() + progressEveryMs
    }
    return told
  }

  /** One write at a time: what is told meanwhile goes with the next. */
  function flush(): void {
    if (isWriting || isOver) return
    const told = take({ isLast: false })
    if (performance.now() >= untoldMs || told.events.length > 0 || told.progress !== undefined || told.requestCounts !== undefined) void write(told)
    else {
      clearTimeout(timer)
      const nextMs = Math.min(untoldMs, news.progress || news.requestCounts ? progressMs : Infinity)
      if (nextMs < Infinity) timer = setTimeout(flush, Math.max(0, nextMs - performance.now()))
    }
  }

  async function write(told: Told): Promise<void> {
    isWriting = true
    try {
      const untoldForMs = await writer.change('tell', { ...held, ...told })
      untoldMs = untoldForMs === null ? Infinity : performance.now() + untoldForMs
    } catch (thrown) {
      refused(thrown)
      // The store could not be written to: it goes with the next write that can.
      events = [...told.events, ...events]
      news.progress ||= told.progress !== undefined
      news.requestCounts ||= told.requestCounts !== undefined
      isWriting = false
      return
    }
    isWriting = false
    flush()
  }

  function refused(thrown: unknown): void {
    if (thrown instanceof ReplmError && thrown.code === 'IN_USE') stop('replaced')
  }

  const task: JobTask = {
    id,
    kind: claimed.kind,
    input: claimed.input === null ? undefined : (JSON.parse(claimed.input) as unknown),
    epoch,
    session: claimed.session,
    answers: new Map(claimed.answers.map(({ key, action, data }): [string, InputAnswer] => [key, { action, data: JSON.parse(data) as unknown }])),
    told: new Map(claimed.told.byType),
    signal: controller.signal,
    setSession: async (session) => {
      text(session, 'id')
      if (isOver) throw replacedWorker(id)
      try {
        await writer.change('session', { ...held, session })
      } catch (thrown) {
        refused(thrown)
        throw thrown
      }
    },
    progress: (some) => {
      progress = merged(progress, some)
      news.progress = true
      flush()
    },
    requestCounts: ({ processing, succeeded, errored, canceled }: RequestCounts) => {
      requestCounts = { processing, succeeded, errored, canceled }
      news.requestCounts = true
      flush()
    },
    tell: (type, data) => {
      const json = toJson(data, 'data') ?? '{}'
      text(type, 'type')
      // One beyond the bound goes on, which is told of once; a program that prints without end costs no more than the call.
      if (isOver || toldEvents > maxToldEvents || toldUnits > maxToldUnits) return
      toldEvents += 1
      const event = json.length > maxEventUnits ? { type, data: JSON.stringify({ omittedCharacters: json.length }) } : { type, data: json }
      toldUnits += event.data.length
      events.push(event)
      flush()
    },
  }

  return {
    task,
    stop,
    stopped: () => stopped,
    rest: () => {
      isOver = true
      clearTimeout(timer)
      return take({ isLast: true })
    },
  }
}

/** What is no number, from 0 to 1 where it is a fraction, is not known. */
function merged(before: JobProgress, { fraction = before.fraction, step = before.step, done = before.done, total = before.total }: Partial<JobProgress>): JobProgress {
  return {
    fraction: typeof fraction === 'number' && !Number.isNaN(fraction) ? Math.min(1, Math.max(0, fraction)) : null,
    step: typeof step === 'string' ? step : null,
    done: Number.isFinite(done) ? done : null,
    total: Number.isFinite(total) ? total : null,
  }
}
