/** Standard input in; its lines, one whenever one is asked for, out. Lines typed ahead wait their turn. */
import { createInterface } from 'node:readline'

export type Line =
  | { readonly type: 'line'; readonly text: string }
  /** Ctrl-C at the prompt; `leaves` when it was the second at an empty one. */
  | { readonly type: 'interrupt'; readonly leaves: boolean }
  | { readonly type: 'end' }

export interface LineSource extends Disposable {
  /** Whether a person sits there: then lines are edited, and Ctrl-C comes as a key. */
  readonly isPrompt: boolean
  /** The next line; shows `prompt` first when nothing was typed ahead. */
  next(prompt: string): Promise<Line>
  /** Calls back for Ctrl-C while no line is asked for, until the returned function is called. */
  onInterrupt(listener: () => void): () => void
}

export interface LinesOptions {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly isPrompt: boolean
}

export function openLines({ stdin, stdout, isPrompt }: LinesOptions): LineSource {
  // At a prompt readline echoes what its own user types; all else goes through the terminal.
  const reader = createInterface(isPrompt ? { input: stdin, output: stdout, terminal: true, historySize: 1_000 } : { input: stdin, terminal: false, crlfDelay: Infinity })
  const typed: Line[] = []
  let take: ((line: Line) => void) | undefined
  let interrupt: (() => void) | undefined
  let wasInterrupted = false

  const give = (line: Line): void => {
    if (line.type !== 'interrupt') wasInterrupted = false
    if (take === undefined) return void typed.push(line)
    const taker = take
    take = undefined
    taker(line)
  }
  reader.on('line', (text) => give({ type: 'line', text }))
  reader.on('close', () => give({ type: 'end' }))
  reader.on('SIGINT', () => {
    if (take === undefined) {
      // What was typed ahead of a cell that is stopped was meant for its outcome.
      typed.length = 0
      interrupt?.()
      return
    }
    const isEmpty = reader.line === ''
    if (isEmpty && wasInterrupted) {
      stdout.write('\n')
      return give({ type: 'interrupt', leaves: true })
    }
    wasInterrupted = isEmpty
    stdout.write(isEmpty ? '\n(Ctrl-C again, or Ctrl-D, leaves)\n' : '\n')
    reader.write(null, { ctrl: true, name: 'e' })
    reader.write(null, { ctrl: true, name: 'u' })
    give({ type: 'interrupt', leaves: false })
  })

  return {
    isPrompt,
    next(prompt) {
      const line = typed.shift()
      if (line !== undefined) return Promise.resolve(line)
      return new Promise((resolve) => {
        take = resolve
        if (!isPrompt) return
        reader.setPrompt(prompt)
        reader.prompt()
      })
    },
    onInterrupt(listener) {
      interrupt = listener
      return () => {
        interrupt = undefined
      }
    },
    [Symbol.dispose]() {
      reader.close()
    },
  }
}
