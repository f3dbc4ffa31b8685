/** A session's tape in; a live guest that is where the tape has ended, and what was lost on the way, out. */
import { ReplmError } from '../errors.ts'
import type { WireRequest } from '../protocol.ts'
import type { SessionLimits } from '../types.ts'
import type { Executions } from './executions.ts'
import type { Guest, InContext } from './guest.ts'
import type { ExecutionRecord, Journal } from './journal/journal.ts'
import type { Purchases } from './purchases.ts'
import { Divergence, type Replayed } from './replay.ts'
import { CellRun } from './run.ts'
import type { Tape } from './tape.ts'

export interface RebuildOptions {
  readonly session: string
  readonly journal: Journal
  readonly tape: Tape
  readonly executions: Executions
  readonly purchases: Purchases
  readonly limits: SessionLimits
  readonly openGuest: () => Promise<Guest>
  /** Hash of a request that this model has answered. */
  readonly hashOf: (request: WireRequest, model: string) => string
  /** Goes on with documents as they are now, whatever they were. */
  readonly acceptChanges: boolean
  /** The cell that goes on afterwards. */
  readonly goingOn: GoingOn | undefined
  readonly inContext: InContext
  /** So many answers have been given again to the cell that goes on, which now asks for more; called once for each attempt. */
  readonly onCaughtUp: (answers: number) => void
  readonly onDivergence: (cell: string, request: string) => void
  /** Aborts when nobody wants to wait for it: what is not there yet is left out. */
  readonly signal: AbortSignal
}

export interface GoingOn {
  readonly execution: number
  readonly run: CellRun
}

export interface Rebuilt {
  readonly guest: Guest
  readonly cells: number
  readonly answers: number
  /** Cells that could not be brought back, each with the reason. */
  readonly lost: readonly string[]
}

/** Attempts at one entry of the tape: a program that kills its sandbox twice at the same place has failed. */
const attemptsAtOnePlace = 2

/** Brings a session back. Rejects with CHANGED, with STORE, or with what the cell that was to go on has died of. */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { executions, goingOn, tape, signal } = options
  const lost: string[] = []
  /** Where a replay ended badly, and how often. */
  const deaths = new Map<string, number>()
  const leave = (execution: number, why: string): void => {
    const record = executions.get(execution)
    executions.leave(execution)
    lost.push(`${record?.cell ?? `execution ${execution}`} (${why})`)
  }
  for (const { execution, state } of executions.onTape.values()) {
    if (state === 'running' && execution !== goingOn?.execution) leave(execution, 'it was cut off')
  }
  /** Where the tape was left, and the cells from there on: they run again, for themselves. */
  let left: { readonly after: number; readonly from: number } | undefined
  for (;;) {
    if (left !== undefined) tape.write({ type: 'tape.cut', after: left.after })
    const again = left === undefined ? [] : [...executions.onTape.values()].filter(({ execution }) => execution >= (left?.from ?? 0))
    const [first] = again
    const resumed = first === undefined || first.execution === goingOn?.execution ? goingOn : { execution: first.execution, run: silentRun(first, options.limits) }
    let guest: Guest | undefined
    /** The cell that runs again; 0 while the tape is played. */
    let running = 0
    try {
      guest = await options.openGuest()
      const replayed = await replay(guest, options, resumed)
      for (const record of again) {
        if (record.execution === goingOn?.execution) break
        running = record.execution
        await runAgain(guest, record, record.execution === resumed?.execution ? resumed.run : undefined, options)
      }
      return { guest, ...replayed, lost }
    } catch (thrown) {
      const { after, execution } = running === 0 ? (guest?.replaying ?? { after: 0, execution: 0 }) : { after: 0, execution: running }
      guest?.kill(ReplmError.from(thrown, 'CRASHED'))
      const place = `${execution}/${after}`
      const count = (deaths.get(place) ?? 0) + 1
      deaths.set(place, count)
      if (signal.aborted) {
        if (goingOn !== undefined) throw thrown
        for (const record of executions.onTape.values()) if (record.execution >= execution) leave(record.execution, 'its replay was stopped')
      } else if (thrown instanceof Divergence && count < attemptsAtOnePlace) {
        options.onDivergence(executions.get(thrown.execution)?.cell ?? `execution ${thrown.execution}`, thrown.request)
        left = { after: thrown.after, from: Math.min(thrown.execution, left?.from ?? Infinity) }
      } else if (!(thrown instanceof Divergence) && isFinal(thrown)) throw thrown
      else if (count >= attemptsAtOnePlace || isLimit(thrown)) {
        if (execution === 0 || execution === goingOn?.execution) throw thrown
        leave(execution, ReplmError.from(thrown, 'CRASHED').message)
      }
    }
  }
}

/** What another attempt does not mend. */
function isFinal(thrown: unknown): boolean {
  return !(thrown instanceof ReplmError) || thrown.code === 'CHANGED' || thrown.code === 'STORE' || thrown.code === 'DISPOSED' || thrown.code === 'CONFIG' || thrown.code === 'IN_USE'
}

/** A limit that a cell is over in its replay, it is over in the next one as well. */
function isLimit(thrown: unknown): boolean {
  return thrown instanceof ReplmError && (thrown.code === 'CPU' || thrown.code === 'MEMORY' || thrown.code === 'OUTPUT')
}

async function replay(guest: Guest, options: RebuildOptions, goingOn: GoingOn | undefined): Promise<Replayed> {
  const { session, journal, tape, executions, purchases, limits, hashOf, acceptChanges, inContext } = options
  const { onTape } = executions
  // The tape is read as it was written.
  await tape.pending
  goingOn?.run.restart({ printsShown: goingOn.run.printsToSkip ?? executions.get(goingOn.execution)?.prints ?? 0 })
  const replayed = await guest.replay({ session, journal, executions: onTape, cpuMs: limits.cpuMs, hashOf, acceptChanges, goingOn }, { inContext })
  const pending = new Set(replayed.pending.map(({ message }) => ('execution' in message ? message.execution : undefined)))
  for (const { execution, cell } of onTape.values()) {
    await purchases.begin(execution, cell, { wasRunBefore: pending.has(execution) || execution === goingOn?.execution, taken: replayed.taken.get(execution) })
  }
  options.onCaughtUp(replayed.answersGoingOn)
  guest.goOn(replayed)
  return replayed
}

/** A cell that the tape says nothing of any more: it finds its answers by their keys. */
async function runAgain(guest: Guest, record: ExecutionRecord, resumed: CellRun | undefined, { purchases, limits, inContext }: RebuildOptions): Promise<void> {
  const { execution, cell } = record
  guest.check()
  if (resumed !== undefined) return void (await resumed.outcome)
  const run = silentRun(record, limits)
  await purchases.begin(execution, cell, { wasRunBefore: true })
  guest.run(run, { execution, cpuMs: limits.cpuMs, inContext })
  await run.outcome
  await guest.settled()
  guest.check()
}

/** A cell that had ended does not wait for a person once more. */
const nobody = (): Promise<never> => Promise.reject(new ReplmError('INPUT_NEEDED', 'The cell ran again while its session was brought back: nobody is asked then'))

/** Nobody hears of it again. */
function silentRun({ cell, name, text, typescript }: ExecutionRecord, limits: SessionLimits): CellRun {
  const run = new CellRun({ text, id: cell, name, typescript }, { ...limits, onInput: nobody })
  run.stream.abandon()
  run.restart({ printsShown: Infinity })
  return run
}
