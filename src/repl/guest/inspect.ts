/** Any value in; a text for people out, as node's `util.inspect` shows it, within bounds and without running anything of the program's. */
import { arrayPop, arrayPush, createList, hasOwn, mapGet, stringCodeAt, stringSlice } from './primordials.ts'
import { formatProperty } from './inspect-entries.ts'
import { layOut } from './inspect-layout.ts'
import { formatPrimitive } from './inspect-primitive.ts'
import { shapeOf } from './inspect-shape.ts'
import { type Inspection, circularMark, createInspection, remainingText } from './inspection.ts'
import { proxyTarget } from './proxies.ts'

export interface InspectOptions {
  /** Levels of nesting that are shown. @default 2 */
  readonly depth?: number
  /** Items of an array, map or set that are shown. @default 100 */
  readonly maxLength?: number
  /** UTF-16 units of each string that are shown. @default 10_000 */
  readonly maxStringLength?: number
  /** UTF-8 bytes of the whole text. @default 65_536 */
  readonly maxBytes?: number
  /** Show what is not enumerable, too (`%o` of console). @default false */
  readonly showHidden?: boolean
}

/** Nesting that is shown at most, whatever `depth` says: each level takes stack. */
const maxDepth = 200

/**
 * Shows a value. Getters are named and not run, proxies are shown by what stands behind them, and the work is bounded by `maxBytes`:
 * beyond it the text ends in ` ... (cut)`. The state of a promise cannot be seen from inside the isolate and is shown as unknown.
 */
export function inspect(value: unknown, options: InspectOptions = {}): string {
  const maxBytes = optionOf(options, 'maxBytes', 65_536)
  const depth = optionOf(options, 'depth', 2)
  const state = createInspection({
    depth: depth < maxDepth ? depth : maxDepth,
    maxLength: optionOf(options, 'maxLength', 100),
    maxStringLength: optionOf(options, 'maxStringLength', 10_000),
    showHidden: hasOwn(options, 'showHidden') && options.showHidden === true,
    room: maxBytes,
    show,
  })
  return cutToBytes(show(state, value, 0), maxBytes)
}

/** A text of at most so many bytes of UTF-8, ending in ` ... (cut)` where it was longer. */
export function cutToBytes(text: string, maxBytes: number): string {
  // A UTF-16 unit takes at most three bytes.
  if (text.length * 3 <= maxBytes) return text
  const ending = ' ... (cut)'
  let bytes = 0
  let fits = 0
  for (let at = 0; at < text.length; at++) {
    const code = stringCodeAt(text, at)
    // Each half of a pair counts half of the pair's four bytes; a text is not cut between them.
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code <= 0xdfff ? 2 : 3
    if (bytes <= maxBytes - ending.length && !(code >= 0xd800 && code <= 0xdbff)) fits = at + 1
    if (bytes > maxBytes) return maxBytes < ending.length ? '' : stringSlice(text, 0, fits) + ending
  }
  return text
}

function optionOf(options: InspectOptions, name: 'depth' | 'maxLength' | 'maxStringLength' | 'maxBytes', otherwise: number): number {
  return hasOwn(options, name) ? (options[name] ?? otherwise) : otherwise
}

function show(state: Inspection, value: unknown, level: number): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    const text = formatPrimitive(state, value)
    state.room -= text.length
    return text
  }
  if (state.room <= 0) return '...'
  let target: object = value
  let before = ''
  let after = ''
  for (let next = proxyTarget(target); next !== undefined; next = proxyTarget(target)) {
    if (next === null) return `${before}<Revoked Proxy>${after}`
    target = next
    before += 'Proxy('
    after += ')'
  }
  return before + (circularMark(state, target) ?? showObject(state, target, level)) + after
}

function showObject(state: Inspection, value: object, level: number): string {
  const shape = shapeOf(state, value)
  // Beyond the levels that share a line, each costs the indentation of its lines.
  state.room -= shape.open.length + 2 + (level > 3 ? state.indentation : 0)
  if (shape.keys.length === 0 && shape.items === undefined) return shape.base === '' ? shape.open + shape.close : shape.base
  if (level > state.depth) return shape.shallow
  arrayPush(state.seen, value)
  state.currentDepth = level + 1
  const parts = shape.items?.(level + 1) ?? createList<string>()
  for (let index = 0; index < shape.keys.length; index++) {
    if (state.room <= 0) {
      arrayPush(parts, remainingText(shape.keys.length - index))
      break
    }
    arrayPush(parts, formatProperty(state, value, shape.keys[index] as string | symbol, level + 1))
  }
  arrayPop(state.seen)
  const reference = mapGet(state.circular, value)
  const mark = reference === undefined ? '' : `<ref *${reference}>`
  const base = mark === '' || shape.base === '' ? mark + shape.base : `${mark} ${shape.base}`
  return layOut(state, { parts, base, open: shape.open, close: shape.close, level: level + 1, areNumbers: shape.areNumbers })
}
