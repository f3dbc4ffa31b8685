/** A terminal and its person in; whole cells and commands, edited with history and completion, out. */
import type { Terminal } from '../terminal.ts'
import { readAnswer } from './answerLine.ts'
import { type EditorOptions, LineEditor } from './editor.ts'
import { Keyboard } from './keyboard.ts'
import type { CellSource } from './source.ts'

export interface PromptOptions extends Omit<EditorOptions, 'keyboard'> {
  readonly terminal: Terminal
  readonly stdin: NodeJS.ReadStream
}

const prompts = { prompt: '> ', continuation: '… ' }

export function openPrompt({ stdin, ...options }: PromptOptions): CellSource {
  const keyboard = new Keyboard(stdin, options.terminal)
  const editor = new LineEditor({ ...options, keyboard })
  const stopResizing = options.terminal.onResize(() => editor.resize())
  return {
    isPrompt: true,
    person: {
      stream: 'stdout',
      readLine: ({ signal }) => readAnswer({ keyboard, terminal: options.terminal, signal }),
      lend: (work) => keyboard.lend(work),
    },
    next: (read = {}) => editor.read({ ...prompts, ...(read.isBlock === true ? { prompt: '' , continuation: '' } : {}), ...read }),
    onInterrupt: (listener) => keyboard.onInterrupt(listener),
    [Symbol.dispose]: () => {
      stopResizing()
      keyboard[Symbol.dispose]()
    },
  }
}
