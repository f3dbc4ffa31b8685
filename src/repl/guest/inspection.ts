/** Options of one `inspect` in; the state that its parts share out. */
import { IntrinsicMap, arrayIndexOf, createList, mapGet, mapSet, mapSize } from './primordials.ts'

export interface Inspection {
  /** Levels of nesting that are shown. */
  readonly depth: number
  /** Items of an array, map or set that are shown. */
  readonly maxLength: number
  /** UTF-16 units of a string that are shown. */
  readonly maxStringLength: number
  /** Show what is not enumerable, too. */
  readonly showHidden: boolean
  /** UTF-16 units that may still be written; loops end when it is used up. */
  room: number
  /** Columns that the current line is indented by. */
  indentation: number
  /** Level of the container entered last: the innermost of what was just shown. */
  currentDepth: number
  /** The containers around what is being shown. */
  readonly seen: object[]
  /** Containers that one of their descendants referred to, with their number. */
  readonly circular: Map<object, number>
  /** Shows any value at a level. Held here so that the parts need not import the whole. */
  readonly show: (state: Inspection, value: unknown, level: number) => string
}

/** A line is broken when it would be wider, in columns. As node's. */
export const breakLength = 80

/** Innermost levels that are put on one line, and a quarter of the columns of a grouped array. As node's. */
export const compactLevels = 3

export function createInspection(options: Pick<Inspection, 'depth' | 'maxLength' | 'maxStringLength' | 'showHidden' | 'room' | 'show'>): Inspection {
  return { ...options, indentation: 0, currentDepth: 0, seen: createList(), circular: new IntrinsicMap() }
}

/** Shows a value with the current line indented further. */
export function showIndented(state: Inspection, value: unknown, level: number, columns = 2): string {
  state.indentation += columns
  const text = state.show(state, value, level)
  state.indentation -= columns
  return text
}

/** `[Circular *1]` when the object is being shown further out, else undefined. */
export function circularMark(state: Inspection, value: object): string | undefined {
  if (arrayIndexOf(state.seen, value) === -1) return undefined
  let index = mapGet(state.circular, value)
  if (index === undefined) {
    index = mapSize(state.circular) + 1
    mapSet(state.circular, value, index)
  }
  return `[Circular *${index}]`
}

/** The words for what is left out of a list. */
export function remainingText(count: number): string {
  return `... ${count} more item${count > 1 ? 's' : ''}`
}
