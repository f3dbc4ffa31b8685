/** Labelled lines, as `Date: 2031-04-17 || User: u17 || Label: colour`, and what is asked of their fields in; counts and values out. */

/** A field and the value that it is to have. */
export interface Condition {
  readonly field: string
  readonly value: string
}

export function countLines(text: string, conditions: readonly Condition[]): number {
  let count = 0
  for (const _ of linesWith(text, conditions)) count++
  return count
}

/** How many lines have each of these values in the field. */
export function countByValue(text: string, field: string, values: readonly string[]): Map<string, number> {
  const counts = new Map(values.map((value) => [value, 0]))
  for (const line of linesWith(text, [])) {
    const value = fieldOf(line, field)
    const count = value === undefined ? undefined : counts.get(value)
    if (value !== undefined && count !== undefined) counts.set(value, count + 1)
  }
  return counts
}

/** What the field has in lines that meet the conditions, each value once. */
export function listValues(text: string, field: string, conditions: readonly Condition[]): string[] {
  const found = new Set<string>()
  for (const line of linesWith(text, conditions)) {
    const value = fieldOf(line, field)
    if (value !== undefined) found.add(value)
  }
  return [...found]
}

function* linesWith(text: string, conditions: readonly Condition[]): Generator<string> {
  for (let from = 0; from < text.length;) {
    const feed = text.indexOf('\n', from)
    const end = feed === -1 ? text.length : feed
    const line = text.slice(from, end)
    from = end + 1
    if (conditions.every(({ field, value }) => line.includes(value) && fieldOf(line, field) === value)) yield line
  }
}

/** undefined where the line has no such field. */
function fieldOf(line: string, field: string): string | undefined {
  for (const part of line.split('||')) {
    const colon = part.indexOf(':')
    if (colon !== -1 && part.slice(0, colon).trim() === field) return part.slice(colon + 1).trim()
  }
  return undefined
}
