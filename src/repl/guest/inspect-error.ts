/** An error in; its stack as text out, without frames of the runtime, and with no getter of the program run. */
import {
  arrayIndexOf, arrayJoin, arrayPush, arraySplice, createList, hasOwn, isArray, isError, min, ownDescriptor, regExpExec, stringEndsWith, stringIncludes, stringIndexOf,
  stringRepeat, stringReplaceAll, stringSlice, stringSplit, stringStartsWith,
} from './primordials.ts'
import { prototypeOf } from './brand.ts'
import { dataProperty, prefixOf } from './inspect-name.ts'
import type { Inspection } from './inspection.ts'
import { unproxied } from './proxies.ts'
import { headOf, isNativeStack, readStack } from './stack-trace.ts'

/**
 * The stack of an error as it shows itself, with the frames of the cells only. Never throws, never empty.
 * It is made up of name and message where `stack` is a getter of the program's, or no text.
 */
export function stackOf(error: object): string {
  const text = readStack(error)
  if (text === undefined) return headOf(error)
  return text.length > maxStackUnits ? stringSlice(text, 0, maxStackUnits) : text
}

/** UTF-16 units of a stack that are shown, its message included. */
const maxStackUnits = 100_000

/** The text of an error before its braces, as node writes it. Takes out of `keys` what the text shows already, and adds cause and errors. */
export function errorBase(state: Inspection, error: object, constructor: string | null, tag: string, keys: (string | symbol)[]): string {
  const message = dataProperty(error, 'message')
  const name = dataProperty(error, 'name')
  let stack = stackOf(error)
  dropKey(keys, error, 'stack')
  if (typeof message !== 'string' || stringIncludes(stack, message)) dropKey(keys, error, 'message')
  if (typeof name !== 'string' || stringIncludes(stack, name)) dropKey(keys, error, 'name')
  addKey(keys, error, 'cause')
  if (isArray(ownDescriptor(error, 'errors')?.value)) addKey(keys, error, 'errors')
  stack = namedByClass(stack, constructor, typeof name === 'string' ? name : 'Error', tag)

  let at = typeof message === 'string' && message !== '' ? stringIndexOf(stack, message) : -1
  if (at !== -1) at += (message as string).length
  const frames = stringIndexOf(stack, '\n    at', at === -1 ? 0 : at)
  // Without frames, brackets keep it apart from text.
  const shown = frames === -1 ? `[${stack}]` : stringSlice(stack, 0, frames + 1) + framesBesideCause(error, stringSlice(stack, frames + 1))
  state.room -= shown.length
  return state.indentation === 0 ? shown : stringReplaceAll(shown, '\n', `\n${stringRepeat(' ', state.indentation)}`)
}

/** A getter of the program's stays, to be named. */
function dropKey(keys: (string | symbol)[], error: object, key: string): void {
  const index = arrayIndexOf(keys, key)
  if (index === -1) return
  const getter: unknown = ownDescriptor(error, key)?.get
  if (getter === undefined || isNativeStack(getter)) arraySplice(keys, index, 1)
}

function addKey(keys: (string | symbol)[], error: object, key: string): void {
  if (hasOwn(error, key) && arrayIndexOf(keys, key) === -1) arrayPush(keys, key)
}

/** Puts the class of an error into the first line of its stack, which knows only `name`. */
function namedByClass(stack: string, constructor: string | null, name: string, tag: string): string {
  let length = name.length
  const regular = stringEndsWith(name, 'Error') && stringStartsWith(stack, name) && (stack.length === length || stack[length] === ':' || stack[length] === '\n')
  if (constructor !== null && !regular) return stack
  let fallback = 'Error'
  if (constructor === null) {
    const start = regExpExec(/^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n {4}at)/, stack) ?? regExpExec(/^([a-z_A-Z0-9-]*Error)$/, stack)
    const found = start === null ? '' : (start[1] as string)
    length = found.length
    if (found !== '') fallback = found
  }
  const prefix = stringSlice(prefixOf(constructor, tag, fallback), 0, -1)
  if (name === prefix) return stack
  if (!stringIncludes(prefix, name)) return `${prefix} [${name}]${stringSlice(stack, length)}`
  return length === 0 ? `${prefix}: ${stack}` : `${prefix}${stringSlice(stack, length)}`
}

/** The frames of an error; those that its cause shows again are folded into one line. */
function framesBesideCause(error: object, frames: string): string {
  const value = ownDescriptor(error, 'cause')?.value as unknown
  const cause = typeof value === 'object' && value !== null ? unproxied(value) : null
  if (cause === null || !isError(cause) || prototypeOf(cause) === null) return frames
  const causeStack = stackOf(cause)
  const start = stringIndexOf(causeStack, '\n    at')
  if (start === -1) return frames
  const lines = stringSplit(frames, '\n')
  const causeLines = stringSplit(stringSlice(causeStack, start + 1), '\n')
  for (let at = 0; at < lines.length - 3; at++) {
    const same = arrayIndexOf(causeLines, lines[at] as string)
    if (same === -1) continue
    const most = min(lines.length - at, causeLines.length - same)
    let length = 1
    while (length < most && lines[at + length] === causeLines[same + length]) length++
    if (length <= 3) continue
    arraySplice(lines, at + 1, length - 2)
    const folded = createList<string>()
    for (let index = 0; index < lines.length; index++) {
      arrayPush(folded, lines[index] as string)
      if (index === at) arrayPush(folded, `    ... ${length - 2} lines matching cause stack trace ...`)
    }
    return arrayJoin(folded, '\n')
  }
  return frames
}
