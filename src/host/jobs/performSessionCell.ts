/** A cell's job in; the cell run in a session that lives on, and what came of it, out. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ReplmError } from '../../errors.ts'
import type { CellRecord } from '../../types.ts'
import type { OnInput } from '../inputs.ts'
import type { Run } from '../run.ts'
import type { Session } from '../session.ts'
import type { JobOutcome, JobTask } from './engine.ts'
import type { SessionCellInput } from './jobInput.ts'
import { cutOff, toItsEnd } from './performCell.ts'
import type { HandlerParts, Stop } from './performing.ts'

/** Longest that another process is waited for which has the session open, and time between two looks, in milliseconds. */
const patienceMs = 10_000
const lookEveryMs = 100

export async function performSessionCell(task: JobTask & { readonly input: SessionCellInput }, parts: HandlerParts, stop: Stop): Promise<JobOutcome> {
  for (;;) {
    const outcome = await inSession(task, parts, stop)
    if (outcome !== 'asleep') return outcome
    await parts.awake.drop(task.input.session)
  }
}

async function inSession(task: JobTask & { readonly input: SessionCellInput }, parts: HandlerParts, stop: Stop): Promise<JobOutcome | 'asleep'> {
  const { session: id } = task.input
  // Begun before by a worker that has lost the job: then the session is taken from it as well.
  const replaces = task.epoch > 1
  const lastLookMs = performance.now() + patienceMs
  for (;;) {
    try {
      return await parts.awake.use(id, (session) => run(session, task, parts, stop), { replaces })
    } catch (thrown) {
      // Opened elsewhere since it was looked at before the claim.
      if (!(thrown instanceof ReplmError) || thrown.code !== 'IN_USE' || thrown.ran !== undefined || performance.now() > lastLookMs) throw thrown
      await sleep(lookEveryMs, undefined, { signal: stop.signal })
    }
  }
}

/** The engine lets one job of a session begin at a time: whatever was cut off here before is this job's, or is left out by the session. */
async function run(session: Session, task: JobTask & { readonly input: SessionCellInput }, parts: HandlerParts, stop: Stop): Promise<JobOutcome | 'asleep'> {
  const mine = session.cells.findLast(({ cell }) => cell === task.id)
  // Ended, but not written down as that in its job: its tape tells the end again, to a session that has just been opened.
  if (mine?.state === 'ended' && session.hasSandbox) return 'asleep'
  const outcome = await toItsEnd(task, stop, { begin: (onInput) => begin(session, mine, task, onInput), usage: (usage) => usage, leave: () => parts.awake.drop(session.id) })
  // What waits for a person holds no memory.
  if (outcome.type === 'awaitingInput') await parts.awake.drop(session.id)
  return outcome
}

/** What a worker before this one left is gone on with. */
function begin(session: Session, mine: CellRecord | undefined, { id, input: { text, typescript }, told }: JobTask & { readonly input: SessionCellInput }, onInput: OnInput): Run {
  // What is in the job's log counts: what a worker printed just before it died may not have come there.
  const printsShown = told.get('console.printed') ?? 0
  // A text that is no program has run nothing: saying so again costs nothing.
  if (mine === undefined || mine.code === 'SYNTAX') return session.start(text, { id, typescript, onInput })
  if (mine.state === 'running') return session.resume({ onInput, printsShown })
  if (mine.state === 'ended' && session.cells.at(-1)?.execution === mine.execution) return session.recall({ printsShown })
  throw cutOff(mine)
}
