/** A stream in; how it is to be read, by its first bytes, and all of it out. */
import type { EncodingName } from '../../index.ts'
import { bytesOf, type ByteStream } from './arrivals.ts'

/** `lines` are UTF-8 or Latin-1: they can be told apart before the others have come. Of anything else, packed or UTF-16, only the whole is text. */
export type StreamStart =
  | { readonly type: 'lines'; /** Without a byte order mark. */ readonly bytes: ByteStream; /** What has come of it. */ readonly start: Buffer; readonly encoding: 'utf-8' | 'latin1' }
  | { readonly type: 'whole'; readonly bytes: ByteStream }

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf])

/** What gzip files and UTF-16 begin with. */
const wholeMarks: readonly Buffer[] = [Buffer.from([0x1f, 0x8b, 8]), Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]

/** Waits for three bytes at the most, and for the first only where no mark begins with it. */
export async function readStreamStart(stream: ByteStream, encoding: EncodingName = 'utf-8'): Promise<StreamStart> {
  if (encoding !== 'utf-8' && encoding !== 'latin1') return { type: 'whole', bytes: stream }
  const chunks = stream[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  let isAtEnd = false
  while (!isAtEnd && [utf8Mark, ...wholeMarks].some((mark) => start.length < mark.length && mark.subarray(0, start.length).equals(start))) {
    const next = await chunks.next()
    if (next.done === true) isAtEnd = true
    else start = Buffer.concat([start, bytesOf(next.value)])
  }
  async function* whole(from: number): AsyncGenerator<Uint8Array | string, undefined> {
    try {
      yield start.subarray(from)
      for (let next = isAtEnd ? undefined : await chunks.next(); next !== undefined && next.done !== true; next = await chunks.next()) yield next.value
    } finally {
      await chunks.return?.()
    }
    return undefined
  }
  if (wholeMarks.some((mark) => beginsWith(start, mark))) return { type: 'whole', bytes: whole(0) }
  const isMarked = beginsWith(start, utf8Mark)
  return { type: 'lines', bytes: whole(isMarked ? utf8Mark.length : 0), start, encoding: isMarked ? 'utf-8' : encoding }
}

function beginsWith(start: Buffer, mark: Buffer): boolean {
  return start.subarray(0, mark.length).equals(mark)
}
