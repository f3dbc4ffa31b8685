/** What a sandbox asks to read, of any shape, in; a read whose numbers make sense out. */
import type { WireDocRead } from '../../protocol.ts'

/** Throws TypeError for what is no read, RangeError for numbers that name no place in a text. */
export function checkedDocRead(value: unknown): WireDocRead {
  if (typeof value !== 'object' || value === null) throw new TypeError(`Expected \`read\` to be an object, got ${value === null ? 'null' : typeof value}`)
  const read = value as Readonly<Record<string, unknown>> // any object may be asked for any key
  const what = read['what']
  switch (what) {
    case 'slice':
      return { what, from: whole(read['from'], 'from'), to: whole(read['to'], 'to') }
    case 'lines':
      return { what, from: whole(read['from'], 'from', 1), count: whole(read['count'], 'count', 0) }
    case 'chunk': {
      const chars = whole(read['chars'], 'chars', 1)
      const overlap = whole(read['overlap'], 'overlap', 0)
      if (overlap >= chars) throw new RangeError(`Expected \`overlap\` to be less than \`chars\` (${chars}), got ${overlap}`)
      return { what, from: whole(read['from'], 'from', 0), chars, overlap, on: unit(read['on']) }
    }
    case 'lineStart':
      return { what, line: whole(read['line'], 'line', 1) }
    case 'charCount':
    case 'lineCount':
      return { what }
    default:
      throw new TypeError(`Expected \`what\` to name a kind of read, got ${typeof what === 'string' ? JSON.stringify(what.slice(0, 40)) : typeof what}`)
  }
}

function whole(value: unknown, name: string, least?: number): number {
  const bound = least === undefined ? '' : ` from ${least} up`
  if (typeof value !== 'number') throw new TypeError(`Expected \`${name}\` to be a whole number${bound}, got ${value === null ? 'null' : typeof value}`)
  if (!Number.isSafeInteger(value) || (least !== undefined && value < least)) throw new RangeError(`Expected \`${name}\` to be a whole number${bound}, got ${value}`)
  // JSON has -0.
  return value === 0 ? 0 : value
}

function unit(value: unknown): 'char' | 'line' | 'paragraph' {
  if (value === 'char' || value === 'line' || value === 'paragraph') return value
  throw new (typeof value === 'string' ? RangeError : TypeError)(
    `Expected \`on\` to be 'char', 'line' or 'paragraph', got ${typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value}`,
  )
}
