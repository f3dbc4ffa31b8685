/** The JSON that a guest's value crossed as in; the value out. What it reads may be hostile: any broken shape is one clear error. */
import { ReplmError } from '../errors.ts'

/** A pattern of the guest's as data: it is never compiled on the host. */
export interface GuestRegExp {
  readonly source: string
  readonly flags: string
}

/** Levels of nesting of a value at most. The guest's runtime refuses to send more. */
const maxValueDepth = 5_000

/**
 * The value that `encodeValue` (src/repl/guest/encode.ts, with the format) wrote. Kinds are those of structured clone, but a RegExp becomes a {@link GuestRegExp};
 * a key `__proto__` is an own property like any other. Throws ReplmError CRASHED for what no sound sandbox sends: the caller ends the sandbox.
 */
export function decodeValue(json: string): unknown {
  try {
    return decode(JSON.parse(json) as unknown)
  } catch (thrown) {
    throw new ReplmError('CRASHED', 'The sandbox sent a broken value: it is not to be trusted and has to be ended', { cause: thrown })
  }
}

function decode(message: unknown): unknown {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return broken('a message that is no object')
  const entries = Object.entries(message as Record<string, unknown>)
  if (entries.length === 0) return undefined
  const [[key, content]] = entries as [[string, unknown]]
  if (entries.length > 1) return broken('more than one value')
  if (key === 'v') return shallowEnough(content)
  if (key === 's') return decodeSlot(content)
  if (key === 'g') return decodeGraph(content)
  return broken('an unknown kind of value')
}

/** Plain JSON is taken as it is, once its nesting was looked at, level by level. */
function shallowEnough(value: unknown): unknown {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxValueDepth) return broken('too deep a value')
    const next: unknown[] = []
    for (const parent of level) {
      if (typeof parent !== 'object' || parent === null) continue
      for (const child of Array.isArray(parent) ? (parent as unknown[]) : Object.values(parent)) if (typeof child === 'object' && child !== null) next.push(child)
    }
    level = next
  }
  return value
}

type Node = readonly unknown[]

/** Resolves the slots of the node being filled. */
type Resolve = (slot: unknown) => unknown

function decodeGraph(content: unknown): unknown {
  const nodes = arrayOf(content).map(arrayOf)
  // First each node's object, then what is in it: so any node may refer to any other.
  const objects: unknown[] = nodes.map(makeObject)
  nodes.forEach((node, index) => {
    if (node[0] === 'view') objects[index] = makeView(node, objects)
  })
  // Nodes come in the order of their distance from the first: each is referred to before its turn.
  const depths = new Int32Array(nodes.length).fill(-1)
  depths[0] = 0
  nodes.forEach((node, index) => {
    const depth = depths[index] as number
    if (depth === -1 || depth > maxValueDepth) broken('a node out of reach')
    fill(objects[index], node, (slot) => {
      if (!Array.isArray(slot) || typeof slot[0] !== 'number') return decodeSlot(slot)
      const at = indexIn(slot[0], objects)
      if (depths[at] === -1) depths[at] = depth + 1
      return objects[at]
    })
  })
  return nodes.length === 0 ? broken('an empty graph') : objects[0]
}

/** A primitive. */
function decodeSlot(slot: unknown): unknown {
  if (slot === null || typeof slot === 'string' || typeof slot === 'boolean') return slot
  if (typeof slot === 'number') return slot
  const [tag, text] = arrayOf(slot)
  if (tag === 'u') return undefined
  if (tag === 'n') return text === 'NaN' ? NaN : text === 'Infinity' ? Infinity : text === '-Infinity' ? -Infinity : text === '-0' ? -0 : broken('an unknown number')
  if (tag === 'i' && typeof text === 'string' && /^-?[0-9a-f]+$/.test(text)) return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`)
  return broken('an unknown primitive')
}

/** The object of a node, still empty where it can refer to others. */
function makeObject(node: Node): unknown {
  switch (node[0]) {
    case 'o': return {}
    case 'a': return []
    case 's': {
      const list: unknown[] = []
      list.length = wholeNumber(node[1], 0xffff_ffff)
      return list
    }
    case 'map': return new Map()
    case 'set': return new Set()
    case 'date': return new Date(node[1] === null ? NaN : typeof node[1] === 'number' ? node[1] : broken('a date without a time'))
    case 'regexp': return { source: textOf(node[1]), flags: textOf(node[2]) } satisfies GuestRegExp
    case 'boxed': return Object(decodeSlot(node[1])) as object
    case 'error': return makeError(node)
    case 'buffer': return Uint8Array.fromBase64(textOf(node[1])).buffer
    case 'view': return undefined
    default: return broken('an unknown kind of node')
  }
}

const errorClasses = new Map([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((made) => [made.name, made]))

function makeError([, name, message, stack]: Node): Error {
  const known = errorClasses.get(textOf(name))
  const error = new (known ?? Error)(textOf(message))
  if (known === undefined) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  Object.defineProperty(error, 'stack', { value: textOf(stack), configurable: true, writable: true })
  return error
}

const viewClasses = new Map<string, new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView>(
  [
    DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array,
  ].map((made) => [made.name, made]),
)

function makeView([, name, reference, offset, length]: Node, objects: readonly unknown[]): ArrayBufferView {
  const made = viewClasses.get(textOf(name))
  const buffer = objects[indexIn(arrayOf(reference)[0], objects)]
  if (made === undefined || !(buffer instanceof ArrayBuffer)) return broken('a view of nothing')
  return new made(buffer, wholeNumber(offset, buffer.byteLength), wholeNumber(length, buffer.byteLength))
}

function fill(object: unknown, node: Node, resolve: Resolve): void {
  switch (node[0]) {
    case 'o': return fillProperties(object as object, node, 1, resolve)
    case 's': return fillProperties(object as object, node, 2, resolve)
    case 'a':
      for (let at = 1; at < node.length; at++) (object as unknown[]).push(resolve(node[at]))
      return
    case 'map':
      for (let at = 1; at < node.length; at += 2) (object as Map<unknown, unknown>).set(resolve(node[at]), resolve(node[at + 1]))
      return
    case 'set':
      for (let at = 1; at < node.length; at++) (object as Set<unknown>).add(resolve(node[at]))
      return
    case 'error':
      for (let at = 4; at < node.length; at += 2) {
        if (node[at] !== 'cause' && node[at] !== 'errors') broken('an unknown part of an error')
        Object.defineProperty(object, node[at] as string, { value: resolve(node[at + 1]), configurable: true, writable: true })
      }
      return
    case 'view':
      resolve(node[2])
      return
    default:
  }
}

function fillProperties(object: object, node: Node, from: number, resolve: Resolve): void {
  for (let at = from; at < node.length; at += 2) {
    const key = textOf(node[at])
    if (Array.isArray(object) && key === 'length') broken('a second length')
    const value = resolve(node[at + 1])
    if (key === '__proto__') Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true })
    else (object as Record<string, unknown>)[key] = value
  }
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : broken('a value where a list belongs')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : broken('a value where a text belongs')
}

function wholeNumber(value: unknown, most: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : broken('a number out of range')
}

function indexIn(value: unknown, list: readonly unknown[]): number {
  return wholeNumber(value, list.length - 1)
}

function broken(what: string): never {
  throw new TypeError(`Found ${what}`)
}
