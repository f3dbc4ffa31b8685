/** Where a document's text is in; any range of its bytes, read at once, out. For threads. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { changedFile, fileError } from '../byteSource.ts'
import type { TextBytes } from './job.ts'

export interface OpenText {
  readonly source: TextBytes
  /** Reads into a buffer; gives how many bytes there were before the end. Throws CHANGED for a file that has become shorter. */
  readonly read: (target: Buffer, at: number, length: number, from: number) => number
  /** Throws CHANGED when what was read may not be what was opened. */
  readonly verify: () => void
  readonly close: () => void
}

export function openText(source: TextBytes): OpenText {
  if (source.type === 'memory') {
    const bytes = Buffer.from(source.bytes)
    return { source, read: (target, at, length, from) => bytes.copy(target, at, from, Math.min(source.size, from + length)), verify: () => undefined, close: () => undefined }
  }
  if (source.type === 'handle') return { source, read: (target, at, length, from) => readRange(source.fd, source, { target, at, length, from }), verify: () => undefined, close: () => undefined }
  let fd: number
  try {
    fd = openSync(source.path, 'r')
  } catch (error) {
    throw fileError(source, error)
  }
  const verify = (): void => {
    const stats = fstatSync(fd, { bigint: true })
    if (stats.size !== BigInt(source.size) || stats.mtimeNs !== source.mtimeNs) throw changedFile(source)
  }
  return { source, read: (target, at, length, from) => readRange(fd, source, { target, at, length, from }), verify, close: () => closeSync(fd) }
}

function readRange(fd: number, source: TextBytes, { target, at, length, from }: { readonly target: Buffer; readonly at: number; readonly length: number; readonly from: number }): number {
  const wanted = Math.max(0, Math.min(length, source.size - from))
  let filled = 0
  while (filled < wanted) {
    const read = readSync(fd, target, at + filled, wanted - filled, from + filled)
    if (read === 0) throw changedFile(source)
    filled += read
  }
  return filled
}
