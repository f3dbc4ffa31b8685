/** A stream of lines in, from a pipe or a terminal that cannot edit; whole cells and commands out. */
import { createInterface } from 'node:readline'
import { exitCodes } from '../../errors.ts'
import { onInterrupt } from '../interrupts.ts'
import { type Entry, isCommand } from './editor.ts'
import type { CellSource } from './source.ts'

export interface PipeOptions {
  readonly stdin: NodeJS.ReadStream
  readonly isIncomplete: (text: string) => Promise<boolean>
  /** Shows a prompt, where somebody sees it. */
  readonly prompt: (isContinuation: boolean) => void
}

export function openPipe({ stdin, isIncomplete, prompt }: PipeOptions): CellSource {
  const reader = createInterface({ input: stdin, terminal: false, crlfDelay: Infinity })
  const lines: (string | null)[] = []
  let take: ((line: string | null) => void) | undefined
  const give = (line: string | null): void => {
    const taker = take
    take = undefined
    if (taker === undefined) lines.push(line)
    else taker(line)
  }
  reader.on('line', give).on('close', () => give(null))

  function nextLine(): Promise<string | null> {
    const line = lines.shift()
    return line === undefined ? new Promise((resolve) => (take = resolve)) : Promise.resolve(line)
  }

  async function next(options: Parameters<CellSource['next']>[0] = {}): Promise<Entry> {
    let cell = options.text ?? ''
    for (;;) {
      prompt(cell !== '')
      const line = await nextLine()
      // What is left of a cell will not become complete any more: running it says so.
      if (line === null) {
        if (cell === '') return { type: 'end' }
        lines.unshift(null)
        return { type: 'text', text: cell }
      }
      if (cell !== '' && line.trim() === '.break') return { type: 'interrupt', leaves: false }
      cell += cell === '' ? line : `\n${line}`
      if (options.isBlock === true) continue
      if (cell.trim() === '' || isCommand(cell) || !(await isIncomplete(cell))) return { type: 'text', text: cell }
    }
  }

  return {
    isPrompt: false,
    next,
    onInterrupt: (listener) => onInterrupt((press) => (press > 2 ? process.exit(exitCodes.INTERRUPTED) : listener(0))),
    [Symbol.dispose]: () => reader.close(),
  }
}
