/** The guest's JSON Schema in; the `response_format` of a chat completion that asks for it out. The schema is data here: read, never compiled. */
import { isRecord } from './record.ts'

export interface ResponseFormat {
  readonly type: 'json_schema'
  readonly json_schema: { readonly name: string; readonly schema: Record<string, unknown>; readonly strict: boolean }
}

/**
 * `strict` is asked for only where the schema keeps to the subset that OpenAI compiles (Structured Outputs guide, "Supported schemas"): asked for with
 * another schema, the API refuses the question. Without it the model is only shown the schema; the guest validates either way.
 */
export function createResponseFormat(schema: unknown): ResponseFormat {
  return { type: 'json_schema', json_schema: { name: 'answer', schema: isRecord(schema) ? schema : {}, strict: isObjectSchema(schema) && fitsStrict(schema) } }
}

/** OpenAI takes schemas of objects only: any other is asked for as the one property of an object. References keep their targets. */
export function wrapSchema(schema: unknown): Record<string, unknown> {
  const { $defs, definitions, ...inner } = isRecord(schema) ? schema : {}
  return {
    type: 'object',
    properties: { value: redirect(inner) },
    required: ['value'],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs: redirect($defs) }),
    ...(definitions === undefined ? {} : { definitions: redirect(definitions) }),
  }
}

/** The text of the one property, as JSON; a reply that is not of that shape is given as it is. */
export function unwrapText(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isRecord(parsed) && 'value' in parsed && Object.keys(parsed).length === 1) return JSON.stringify(parsed['value'])
  } catch {
    // not JSON: the guest says so when it validates
  }
  return text
}

/** Whether the schema itself says, at its root, that it is of an object. */
export function isObjectSchema(schema: unknown): boolean {
  return isRecord(schema) && schema['type'] === 'object' && schema['anyOf'] === undefined
}

const strictKeywords: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
  '$ref',
  '$defs',
  'definitions',
  '$schema',
  'title',
  'description',
  'pattern',
  'format',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
])

function fitsStrict(schema: unknown): boolean {
  if (!isRecord(schema)) return false
  if (!Object.keys(schema).every((keyword) => strictKeywords.has(keyword))) return false
  const { properties, required, additionalProperties, items, anyOf, $defs, definitions } = schema
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']]
  if (types.includes('object') || properties !== undefined) {
    if (additionalProperties !== false) return false
    const names = isRecord(properties) ? Object.keys(properties) : []
    if (!names.every((name) => Array.isArray(required) && required.includes(name))) return false
  }
  if (types.includes('array') && items === undefined) return false
  const parts = [items, anyOf, properties, $defs, definitions].flatMap((part, index) => {
    if (part === undefined) return []
    if (index === 0) return [part]
    return Array.isArray(part) ? part : isRecord(part) ? Object.values(part) : [undefined]
  })
  return parts.every(fitsStrict)
}

/** Local references into what moved from the root to its property `value`. */
function redirect(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(redirect)
  if (!isRecord(part)) return part
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, name === '$ref' && typeof value === 'string' ? redirectReference(value) : redirect(value)]),
  )
}

function redirectReference(reference: string): string {
  if (reference === '#') return '#/properties/value'
  return reference.startsWith('#/') && !/^#\/(\$defs|definitions)(\/|$)/.test(reference) ? `#/properties/value${reference.slice(1)}` : reference
}
