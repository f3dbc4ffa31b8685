/**
 * What the host holds in; handles that read it piece by piece, out. No text crosses before it is asked for.
 *
 * A promise is awaited before it is returned: returned as it is, its `then` would be the program's.
 */
import { callHost } from './call-host.ts'
import type { WireChunk } from '../../protocol.ts'
import { nameDoc } from './doc-names.ts'
import { readLines, readSlice, type ReadDoc } from './doc-reads.ts'
import { createGrep } from './grep.ts'
import { iterate } from './iterate.ts'
import { checkNames, shown } from './options.ts'
import { freeze, IntrinsicRangeError, IntrinsicTypeError, isArray, isInteger, isNaNumber, jsonStringify } from './primordials.ts'

export interface DocInfo {
  readonly name: string
  readonly bytes: number
}

/** The handle of document number `doc`. Offsets count UTF-16 units from 0, as in strings; lines count from 1. */
export function createDoc({ name, bytes }: DocInfo, doc: number): object {
  const read: ReadDoc = (rest) => callHost('doc', `,"doc":${doc},"read":{${rest}}`)
  const handle = freeze({
    name,
    bytes,
    async slice(from?: unknown, to?: unknown): Promise<unknown> {
      return await readSlice(read, bytes, offset(from, 'from', 0), offset(to, 'to', maxOffset))
    },
    async readLines(from: unknown, count: unknown): Promise<unknown> {
      return await readLines(read, whole(from, 'from', 1), whole(count, 'count', 0))
    },
    chunks(options?: unknown): AsyncIterable<string> {
      return createChunks(read, bytes, options)
    },
    grep: createGrep(doc),
    async chars(): Promise<unknown> {
      return await read('"what":"charCount"')
    },
    async lines(): Promise<unknown> {
      return await read('"what":"lineCount"')
    },
  })
  nameDoc(handle, { doc, name, bytes })
  return handle
}

/** Characters in a chunk where the program does not say: a few thousand tokens. */
const defaultChunkChars = 16_000

/** An offset past every end. */
const maxOffset = 9_007_199_254_740_991

const chunkOptions = ['chars', 'overlap', 'on'] as const

interface ChunkOptions {
  readonly chars?: unknown
  readonly overlap?: unknown
  readonly on?: unknown
}

/** Texts of at most `chars` characters, one after another; each begins `overlap` characters before the last one's end. */
function createChunks(read: ReadDoc, bytes: number, options: unknown): AsyncIterable<string> {
  let from: number | null = 0
  let form: string | undefined
  return iterate(async (): Promise<IteratorResult<string>> => {
    form ??= chunkForm(options)
    if (from === null) return { value: undefined, done: true }
    const at: number = from
    const chunk = (await read(`"what":"chunk","from":${at}${form}`)) as WireChunk
    from = chunk.next
    if (chunk.from === chunk.to) return { value: undefined, done: true }
    return { value: chunk.text ?? (await readSlice(read, bytes, chunk.from, chunk.to)), done: false }
  })
}

function chunkForm(options: unknown): string {
  if (options !== undefined && (typeof options !== 'object' || options === null || isArray(options))) throw new IntrinsicTypeError(`Expected the options of chunks to be an object, got ${shown(options)}`)
  const copy = { __proto__: null, ...options } as ChunkOptions
  checkNames('chunks', copy, chunkOptions)
  const { chars = defaultChunkChars, overlap = 0, on = 'char' } = copy
  if (on !== 'char' && on !== 'line' && on !== 'paragraph') {
    const message = `Expected \`on\` to be 'char', 'line' or 'paragraph', got ${shown(on)}`
    throw typeof on === 'string' ? new IntrinsicRangeError(message) : new IntrinsicTypeError(message)
  }
  const size = whole(chars, 'chars', 1)
  const shared = whole(overlap, 'overlap', 0)
  if (shared >= size) throw new IntrinsicRangeError(`Expected \`overlap\` to be less than \`chars\` (${size}), got ${shared}`)
  return `,"chars":${size},"overlap":${shared},"on":${jsonStringify(on)}`
}

function offset(value: unknown, name: string, otherwise: number): number {
  if (value === undefined) return otherwise
  if (typeof value !== 'number') throw new IntrinsicTypeError(`Expected \`${name}\` to be a number, got ${shown(value)}`)
  if (isNaNumber(value)) throw new IntrinsicRangeError(`Expected \`${name}\` to be a whole number, got NaN`)
  if (value > maxOffset) return maxOffset
  if (value < -maxOffset) return -maxOffset
  if (!isInteger(value)) throw new IntrinsicRangeError(`Expected \`${name}\` to be a whole number, got ${value}`)
  return value
}

function whole(value: unknown, name: string, from: number): number {
  if (value === undefined) throw new IntrinsicTypeError(`Expected \`${name}\` to be a whole number from ${from} up, got undefined`)
  const number = offset(value, name, from)
  if (number < from) throw new IntrinsicRangeError(`Expected \`${name}\` to be a whole number from ${from} up, got ${number}`)
  return number
}
