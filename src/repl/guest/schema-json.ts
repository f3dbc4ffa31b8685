/** A JSON Schema as the program wrote it in; its JSON, or what is wrong with it, out. Nothing of the program's is run. */
import { isArray, isFiniteNumber, jsonStringify, objectKeys, ownDescriptor } from './primordials.ts'
import { brandOf } from './brand.ts'
import { isProxy } from './proxies.ts'

export type SchemaJson = { readonly ok: true; readonly json: string } | { readonly ok: false; readonly problem: string }

export interface SchemaBounds {
  /** UTF-16 units of the JSON. */
  readonly maxUnits: number
  readonly maxDepth: number
}

/** Thrown and caught in this file only. */
interface Problem {
  readonly problem: string
}

export function schemaJson(schema: unknown, { maxUnits, maxDepth }: SchemaBounds): SchemaJson {
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || isProxy(schema) || isArray(schema))) {
    return { ok: false, problem: `Expected \`schema\` to be a JSON Schema (an object or a boolean), got ${schema === null ? 'null' : isPlainType(schema) ? typeof schema : 'an array'}` }
  }
  let units = 0
  const write = (value: unknown, depth: number): string => {
    let json: string
    if (typeof value === 'object' && value !== null) {
      if (depth > maxDepth) throw problem(`Expected \`schema\` to be nested at most ${maxDepth} levels deep; give a part that is used again a name in $defs`)
      json = isArray(value) ? writeList(value, depth) : writeObject(value, depth)
    } else {
      if (typeof value !== 'string' && typeof value !== 'boolean' && value !== null && !(typeof value === 'number' && isFiniteNumber(value))) throw problem(notJson(value))
      json = jsonStringify(value)
      units += json.length
    }
    if (units > maxUnits) throw problem(`Expected \`schema\` to be at most ${maxUnits} characters of JSON`)
    return json
  }
  const writeList = (list: readonly unknown[], depth: number): string => {
    let json = '['
    for (let index = 0; index < list.length; index++) {
      units += 1
      json += (index === 0 ? '' : ',') + write(ownDescriptor(list, index)?.value ?? null, depth + 1)
    }
    return `${json}]`
  }
  const writeObject = (value: object, depth: number): string => {
    if (isProxy(value) || brandOf(value) !== 'object') throw problem(notJson(value))
    let json = '{'
    const keys = objectKeys(value)
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string
      const item = ownDescriptor(value, key)?.value as unknown
      if (item === undefined) continue
      units += key.length + 4
      json += `${json === '{' ? '' : ','}${jsonStringify(key)}:${write(item, depth + 1)}`
    }
    return `${json}}`
  }
  try {
    return { ok: true, json: write(schema, 1) }
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'problem' in thrown) return { ok: false, problem: (thrown as Problem).problem }
    throw thrown
  }
}

function problem(text: string): Problem {
  return { problem: text }
}

function isPlainType(value: unknown): boolean {
  return typeof value !== 'object' || (value !== null && !isProxy(value) && !isArray(value))
}

function notJson(value: unknown): string {
  const kind = typeof value === 'object' && value !== null ? (isProxy(value) ? 'proxy' : brandOf(value)) : typeof value
  return `Expected \`schema\` to hold nothing but JSON, found a ${kind}`
}
