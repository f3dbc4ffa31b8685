/** A stream that can be read only once in; its bytes, in memory or in a file that nobody else can reach, out. */
import { randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heldBytes, memoryBytes, type ByteSource } from './byteSource.ts'

/** Bytes of a stream, as stdin gives them. */
export type ByteStream = AsyncIterable<Uint8Array | string>

/** What of a stream stays in memory; what is longer goes to a file. */
const maxMemoryBytes = 64 * 1024 * 1024

/** Reads the stream to its end. */
export async function holdStream(stream: ByteStream, maxBytes: number = maxMemoryBytes): Promise<ByteSource> {
  const chunks: Buffer[] = []
  let size = 0
  let file: FileHandle | undefined
  try {
    for await (const chunk of stream) {
      const bytes = bytesOf(chunk)
      chunks.push(bytes)
      size += bytes.length
      if (file === undefined && size > maxBytes) file = await openNameless()
      if (file !== undefined) await writeAll(file, chunks.splice(0))
    }
  } catch (error) {
    await file?.close()
    throw error
  }
  return file === undefined ? memoryBytes(Buffer.concat(chunks)) : heldBytes(file, size)
}

/** The first `length` bytes of a stream, fewer where it ends before; `whole` is all of it, these included. */
export async function beginStream(stream: ByteStream, length: number): Promise<{ readonly start: Buffer; readonly whole: ByteStream }> {
  const chunks = stream[Symbol.asyncIterator]()
  const begun: Buffer[] = []
  let size = 0
  let isAtEnd = false
  while (size < length && !isAtEnd) {
    const next = await chunks.next()
    if (next.done === true) isAtEnd = true
    else {
      begun.push(bytesOf(next.value))
      size += begun.at(-1)?.length ?? 0
    }
  }
  async function* whole(): AsyncGenerator<Uint8Array | string> {
    try {
      yield* begun.splice(0)
      while (!isAtEnd) {
        const next = await chunks.next()
        if (next.done === true) isAtEnd = true
        else yield next.value
      }
    } finally {
      if (!isAtEnd) await chunks.return?.()
    }
  }
  return { start: Buffer.concat(begun, Math.min(size, length)), whole: whole() }
}

function bytesOf(chunk: Uint8Array | string): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

/** A file without a name: it is gone with its handle, also after a crash. */
export async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `replm-${randomUUID()}`)
  const handle = await open(path, 'wx+', 0o600)
  await unlink(path)
  return handle
}

export async function writeAll(file: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    for (let written = 0; written < chunk.length;) written += (await file.write(chunk, written)).bytesWritten
  }
}
