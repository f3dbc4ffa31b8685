/** A value as the program wrote it, a JSON Schema or data, in; its JSON, or what is wrong with it, out. Nothing of the program's is run. */
import { isArray, isFiniteNumber, jsonStringify, objectKeys, ownDescriptor } from './primordials.ts'
import { brandOf } from './brand.ts'
import { isProxy } from './proxies.ts'

export type OwnJson = { readonly ok: true; readonly json: string } | { readonly ok: false; readonly problem: string }

export interface OwnJsonBounds {
  /** What a problem calls it. */
  readonly name: string
  /** UTF-16 units of the JSON. */
  readonly maxUnits: number
  readonly maxDepth: number
  /** Said of what is nested too deep. */
  readonly advice?: string
}

/** Thrown and caught in this file only. */
interface Problem {
  readonly problem: string
}

export function ownJson(given: unknown, { name, maxUnits, maxDepth, advice = '' }: OwnJsonBounds): OwnJson {
  let units = 0
  const write = (value: unknown, depth: number): string => {
    let json: string
    if (typeof value === 'object' && value !== null) {
      if (depth > maxDepth) throw problem(`Expected \`${name}\` to be nested at most ${maxDepth} levels deep${advice}`)
      if (isProxy(value)) throw problem(notJson(name, value))
      json = isArray(value) ? writeList(value, depth) : writeObject(value, depth)
    } else {
      if (typeof value !== 'string' && typeof value !== 'boolean' && value !== null && !(typeof value === 'number' && isFiniteNumber(value))) throw problem(notJson(name, value))
      json = jsonStringify(value)
      units += json.length
    }
    if (units > maxUnits) throw problem(`Expected \`${name}\` to be at most ${maxUnits} characters of JSON`)
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
    if (brandOf(value) !== 'object') throw problem(notJson(name, value))
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
    return { ok: true, json: write(given, 1) }
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'problem' in thrown) return { ok: false, problem: (thrown as Problem).problem }
    throw thrown
  }
}

function problem(text: string): Problem {
  return { problem: text }
}

function notJson(name: string, value: unknown): string {
  const kind = typeof value === 'object' && value !== null ? (isProxy(value) ? 'proxy' : brandOf(value)) : typeof value
  return `Expected \`${name}\` to hold nothing but JSON, found a ${kind}`
}
