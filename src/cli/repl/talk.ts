/** Cells and commands, one after another, in; what they give out, and the exit code at the end. */
import { exitCodes } from '../../errors.ts'
import { exitCodeOf } from '../outcome.ts'
import { reportFailure } from '../report.ts'
import type { CellRunner } from './cellRun.ts'
import { findCommand, splitCommand } from './commands.ts'
import { isCommand } from './editor.ts'
import type { CellSource } from './source.ts'
import type { Desk } from './desk.ts'

export interface TalkOptions {
  readonly source: CellSource
  readonly desk: Desk
  readonly runner: CellRunner
  /** Aborts when nobody reads what is printed. */
  readonly unread: AbortSignal
}

/** Until the person leaves, or the pipe ends. At a prompt the code is 0, else that of the last cell that failed. */
export async function converse({ source, desk, runner, unread }: TalkOptions): Promise<number> {
  let code = 0
  for (;;) {
    const entry = await source.next({ ...desk.takeEntry() })
    if (unread.aborted) return exitCodes.INTERRUPTED
    if (entry.type === 'end') break
    if (entry.type === 'interrupt') {
      if (entry.leaves) break
      continue
    }
    if (entry.text.trim() === '') continue
    if (!isCommand(entry.text)) {
      const failed = await runner.run(entry.text)
      if (unread.aborted) return exitCodes.INTERRUPTED
      code = failed ?? code
      continue
    }
    if ((await command(entry.text)) === 'leave') break
  }
  return source.isPrompt ? 0 : code

  async function command(text: string): Promise<'leave' | undefined> {
    const { name, words } = splitCommand(text)
    const found = findCommand(name)
    if (found === undefined) {
      desk.terminal.complain(`There is no command .${name}; .help lists those there are\n`)
      return undefined
    }
    // A command that takes long is left alone by Ctrl-C: what it waits for goes on, and its end is not shown.
    let wasLeft: (() => void) | undefined
    const left = new Promise<undefined>((resolve) => (wasLeft = () => resolve(undefined)))
    const stopListening = source.onInterrupt(() => wasLeft?.())
    try {
      return (await Promise.race([found.run(words, desk), left])) ?? undefined
    } catch (thrown) {
      code = exitCodeOf(thrown)
      reportFailure(thrown, { terminal: desk.terminal, json: false })
      return undefined
    } finally {
      stopListening()
    }
  }
}
