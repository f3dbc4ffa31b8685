/** A file, or bytes that are held; any range of its bytes out. */
import { stat, type FileHandle } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ReplmError } from '../../errors.ts'
import type { SharedFile } from './countingThread.ts'
import { OpenFiles } from './openFiles.ts'
import { pageOffset } from './pageOffset.ts'

/** Bytes of a size known from the start. */
export interface ByteSource {
  readonly size: number
  /**
   * The bytes from `from` on: `length` of them, fewer only at the end. They are the caller's to read, not to write; in `into`, where that is given,
   * has room for them and {@link maxPageOffset} more, and they are not in memory anyway.
   */
  readonly read: (from: number, length: number, into?: Buffer) => Promise<Buffer>
  /** Rejects with CHANGED when what was read since the opening may no longer be what was opened. */
  readonly verify: () => Promise<void>
  readonly close: () => Promise<void>
  /** Where a thread finds the same bytes; it is there until {@link close}. @default they are in memory */
  readonly shared?: SharedFile
  /** The file that it reads, where it is one that has a path. */
  readonly file?: FileIdentity
}

/** What a file was when it was opened. */
export interface FileIdentity {
  readonly path: string
  /** How messages call it. */
  readonly name: string
  readonly size: number
  /** Nanoseconds. */
  readonly mtimeNs: bigint
}

/** Files of one session that are read at the same time, at most: a guest asks for thousands at once, and each read holds its buffer. */
const filesAtOnce = 8

/** Gives what reads files by path, a few at a time. Few stay open between two reads, and not for long. */
export function createFileSources(): (identity: FileIdentity) => ByteSource {
  const files = new OpenFiles()
  let free = filesAtOnce
  const waiting: (() => void)[] = []
  const enter = (): Promise<void> | undefined => {
    if (free > 0) return void free--
    return new Promise((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  return (identity) => ({
    size: identity.size,
    read: async (from, length, into) => {
      await enter()
      try {
        return await readFile(identity, files, from, bufferFor({ from, length: Math.min(length, identity.size - from) }, into))
      } finally {
        leave()
      }
    },
    verify: () => verifyFile(identity),
    close: () => files.close(),
    shared: { path: identity.path },
    file: identity,
  })
}

/** Bytes in memory that are read at a time without a pause. */
const maxBytesAtOnce = 128 * 1024

/** Bytes in memory. */
export function memoryBytes(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    read: async (from, length) => {
      // They are at hand at once: whoever goes through all of them gives the loop its turn all the same.
      if (Math.min(length, bytes.length - from) > maxBytesAtOnce) await nextTurn()
      return bytes.subarray(from, from + length)
    },
    verify: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

/** A file that only this process can reach. */
export function heldBytes(handle: FileHandle, size: number): ByteSource {
  return {
    size,
    read: (from, length, into) => readRange(handle, from, bufferFor({ from, length: Math.min(length, size - from) }, into)),
    verify: () => Promise.resolve(),
    close: () => handle.close(),
    shared: { fd: handle.fd },
  }
}

function bufferFor({ from, length }: { readonly from: number; readonly length: number }, into: Buffer | undefined): Buffer {
  const start = pageOffset(from)
  const end = start + Math.max(0, length)
  const buffer = into === undefined || into.length < end ? Buffer.allocUnsafeSlow(end) : into
  return buffer.subarray(start, end)
}

async function readFile(identity: FileIdentity, files: OpenFiles, from: number, buffer: Buffer): Promise<Buffer> {
  let bytes: Buffer
  try {
    bytes = await files.use(identity.path, (handle) => readRange(handle, from, buffer))
  } catch (error) {
    throw fileError(identity, error)
  }
  if (bytes.length < buffer.length) throw changedFile(identity)
  return bytes
}

/** What there is from there on, into the buffer, until it is full. */
async function readRange(handle: FileHandle, from: number, buffer: Buffer): Promise<Buffer> {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

async function verifyFile(identity: FileIdentity): Promise<void> {
  let now
  try {
    now = await stat(identity.path, { bigint: true })
  } catch (error) {
    throw fileError(identity, error)
  }
  if (now.size !== BigInt(identity.size) || now.mtimeNs !== identity.mtimeNs) throw changedFile(identity)
}

export function fileError(identity: Pick<FileIdentity, 'name'>, error: unknown): ReplmError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') {
    return new ReplmError('CHANGED', `${identity.name} is gone since it was loaded as context. Put it back, or open a new session.`, { cause: error })
  }
  const why = error instanceof Error ? error.message : String(error)
  return new ReplmError('CONFIG', `${identity.name} can no longer be read (${why}). Make it readable again.`, { cause: error })
}

export function changedFile(identity: Pick<FileIdentity, 'name'>): ReplmError {
  return new ReplmError('CHANGED', `${identity.name} has changed since it was loaded as context. Open a new session to read it as it is now.`)
}
