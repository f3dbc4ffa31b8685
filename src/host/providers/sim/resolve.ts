/** A JSON Schema in; the same with its local reference followed and its `allOf` merged, out. Read as data. */
import { isRecord } from '../record.ts'

/** References can go in circles. */
const maxHops = 24

/** Local references only: any other gives a schema that allows everything, as nothing is fetched. */
export function resolveSchema(schema: unknown, root: unknown): unknown {
  let resolved = schema
  for (let hops = 0; hops < maxHops && isRecord(resolved) && typeof resolved['$ref'] === 'string'; hops += 1) {
    const path: string = resolved['$ref']
    resolved = path.startsWith('#') ? path.split('/').slice(1).reduce<unknown>(stepInto, root) : {}
  }
  return isRecord(resolved) && Array.isArray(resolved['allOf']) ? mergeParts(resolved, resolved['allOf'], root) : resolved
}

/** The type that a value shall have; of several the first that is not null, and where none is said the one that the keywords are of. */
export function typeOfSchema(schema: Record<string, unknown>): string {
  const { type } = schema
  const named: unknown = Array.isArray(type) ? type.find((one) => one !== 'null') : type
  if (typeof named === 'string') return named
  if (schema['properties'] !== undefined || schema['required'] !== undefined) return 'object'
  return schema['items'] === undefined ? 'string' : 'array'
}

function stepInto(part: unknown, step: string): unknown {
  const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
  return (isRecord(part) || Array.isArray(part)) && Object.hasOwn(part, name) ? Reflect.get(part, name) : undefined
}

function mergeParts(schema: Record<string, unknown>, parts: readonly unknown[], root: unknown): Record<string, unknown> {
  const { allOf: _, ...own } = schema
  // A part that has an `allOf` of its own is taken as it is: one level is what schemas are written with.
  const resolved = parts.map((part) => (isRecord(part) && typeof part['$ref'] === 'string' ? resolveSchema({ $ref: part['$ref'] }, root) : part))
  return [own, ...resolved].filter(isRecord).reduce<Record<string, unknown>>(
    (all, part) => ({
      ...all,
      ...part,
      ...(isRecord(all['properties']) && isRecord(part['properties']) ? { properties: { ...all['properties'], ...part['properties'] } } : {}),
      ...(Array.isArray(all['required']) && Array.isArray(part['required']) ? { required: [...all['required'], ...part['required']] } : {}),
    }),
    {},
  )
}
