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
  /** The cell that goes on afterwards. */
  readonly goingOn: GoingOn | undefined
  readonly inContext: InContext
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
  /** Answers given to the cell that goes on. */
  readonly answersGoingOn: number
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
  const deaths = new Map<number, number>()
  const leave = (execution: number, why: string): void => {
    const record = executions.get(execution)
    executions.leave(execution)
    lost.push(`${record?.cell ?? `execution ${execution}`} (${why})`)
  }
  for (const { execution, state } of executions.onTape.values()) {
    if (state === 'running' && execution !== goingOn?.execution) leave(execution, 'it was cut off')
  }
  /** Cells after the place where the tape was left: they run again, for themselves. */
  let again: readonly ExecutionRecord[] = []
  for (;;) {
    const guest = await options.openGuest()
    const isAgain = new Set(again.map(({ execution }) => execution))
    const [first] = again
    const resumed = first === undefined ? goingOn : first.execution === goingOn?.execution ? goingOn : { execution: first.execution, run: silentRun(first, options.limits) }
    try {
      const replayed = await replay(guest, options, resumed)
      for (const record of again) {
        if (record.execution === goingOn?.execution) break
        await runAgain(guest, record, record.execution === resumed?.execution ? resumed.run : undefined, options)
      }
      return { guest, ...replayed, lost }
    } catch (thrown) {
      const at = guest.replaying ?? { after: tape.entry, execution: 0 }
      guest.kill(ReplmError.from(thrown, 'CRASHED'))
      const count = (deaths.get(at.after) ?? 0) + 1
      deaths.set(at.after, count)
      if (signal.aborted) {
        for (const { execution } of executions.onTape.values()) if (execution >= at.execution && execution !== goingOn?.execution) leave(execution, 'its replay was stopped')
        if (goingOn !== undefined) throw thrown
        again = []
      } else if (thrown instanceof Divergence && count < attemptsAtOnePlace) {
        const { execution, request, after } = thrown
        const record = executions.get(execution)
        options.onDivergence(record?.cell ?? `execution ${execution}`, request)
        tape.write({ type: 'tape.cut', after })
        again = [...executions.onTape.values()].filter((each) => each.execution >= execution || isAgain.has(each.execution))
      } else if (thrown instanceof ReplmError && (thrown.code === 'CHANGED' || thrown.code === 'STORE' || thrown.code === 'DISPOSED' || thrown.code === 'CONFIG')) throw thrown
      else if (count >= attemptsAtOnePlace || isLimit(thrown)) {
        if (at.execution === 0 || at.execution === goingOn?.execution) throw thrown
        leave(at.execution, ReplmError.from(thrown, 'CRASHED').message)
        again = again.filter(({ execution }) => execution !== at.execution)
      }
    }
  }
}

/** A limit that a cell is over in its replay, it is over in the next one as well. */
function isLimit(thrown: unknown): boolean {
  return thrown instanceof ReplmError && (thrown.code === 'CPU' || thrown.code === 'MEMORY' || thrown.code === 'OUTPUT')
}

async function replay(guest: Guest, options: RebuildOptions, goingOn: GoingOn | undefined): Promise<Replayed> {
  const { session, journal, tape, executions, purchases, limits, hashOf, inContext } = options
  const { onTape } = executions
  // The tape is read as it was written.
  await tape.pending
  goingOn?.run.restart({ printsShown: executions.get(goingOn.execution)?.prints ?? 0 })
  const replayed = await guest.replay({ session, journal, executions: onTape, cpuMs: limits.cpuMs, hashOf, goingOn }, { inContext })
  const pending = new Set(replayed.pending.map(({ message }) => ('execution' in message ? message.execution : undefined)))
  for (const { execution, cell } of onTape.values()) {
    await purchases.begin(execution, cell, { wasRunBefore: pending.has(execution) || execution === goingOn?.execution, taken: replayed.taken.get(execution) })
  }
  guest.goOn(replayed)
  return replayed
}

/** A cell that the tape says nothing of any more: it finds its answers by their keys. */
async function runAgain(guest: Guest, record: ExecutionRecord, resumed: CellRun | undefined, { purchases, limits, inContext }: RebuildOptions): Promise<void> {
  const { execution, cell } = record
  if (resumed !== undefined) return void (await resumed.outcome)
  const run = silentRun(record, limits)
  await purchases.begin(execution, cell, { wasRunBefore: true })
  guest.run(run, { execution, cpuMs: limits.cpuMs, inContext })
  await run.outcome
  await guest.settled()
}

/** Nobody hears of it again. */
function silentRun({ cell, text, typescript }: ExecutionRecord, limits: SessionLimits): CellRun {
  const run = new CellRun({ text, name: cell, typescript }, limits)
  run.stream.abandon()
  run.restart({ printsShown: Infinity })
  return run
}
