/** A JSON Schema and a text in; a value that follows the schema, taken from the text, out. The schema is data: walked, never compiled. */
import { isRecord } from '../record.ts'
import { chooseEnum } from './choose.ts'
import { resolveSchema, typeOfSchema } from './resolve.ts'
import { narrowSource, rankForField, wordsOf, type Field, type Source } from './source.ts'
import { findSpans, kindOfField } from './spans.ts'
import { termsOf, termsOfName } from './terms.ts'
import { countOf, fillBoolean, fillNumber, fillString, fitLength, type Filled } from './values.ts'

/** Schemas that refer to themselves end here. */
const maxDepth = 24

/** Most values in one answer: lists of lists end here. */
const maxValues = 2_000

/** Names that say no more than that here is an answer. */
const carrierWords: ReadonlySet<string> = new Set(
  termsOf(
    'answer apply comment contain detail evidence explanation found item match mention note present quote reason related relevant result sentence summary text value whether',
  ),
)

interface Place {
  readonly source: Source
  /** What references are resolved against. */
  readonly root: unknown
  readonly depth: number
  /** Values that may still be made. */
  readonly budget: { left: number }
}

/** Required properties are always there, others where the text has something for them. */
export function fillSchema(schema: unknown, source: Source): unknown {
  return fill(schema, { name: [], description: [] }, { source, root: schema, depth: 0, budget: { left: maxValues } }).value
}

function fill(schema: unknown, outer: Field, place: Place): Filled {
  const resolved = resolveSchema(schema, place.root)
  place.budget.left -= 1
  if (place.depth > maxDepth || place.budget.left < 0) return { value: null, found: false }
  if (!isRecord(resolved)) return fillString({}, outer, place.source)
  const inner = { ...place, depth: place.depth + 1 }
  const said = termsOf(`${asText(resolved['title'])} ${asText(resolved['description'])}`).filter(isTelling)
  const field: Field = { name: outer.name, description: [...outer.description, ...said] }
  if ('const' in resolved) return { value: resolved['const'], found: true }
  if (Array.isArray(resolved['enum']) && resolved['enum'].length > 0) return chooseEnum(resolved['enum'], field, place.source)
  const options = resolved['anyOf'] ?? resolved['oneOf']
  if (Array.isArray(options) && options.length > 0) return fillOption(options, field, inner)
  const filled = fillType(resolved, field, inner)
  if (filled.found) return filled
  if ('default' in resolved) return { value: resolved['default'], found: false }
  return Array.isArray(resolved['type']) && resolved['type'].includes('null') ? { value: null, found: false } : filled
}

function fillType(schema: Record<string, unknown>, field: Field, place: Place): Filled {
  const type = typeOfSchema(schema)
  switch (type) {
    case 'object':
      return fillObject(schema, field, place)
    case 'array':
      return fillArray(schema, field, place)
    case 'number':
    case 'integer':
      return fillNumber(schema, type === 'integer', field, place.source)
    case 'boolean':
      return fillBoolean(field, place.source)
    case 'null':
      return { value: null, found: false }
    default:
      return fillString(schema, field, place.source)
  }
}

function fillObject(schema: Record<string, unknown>, field: Field, place: Place): Filled {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  const names = new Set([...Object.keys(properties), ...required.filter((name) => typeof name === 'string')])
  const entries: [string, unknown][] = []
  let found = false
  for (const name of names) {
    const property = Object.hasOwn(properties, name) ? properties[name] : {}
    const filled = fill(property, { name: [...field.name, ...termsOfName(name).filter(isTelling)], description: [] }, place)
    found ||= filled.found
    if (filled.found || required.includes(name)) entries.push([name, filled.value])
  }
  return { value: Object.fromEntries(entries), found }
}

function fillArray(schema: Record<string, unknown>, field: Field, place: Place): Filled {
  const { source } = place
  const items = resolveSchema(schema['items'] ?? {}, place.root)
  const least = countOf(schema['minItems'], 0)
  const most = countOf(schema['maxItems'], Math.max(least, 20))
  const { scores, best } = rankForField(field, source)
  const near = best
    .filter((index) => scores.get(index)! >= 0.5 * scores.get(best[0]!)!)
    .slice(0, most)
    .toSorted((a, b) => a - b)
  // Equal ones once: a list of what a text has.
  const values = new Map<string, unknown>()
  const take = (value: unknown): void => {
    if (values.size < most) values.set(JSON.stringify(value), value)
  }
  if (isRecord(items)) for (const span of spansOf(items, field, source)) take(fitLength(items, span, []))
  for (const index of values.size > 0 ? [] : near) {
    const filled = fill(items, field, { ...place, source: narrowSource(source, [index]) })
    if (filled.found) take(filled.value)
  }
  const found = values.size > 0
  for (let index = 0; values.size < least && index < source.passages.length && place.budget.left > 0; index += 1)
    take(fill(items, field, { ...place, source: narrowSource(source, [index]) }).value)
  const padded = [...values.values()]
  while (padded.length < least && place.budget.left > 0) padded.push(fill(items, field, place).value)
  return { value: padded, found }
}

/** What a list of dates, links, names or the like has. */
function spansOf(items: Record<string, unknown>, field: Field, source: Source): readonly string[] {
  if (typeOfSchema(items) !== 'string' || items['enum'] !== undefined || items['const'] !== undefined) return []
  const kind = kindOfField([...termsOf(asText(items['format'])), ...wordsOf(field)])
  return kind === undefined ? [] : findSpans(kind, source.text)
}

function fillOption(options: readonly unknown[], field: Field, place: Place): Filled {
  const isNull = (option: unknown): boolean => isRecord(option) && (option['type'] === 'null' || option['const'] === null)
  const filled = options.filter((option) => !isNull(option)).map((option) => fill(option, field, place))
  return filled.find(({ found }) => found) ?? (options.some(isNull) ? { value: null, found: false } : filled[0]!)
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isTelling(word: string): boolean {
  return !carrierWords.has(word)
}
