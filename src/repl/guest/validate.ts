/** A JSON Schema and a model's reply in; the value that was asked for, or what is wrong with it in words for the model, out. */
import { maxSchemaDepth, maxSchemaUnits } from '../../protocol.ts'
import { takeNative } from './native.ts'
import { jsonCandidates } from './reply-json.ts'
import { type OwnJson, ownJson } from './own-json.ts'
import { IntrinsicTypeError, hasOwn, isArray, jsonParse, stringSlice } from './primordials.ts'
import { isProxy } from './proxies.ts'

export type Validation = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string }

// Functions of a context of their own, whose intrinsics are not the program's; it is made at first use.
const validatorFunction = takeNative<(name: 'checkSchema' | 'checkValue') => (...texts: string[]) => string>('validator')
let checkSchema: ((schemaText: string) => string) | undefined
let checkValue: ((schemaText: string, valueText: string) => string) | undefined

/** The JSON of a schema that can be sent: within bounds, with local references only; or a sentence that says what it is not. */
export function readSchema(schema: unknown): OwnJson {
  const read = schemaJson(schema)
  if (!read.ok) return read
  checkSchema ??= validatorFunction('checkSchema')
  const fault = checkSchema(read.json)
  return fault === '' ? read : { ok: false, problem: `Expected \`schema\` to be a JSON Schema: ${fault}` }
}

/**
 * Finds the value in a reply: the reply as a whole, or in a code fence, or standing in prose, whichever follows the schema.
 * `problem` is written so that it can be shown to the model.
 */
export function validateReply(schema: unknown, reply: string): Validation {
  const read = schemaJson(schema)
  if (!read.ok) throw new IntrinsicTypeError(read.problem)
  checkValue ??= validatorFunction('checkValue')
  const candidates = jsonCandidates(reply)
  let problem: string | undefined
  let syntax = ''
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index] as string
    let value: unknown
    try {
      value = jsonParse(candidate)
    } catch (thrown) {
      if (index === 0) syntax = messageOf(thrown)
      continue
    }
    const fault = checkValue(read.json, candidate)
    if (fault === '') return { ok: true, value }
    problem ??= fault
  }
  return { ok: false, problem: problem ?? (stringSlice(reply, 0, 1) === '' ? 'it is empty' : `it is not JSON (${syntax})`) }
}

const bounds = { name: 'schema', maxUnits: maxSchemaUnits, maxDepth: maxSchemaDepth, advice: '; give a part that is used again a name in $defs' }

function schemaJson(schema: unknown): OwnJson {
  if (typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !isProxy(schema) && !isArray(schema))) return ownJson(schema, bounds)
  return { ok: false, problem: `Expected \`schema\` to be a JSON Schema (an object or a boolean), got ${schema === null ? 'null' : isPlainType(schema) ? typeof schema : 'an array'}` }
}

function isPlainType(value: unknown): boolean {
  return typeof value !== 'object' || (value !== null && !isProxy(value) && !isArray(value))
}

/** The engine's own SyntaxError. */
function messageOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && hasOwn(thrown, 'message') ? `${(thrown as Error).message}` : 'unreadable'
}
