/** Something that is being ended in; a call when it does not end by itself, out. */
import type { CellRun } from './run.ts'

/** How long a cell that is being ended has to end itself before its sandbox is killed, in milliseconds. */
const graceMs = 250

/** It has half of that more whenever it has let go of so many questions meanwhile, so often at most. */
const fewerPrompts = 100
const maxExtensions = 8

/** Calls `onOver` when the time is over that a cell has to end itself; never where it does. */
export function giveGrace(run: CellRun, { prompts, onOver }: { readonly prompts: () => number; readonly onOver: () => void }): void {
  let waiting = prompts()
  let extensions = 0
  const look = (): void => {
    // Letting go of thousands of questions takes its time; it goes on as long as there are clearly fewer each time.
    const now = prompts()
    if (waiting - now < fewerPrompts || ++extensions > maxExtensions) return onOver()
    waiting = now
    grace = setTimeout(look, graceMs / 2)
  }
  let grace = setTimeout(look, graceMs)
  void run.outcome.then(() => clearTimeout(grace))
}

/** Calls `onStuck` whenever nothing was reached for that time. Gives what ends it. */
export function watchProgress({ reached, onStuck }: { readonly reached: () => number; readonly onStuck: () => void }): () => void {
  let before = reached()
  const patience = setInterval(() => {
    if (reached() === before) onStuck()
    before = reached()
  }, graceMs)
  return () => clearInterval(patience)
}
