/** Keys in; one line that is no cell, a person's answer to a question in between, out. */
import { showControls, type Terminal } from '../terminal.ts'
import type { Keyboard } from './keyboard.ts'
import { textWidth } from './width.ts'

export interface AnswerOptions {
  readonly keyboard: Keyboard
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** Null at Ctrl-D. Rejects with the signal's reason; Ctrl-C is the cell's. */
export function readAnswer({ keyboard, terminal, signal }: AnswerOptions): Promise<string | null> {
  return keyboard.aside(signal, async (next) => {
    let line: string[] = []
    const rub = (): void => {
      const last = line.pop()
      if (last !== undefined) terminal.steer('\b \b'.repeat(textWidth(showControls(last))))
    }
    for (;;) {
      const key = await next()
      if (key.type === 'end' || (key.type === 'key' && key.ctrl && key.name === 'd')) return null
      const name = key.type === 'key' ? key.name : ''
      if (name === 'return' || name === 'enter') {
        terminal.steer('\n')
        return line.join('')
      }
      if (name === 'backspace') rub()
      else if (key.type === 'key' && key.ctrl && name === 'u') while (line.length > 0) rub()
      else if (key.text !== '' && !(key.type === 'key' && (key.ctrl || key.meta))) {
        const typed = [...key.text.replaceAll(/\s+/g, ' ')].filter((character) => showControls(character) === character)
        line = [...line, ...typed]
        terminal.steer(typed.join(''))
      }
    }
  })
}
