/**
 * The text of a JSON Schema and of a value in; what is wrong with them out.
 * Runs in a context of its own beside the guest's, where no program has touched the intrinsics that the library relies on: only strings go in and out.
 */
// oxlint-disable-next-line import/no-unassigned-import -- it makes globals that the next import needs
import './validator-globals.ts'
import { type OutputUnit, type Schema, type SchemaDraft, dereference, validate } from '@cfworker/json-schema'

interface Prepared {
  readonly schema: Schema | boolean
  readonly draft: SchemaDraft
  /** Every schema in the schema, by its address. */
  readonly lookup: Record<string, Schema | boolean>
}

/** What is wrong with a schema; '' for nothing. */
export function checkSchema(schemaText: string): string {
  try {
    const { lookup } = prepare(schemaText)
    for (const [address, schema] of Object.entries(lookup)) {
      const problem = typeof schema === 'boolean' ? '' : shapeProblem(schema) || referenceProblem(schema, lookup) || patternProblem(schema)
      if (problem !== '') return `${problem} at ${address.includes('#') ? address.slice(address.indexOf('#')) : '#'}`
    }
    return ''
  } catch (error) {
    return messageOf(error)
  }
}

/** What is wrong with a value; '' for nothing. The schema has passed {@link checkSchema}. */
export function checkValue(schemaText: string, valueText: string): string {
  try {
    const { schema, draft, lookup } = prepare(schemaText)
    const value: unknown = JSON.parse(valueText)
    const errors = attempt(() => validate(value, schema, draft, lookup, false).errors) ?? attempt(() => validate(value, schema, draft, lookup, true).errors)
    return errors === undefined ? 'It is nested too deep.' : describe(errors)
  } catch (error) {
    return messageOf(error)
  }
}

/** Undefined when there were too many faults for one list, or too many levels for the stack. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const prepared = new Map<string, Prepared>()
const maxPrepared = 100

function prepare(schemaText: string): Prepared {
  const known = prepared.get(schemaText)
  if (known !== undefined) return known
  const schema = JSON.parse(schemaText) as Schema | boolean
  const made = { schema, draft: draftOf(schema), lookup: dereference(schema) }
  if (prepared.size >= maxPrepared) prepared.clear()
  prepared.set(schemaText, made)
  return made
}

function draftOf(schema: Schema | boolean): SchemaDraft {
  const named: unknown = typeof schema === 'boolean' ? undefined : schema.$schema
  if (typeof named !== 'string') return '2020-12'
  if (named.includes('draft-04')) return '4'
  if (named.includes('draft-06') || named.includes('draft-07')) return '7'
  return named.includes('2019-09') ? '2019-09' : '2020-12'
}

const listKeywords = ['required', 'enum', 'allOf', 'anyOf', 'oneOf', 'prefixItems']
const tableKeywords = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependentRequired', 'dependencies']
const textKeywords = ['$ref', 'pattern', 'format', '$id', '$anchor']

/** The library takes the shapes of keywords on trust. */
function shapeProblem(schema: Schema): string {
  for (const [key, value] of Object.entries(schema) as [string, unknown][]) {
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (listKeywords.includes(key) && !Array.isArray(value)) return `\`${key}\` has to be an array`
    if (tableKeywords.includes(key) && !isTable) return `\`${key}\` has to be an object`
    if (textKeywords.includes(key) && typeof value !== 'string') return `\`${key}\` has to be a string`
  }
  return ''
}

function referenceProblem(schema: Schema, lookup: Prepared['lookup']): string {
  const { $ref } = schema
  if ($ref === undefined) return ''
  if (!$ref.startsWith('#')) return `\`$ref\` may only refer to the schema itself (#/…), got ${JSON.stringify($ref)}`
  return lookup[schema.__absolute_ref__ ?? ''] === undefined ? `\`$ref\` refers to ${JSON.stringify($ref)}, which is not there` : ''
}

function patternProblem(schema: Schema): string {
  for (const pattern of [...(schema.pattern === undefined ? [] : [schema.pattern]), ...Object.keys((schema.patternProperties ?? {}) as object)]) {
    try {
      // The validator's own RegExp: it keeps what it has compiled.
      void new RegExp(pattern, 'u')
    } catch (error) {
      return messageOf(error)
    }
  }
  return ''
}

/** Faults that are told, and characters of each: enough for a repair. */
const maxFaults = 8
const maxFaultLength = 300

/** Keywords whose own fault says nothing beside the faults below them. */
const wrappers = new Set(['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties', 'items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'allOf', '$ref', '$recursiveRef', 'dependentSchemas', 'if'])

function describe(errors: readonly OutputUnit[]): string {
  const faults = new Set<string>()
  for (const { keyword, instanceLocation, error } of errors) {
    if (wrappers.has(keyword)) continue
    const place = instanceLocation === '#' ? 'the value' : decoded(instanceLocation.slice(1))
    const text = keyword === 'false' ? 'It is not allowed here.' : error.replace(/^Instance does not have required/u, 'It lacks the required').replace(/^Instance type (".*?") is invalid\. Expected/u, 'It is of type $1. Expected')
    faults.add(`${place}: ${text.length > maxFaultLength ? `${text.slice(0, maxFaultLength)}…` : text}`)
  }
  const told = [...faults].slice(0, maxFaults)
  return told.join('\n') + (faults.size > told.length ? `\n… and ${faults.size - told.length} more` : '')
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer)
  } catch {
    // A key that looks like an escape and is none.
    return pointer
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'The schema cannot be used'
}
