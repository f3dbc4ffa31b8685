/** A cell and its options in, as a caller wrote them; the same, checked, out. */

import type { OnInput } from './inputs.ts'

/** Options of one cell. */
export interface RunOptions {
  /** Ends the cell when it aborts; the run then rejects with its reason. */
  readonly signal?: AbortSignal
  /** What its errors call the cell: a file, say. @default 'cell N', counted from 1 */
  readonly name?: string
  /** Stable name of the cell: under it what it bought is found again, and its randomness is the same. @default its `name` */
  readonly id?: string
  /** Parse as TypeScript at once, instead of only when it is not JavaScript. @default false */
  readonly typescript?: boolean
  /** Asks a person what the program wants to know. Null when nobody can say now: the run ends with INPUT_NEEDED, and `session.resume()` goes on with it later. @default nobody can */
  readonly onInput?: OnInput
}

/** Options of a cell that was run before, in another process. */
export interface ResumeOptions extends Pick<RunOptions, 'signal' | 'onInput'> {
  /** How many texts of its console are known to have been shown: those after them are shown again. For who keeps what was shown. @default as the session remembers; what was shown in the last moment before a kill may be shown again, or not */
  readonly printsShown?: number
}

const names: readonly string[] = ['signal', 'name', 'id', 'typescript', 'onInput']

/** Throws TypeError for what is no cell or no option. */
export function checkRun(cell: unknown, options: RunOptions): RunOptions {
  if (typeof cell !== 'string') throw new TypeError(`Expected \`cell\` to be a string, got ${cell === null ? 'null' : typeof cell}`)
  if (typeof options !== 'object' || options === null) throw new TypeError(`Expected the options of a run to be an object, got ${options === null ? 'null' : typeof options}`)
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`Expected the options of a run to be among ${names.map((name) => `\`${name}\``).join(', ')}, got \`${unknown}\``)
  const { signal, name, id, typescript, onInput } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('Expected `signal` to be an AbortSignal')
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw new TypeError('Expected `name` to be a string that is not empty')
  if (id !== undefined && (typeof id !== 'string' || id === '')) throw new TypeError('Expected `id` to be a string that is not empty')
  if (typescript !== undefined && typeof typescript !== 'boolean') throw new TypeError(`Expected \`typescript\` to be a boolean, got ${typeof typescript}`)
  if (onInput !== undefined && typeof onInput !== 'function') throw new TypeError(`Expected \`onInput\` to be a function, got ${typeof onInput}`)
  return options
}

/** Throws RangeError for what is no count. */
export function checkPrintsShown(count: number | undefined): void {
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) throw new RangeError(`Expected \`printsShown\` to be a whole number from 0 up, got ${String(count)}`)
}
