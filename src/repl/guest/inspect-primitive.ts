/** A primitive or a key in; its text out, as node's `util.inspect` writes it. */
import {
  bigintToString, createList, arrayJoin, arrayPush, max, numberToString, objectIs, regExpTest, stringCodeAt, stringIncludes, stringIndexOf,
  stringRepeat, stringSlice, symbolToString,
} from './primordials.ts'
import { breakLength, type Inspection } from './inspection.ts'

export function formatPrimitive(state: Inspection, value: unknown): string {
  switch (typeof value) {
    case 'string': return formatString(state, value)
    case 'number': return formatNumber(value)
    case 'bigint': return formatBigInt(value)
    case 'symbol': return clipped(symbolToString(value))
    default: return `${value as boolean | null | undefined}`
  }
}

export function formatNumber(value: number): string {
  return objectIs(value, -0) ? '-0' : `${value}`
}

/** Beyond it a BigInt is shown by its leading hexadecimal digits: decimal ones take quadratic time that nothing can interrupt. */
const maxDecimalBits = 32_768n

export function formatBigInt(value: bigint): string {
  const size = value < 0n ? -value : value
  if (size >> maxDecimalBits === 0n) return `${value}n`
  let bits = maxDecimalBits
  while (size >> (bits * 2n) !== 0n) bits *= 2n
  for (let step = bits / 2n; step > 0n; step /= 2n) if (size >> (bits + step) !== 0n) bits += step
  const hidden = (bits - 256n) / 4n
  return `${value < 0n ? '-' : ''}0x${bigintToString(size >> (hidden * 4n), 16)}n... ${hidden} more hexadecimal digits`
}

/** A property's name before its colon. */
export function formatKey(key: string | symbol): string {
  if (typeof key === 'symbol') return escaped(clipped(symbolToString(key)), 0)
  if (key === '__proto__') return "['__proto__']"
  return key.length <= maxNameLength && regExpTest(/^[a-zA-Z_][a-zA-Z_0-9]*$/, key) ? key : quote(clipped(key))
}

/** UTF-16 units of a name (of a key, a class, a tag) that are shown. */
export const maxNameLength = 1_000

/** A name cut to {@link maxNameLength}. */
export function clipped(name: string): string {
  return name.length <= maxNameLength ? name : `${stringSlice(name, 0, maxNameLength)}...`
}

function formatString(state: Inspection, whole: string): string {
  const limit = state.maxStringLength < state.room ? state.maxStringLength : max(state.room, 0)
  const hidden = whole.length - limit
  const value = hidden > 0 ? stringSlice(whole, 0, limit) : whole
  const trailer = hidden > 0 ? `... ${hidden} more character${hidden > 1 ? 's' : ''}` : ''
  if (value.length > 16 && value.length > breakLength - state.indentation - 4 && stringIncludes(value, '\n')) {
    const lines = createList<string>()
    let from = 0
    for (let at = stringIndexOf(value, '\n'); at !== -1 && at + 1 < value.length; at = stringIndexOf(value, '\n', from)) {
      arrayPush(lines, quote(stringSlice(value, from, at + 1)))
      from = at + 1
    }
    arrayPush(lines, quote(stringSlice(value, from)))
    return arrayJoin(lines, ` +\n${stringRepeat(' ', state.indentation + 2)}`) + trailer
  }
  return quote(value) + trailer
}

const singleQuote = 39

/** A string as a literal: in single quotes, or in those that need the least escapes. */
export function quote(text: string): string {
  if (stringIncludes(text, "'")) {
    if (!stringIncludes(text, '"')) return `"${escaped(text, 0)}"`
    // oxlint-disable-next-line no-template-curly-in-string -- the characters themselves are looked for
    if (!stringIncludes(text, '`') && !stringIncludes(text, '${')) return `\`${escaped(text, 0)}\``
    return `'${escaped(text, singleQuote)}'`
  }
  return `'${escaped(text, 0)}'`
}

// Control characters, the backslash, and halves of surrogate pairs that stand alone.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const needsEscape = /[\x00-\x1f\x5c\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Escapes what does not show, and the given quote. `quoteCode` 0 for none. */
function escaped(text: string, quoteCode: number): string {
  if (quoteCode === 0 && !regExpTest(needsEscape, text)) return text
  let result = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const code = stringCodeAt(text, at)
    if (code >= 0xd800 && code <= 0xdfff) {
      if (code <= 0xdbff && at + 1 < text.length) {
        const next = stringCodeAt(text, at + 1)
        if (next >= 0xdc00 && next <= 0xdfff) {
          at++
          continue
        }
      }
    } else if (code !== quoteCode && code !== 92 && code >= 32 && (code < 127 || code > 159)) continue
    result += stringSlice(text, from, at) + escapeOf(code)
    from = at + 1
  }
  return result + stringSlice(text, from)
}

function escapeOf(code: number): string {
  switch (code) {
    case 8: return '\\b'
    case 9: return '\\t'
    case 10: return '\\n'
    case 12: return '\\f'
    case 13: return '\\r'
    case singleQuote: return "\\'"
    case 92: return '\\\\'
    default: return code > 255 ? `\\u${numberToString(code, 16)}` : `\\x${hexByte(code)}`
  }
}

function hexByte(code: number): string {
  const digits = '0123456789ABCDEF'
  return `${digits[code >> 4]}${digits[code & 15]}`
}
