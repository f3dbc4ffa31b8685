/** A script's or a cell's job in; its program run in a session of its own, begun or gone on with, and what came of it, out. */
import { inspect } from 'node:util'
import { type ErrorCode, exitCodes, ReplmError } from '../../errors.ts'
import { jsonValue } from '../../jsonValue.ts'
import type { CellRecord, CellResult, InputRequest, Usage } from '../../types.ts'
import { onAbort } from '../dispatch/onAbort.ts'
import type { OnInput } from '../inputs.ts'
import type { Run } from '../run.ts'
import type { Session } from '../session.ts'
import type { JobOutcome, JobTask } from './engine.ts'
import type { HandlerParts, Stop } from './performing.ts'
import type { CellInput } from './jobInput.ts'
import type { CellJobResult } from './jobs.ts'

/** Stable name of a script's cell, as `replm run` has it: `replm sessions resume` goes on with a job that was canceled. */
const cellId = 'main'

/** Of one text of the console in the job's events, in UTF-16 units; the result has all of it. */
const maxPrintUnits = 16_384

export async function performCell(task: JobTask & { readonly input: CellInput }, parts: HandlerParts, stop: Stop): Promise<JobOutcome> {
  await using session = await parts.openSession(task.id, task.input)
  return await toItsEnd(task, stop, {
    begin: (onInput) => begin(session, task, onInput),
    usage: ({ queries }) => parts.usage(task.id, queries),
    leave: () => session[Symbol.asyncDispose](),
  })
}

export interface Cell {
  readonly begin: (onInput: OnInput) => Run
  /** What is told as its cost; by what this run has spent. */
  readonly usage: (usage: Usage) => Usage | Promise<Usage>
  /** Leaves it where it is: it goes on elsewhere. */
  readonly leave: () => Promise<void>
}

/** Runs a cell to its end, or to where a person is to say something. */
export async function toItsEnd(task: JobTask, stop: Stop, { begin, usage, leave }: Cell): Promise<JobOutcome> {
  stop.signal.throwIfAborted()
  /** What nobody has answered yet, in the order of asking. */
  const unanswered: InputRequest[] = []
  const onInput: OnInput = async (request) => {
    const answer = task.answers.get(request.key)
    if (answer === undefined) unanswered.push(request)
    return answer ?? null
  }
  const run = begin(onInput)
  const letGo = onAbort(stop.signal, () => {
    // A job that is over may tidy up, as after Ctrl-C. One that goes on elsewhere is left where it is: its tape has all that it got.
    if (stop.type() === 'canceled' || stop.type() === 'expired') run.interrupt()
    else void leave()
  })
  try {
    // All that happened is told before the job is over, however it ends: nothing is taken after that.
    const [settled] = await Promise.allSettled([run.result, tell(task, run)])
    if (settled.status === 'rejected') throw settled.reason
    const result = settled.value
    return { type: 'completed', result: { ...resultOf(result), usage: await usage(result.usage) } satisfies CellJobResult }
  } catch (thrown) {
    const [request] = unanswered
    if (request !== undefined && thrown instanceof ReplmError && thrown.code === 'INPUT_NEEDED') return { type: 'awaitingInput', request }
    throw thrown
  } finally {
    letGo()
  }
}

/** What a worker before this one left is gone on with. */
function begin(session: Session, { input: { text, name, typescript }, told }: JobTask & { readonly input: CellInput }, onInput: OnInput): Run {
  // What is in the job's log counts: what a worker printed just before it died may not have come there.
  const printsShown = told.get('console.printed') ?? 0
  const last = session.cells.at(-1)
  if (last === undefined) return session.start(text, { id: cellId, name, typescript, onInput })
  if (last.state === 'running') return session.resume({ onInput, printsShown })
  // The crash window: the cell had ended, and its worker died before the job was written down as over. Its tape gives the same end again, and asks nobody.
  if (last.state === 'ended') return session.recall({ printsShown })
  // A text that is no program has run nothing: saying so again costs nothing.
  if (last.code === 'SYNTAX') return session.start(text, { id: cellId, name, typescript, onInput })
  throw cutOff(last)
}

/** Cut off by a limit, before its job was written down as over: it would be over it again. */
export function cutOff({ code, message }: Pick<CellRecord, 'code' | 'message'>): ReplmError {
  return new ReplmError(code !== null && Object.hasOwn(exitCodes, code) ? (code as ErrorCode) : 'CRASHED', message ?? 'The program was cut off')
}

/** What `FINAL` recorded is the result of a program that went on after it. */
function resultOf({ value, final, text, logs }: CellResult): Omit<CellJobResult, 'usage'> {
  if (final === undefined || final === value) return { value: jsonValue(value), text, logs }
  return { value: jsonValue(final), text: inspect(final), logs }
}

/** Resolves when the run has ended and all of it is told. */
async function tell(task: JobTask, { events }: Run): Promise<void> {
  /** What is done of each batch under way. */
  const batches = new Map<number, number>()
  const parts = { done: 0, total: 0 }
  const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0 }
  for await (const event of events) {
    switch (event.type) {
      case 'job.progressed':
        task.progress({ fraction: event.fraction, step: event.step })
        break
      case 'batch.progressed':
        parts.done += event.done - (batches.get(event.call) ?? 0)
        if (!batches.has(event.call)) parts.total += event.total
        if (event.done === event.total) batches.delete(event.call)
        else batches.set(event.call, event.done)
        task.progress(parts)
        break
      case 'session.rebuilt':
        // What the workers before had bought.
        counts.succeeded += event.answers
        task.requestCounts({ ...counts })
        task.tell(event.type, { cells: event.cells, answers: event.answers, lost: event.lost })
        break
      case 'query.sent':
        counts.processing += 1
        task.requestCounts({ ...counts })
        break
      case 'query.answered':
        counts.processing -= 1
        counts.succeeded += 1
        task.requestCounts({ ...counts })
        break
      case 'query.failed':
        if (counts.processing > 0) counts.processing -= 1
        if (event.code === 'INTERRUPTED') counts.canceled += 1
        else counts.errored += 1
        task.requestCounts({ ...counts })
        break
      case 'console.printed':
        task.tell(event.type, { stream: event.stream, level: event.level, text: event.text.length > maxPrintUnits ? `${event.text.slice(0, maxPrintUnits)}…` : event.text })
        break
      case 'cell.completed':
        // Not where it only sleeps, until a person has answered or another worker has it.
        if (event.code === 'INPUT_NEEDED' || event.code === 'DISPOSED') break
        task.tell(event.type, { cell: event.cell, ok: event.ok, ...(event.code === undefined ? {} : { code: event.code }), durationMs: event.durationMs })
        break
      default: {
        const { type, ...data } = event
        task.tell(type, data)
      }
    }
  }
}
