/** A file, or bytes that are held; any range of its bytes out. */
import { open, stat, type FileHandle } from 'node:fs/promises'
import { ReplmError } from '../../errors.ts'

/** Bytes of a size known from the start. */
export interface ByteSource {
  readonly size: number
  /** The file that it reads, where it is one that can be opened by its path. */
  readonly file?: FileIdentity
  /** The bytes from `from` on: `length` of them, fewer only at the end. The buffer is the caller's own to read, not to write. */
  readonly read: (from: number, length: number) => Promise<Buffer>
  /** Rejects with CHANGED when what was read since the opening may no longer be what was opened. */
  readonly verify: () => Promise<void>
  readonly close: () => Promise<void>
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

/** Gives what opens files by path, a few at a time. Nothing stays open between two reads. */
export function createFileSources(): (identity: FileIdentity) => ByteSource {
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
    file: identity,
    read: async (from, length) => {
      await enter()
      try {
        return await readFile(identity, from, Math.min(length, identity.size - from))
      } finally {
        leave()
      }
    },
    verify: () => verifyFile(identity),
    close: () => Promise.resolve(),
  })
}

/** Bytes in memory. */
export function memoryBytes(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    read: (from, length) => Promise.resolve(bytes.subarray(from, from + length)),
    verify: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

/** A file that only this process can reach. */
export function heldBytes(handle: FileHandle, size: number): ByteSource {
  return { size, read: (from, length) => readRange(handle, from, Math.min(length, size - from)), verify: () => Promise.resolve(), close: () => handle.close() }
}

async function readFile(identity: FileIdentity, from: number, length: number): Promise<Buffer> {
  let handle: FileHandle
  try {
    handle = await open(identity.path, 'r')
  } catch (error) {
    throw fileError(identity, error)
  }
  try {
    const bytes = await readRange(handle, from, length)
    if (bytes.length < length) throw changedFile(identity)
    return bytes
  } finally {
    await handle.close()
  }
}

async function readRange(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, length))
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled === length ? bytes : bytes.subarray(0, filled)
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
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ReplmError('CHANGED', `${identity.name} is gone since it was loaded as context. Put it back, or open a new session.`, { cause: error })
  }
  const why = error instanceof Error ? error.message : String(error)
  return new ReplmError('CONFIG', `${identity.name} can no longer be read (${why}). Make it readable again.`, { cause: error })
}

export function changedFile(identity: Pick<FileIdentity, 'name'>): ReplmError {
  return new ReplmError('CHANGED', `${identity.name} has changed since it was loaded as context. Open a new session to read it as it is now.`)
}
