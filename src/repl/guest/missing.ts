/** The name of something that other places have and a program here has not in; what to do instead, or undefined, out. */
import { IntrinsicMap, mapGet } from './primordials.ts'

const files = 'there is no file system here: files are loaded as context, and read through `docs`'
const network = 'there is no network here: what a program needs is loaded as context, and `llmQuery` asks a model'
const modules = 'there are no modules here: all that a program can use are globals, and its helpers stand in its own text'
const result = 'there are no modules here: the result is the value of the last expression, or what `final(value)` is given'
const processes = 'there is no process here: `args` has what was passed in, and `final(value)` ends the program'
const bytes = 'there are Uint8Array, TextEncoder, TextDecoder, atob and btoa instead'
const browser = 'there is no browser here: `console.log` prints, and `args` has what was passed in'
const models = '`llmQuery` asks a model'
const globals = '`globalThis` is the name for it here'
const immediate = '`setTimeout(f, 0)` does the same'

const hints = new IntrinsicMap<string, string>([
  ...['fs', 'readFile', 'readFileSync', 'writeFile', 'writeFileSync', 'readdirSync', 'existsSync', '__dirname', '__filename', 'Deno', 'Bun'].map((name): [string, string] => [name, files]),
  ...['fetch', 'axios', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Request', 'Response', 'Headers'].map((name): [string, string] => [name, network]),
  ...['document', 'window', 'alert', 'localStorage', 'sessionStorage', 'navigator'].map((name): [string, string] => [name, browser]),
  ...['openai', 'OpenAI', 'anthropic', 'Anthropic'].map((name): [string, string] => [name, models]),
  ['require', modules],
  ['module', result],
  ['exports', result],
  ['process', processes],
  ['Buffer', bytes],
  ['Blob', bytes],
  ['global', globals],
  ['setImmediate', immediate],
])

export function insteadOf(name: string): string | undefined {
  return mapGet(hints, name)
}

/** What isolated-vm's `import()` rejects with, and what it means. */
export const importMessage = 'Not supported'
export const insteadOfImport = `if \`import(…)\` threw this, ${modules}`
