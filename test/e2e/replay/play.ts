/** A program in; every cell of it run, what each came to, and what was shown of it, out. */
import type { ReplmError, Session, SessionEvent } from '../../../src/index.ts'
import type { Model } from './model.ts'
import type { Program } from './programs.ts'

export interface Played {
  /** Of each cell: its text, or the code it failed with; what it printed, and what was shown while it ran. */
  readonly outcomes: readonly string[]
  readonly printed: readonly (readonly string[])[]
  readonly shown: readonly (readonly string[])[]
  readonly diverged: readonly SessionEvent[]
  readonly lost: readonly string[]
}

export async function play(session: Session, program: Program, model: Model): Promise<Played> {
  const outcomes: string[] = []
  const printed: string[][] = []
  const shown: string[][] = []
  const diverged: SessionEvent[] = []
  const lost: string[] = []
  for (const cell of program.cells) {
    const { text, typescript = false, interruptAt } = typeof cell === 'string' ? { text: cell } : cell
    const run = session.start(text, { typescript })
    const events: string[] = []
    const heard = (async () => {
      for await (const event of run.events) {
        if (event.type === 'console.printed') events.push(event.text)
        if (event.type === 'session.rebuilt' && event.lost !== null) lost.push(event.lost)
        if (event.type === 'session.diverged') diverged.push(event)
      }
    })()
    if (interruptAt !== undefined) void model.untilAsked(interruptAt).then(() => run.interrupt())
    try {
      const result = await run.result
      outcomes.push(result.text)
      printed.push(result.logs.map((line) => line.text))
    } catch (thrown) {
      const error = thrown as ReplmError
      printed.push((error.logs ?? []).map((line) => line.text))
      if ((typeof cell === 'string' ? undefined : cell.fails) !== error.code) outcomes.push(`${error.code}: ${error.message} ${error.stack}`)
      else outcomes.push(error.code)
    }
    await heard
    shown.push(events)
  }
  return { outcomes, printed, shown, diverged, lost }
}
