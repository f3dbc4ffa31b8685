/** A gzip file in; what was packed in it, held so that any place of it can be read, out. */
import { createReadStream } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { ByteSource } from './byteSource.ts'
import { type ByteStream, holdStream } from './heldStream.ts'

/** Of one file's text so much stays in memory; there may be thousands of them. */
const maxMemoryBytes = 128 * 1024

/** Whether a file that begins so is packed. No text does. */
export function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b && start[2] === 8
}

/** Unpacks it, off the loop, into a file without a name. Rejects with an error whose message says what is wrong with it; beyond `maxBytes`, with that. */
export function holdGzip(path: string, maxBytes?: number): Promise<ByteSource> {
  return holdUnpacked(createReadStream(path, { highWaterMark: 256 * 1024 }), { maxMemoryBytes, ...(maxBytes === undefined ? {} : { maxBytes }) })
}

/** The same for what comes from a stream, of which more stays in memory. */
export async function holdUnpacked(stream: ByteStream, options: { readonly maxMemoryBytes?: number; readonly maxBytes?: number } = {}): Promise<ByteSource> {
  const most = options.maxBytes ?? (await halfOfFree())
  let held: ByteSource | undefined
  try {
    await pipeline(stream, createGunzip({ chunkSize: 256 * 1024 }), async (unpacked: ByteStream) => {
      held = await holdStream(bounded(unpacked, most), options.maxMemoryBytes)
    })
  } catch (error) {
    await held?.close()
    throw isTruncated(error) ? new Error('it is cut off: what was packed in it is longer', { cause: error }) : error
  }
  if (held === undefined) throw new Error('it holds nothing')
  return held
}

/** A few bytes can unpack to what fills a disk. */
async function* bounded(stream: ByteStream, maxBytes: number): AsyncGenerator<Uint8Array | string> {
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`it unpacks to more than ${maxBytes} bytes, half of what is free in ${tmpdir()}`)
    yield chunk
  }
}

async function halfOfFree(): Promise<number> {
  const { bavail, bsize } = await statfs(tmpdir())
  return Math.floor((bavail * bsize) / 2)
}

function isTruncated(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR'
}
