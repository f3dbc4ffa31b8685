/** The text of a value, as the guest shows it, in; the same text with colours out. */
import type { Colour, Terminal } from '../terminal.ts'

/** Strings, then numbers and dates, then words: what stands in a string is no number. */
const tokens = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\[(?:Function|AsyncFunction|GeneratorFunction|AsyncGeneratorFunction|class|Getter|Setter|Circular)[^\]\n]*\]|(?<![\w$.])-?(?:\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?n?|NaN|Infinity)(?![\w$:-])|(?<![\w$.])(?:true|false|null|undefined)(?![\w$:])|Symbol\([^)\n]*\)/g

/** Longest text that is coloured, in UTF-16 units: a longer one is looked at for what is in it. */
const maxUnits = 200_000

/** The text must be safe to show already. */
export function coloured(text: string, terminal: Pick<Terminal, 'paint'>): string {
  if (text.length > maxUnits) return text
  return text.replace(tokens, (token) => terminal.paint(colourOf(token), token, 'stdout'))
}

function colourOf(token: string): Colour {
  const [first = ''] = token
  if (first === "'" || first === '"' || first === '`' || first === 'S') return 'green'
  if (first === '[') return 'cyan'
  return token === 'null' || token === 'undefined' ? 'dim' : 'yellow'
}
