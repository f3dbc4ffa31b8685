/** Words in; lines of columns that fit a terminal, safe for it, out. */
import { showControls } from '../terminal.ts'
import { fitted, textWidth } from './width.ts'

/** Fills line by line, as a listing of files. */
export function columnsOf(words: readonly string[], columns: number): string[] {
  // The last column of a terminal stays free: text in it may wrap.
  const room = Math.max(1, columns - 1)
  const shown = words.map((word) => fitted(showControls(word).replaceAll(/[\n\t]+/g, ' '), room))
  const width = Math.max(0, ...shown.map(textWidth)) + 2
  const perLine = Math.max(1, Math.floor((room + 2) / width))
  const lines: string[] = []
  for (let at = 0; at < shown.length; at += perLine) {
    lines.push(shown.slice(at, at + perLine).map((word) => word + ' '.repeat(width - textWidth(word))).join('').trimEnd())
  }
  return lines
}

/** Our own words, broken between them so that no line is longer than the terminal is wide. */
export function wrapped(text: string, columns: number): string {
  return text.split('\n').map((line) => wrappedLine(line, Math.max(1, columns - 1))).join('\n')
}

function wrappedLine(line: string, room: number): string {
  let result = ''
  let width = 0
  for (const word of line.split(/(?<= )(?! )/)) {
    const wanted = textWidth(word.trimEnd())
    if (width > 0 && width + wanted > room) {
      result = `${result.trimEnd()}\n`
      width = 0
    }
    result += word
    width += textWidth(word)
  }
  return result
}
