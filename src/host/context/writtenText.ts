/** A text of any encoding in; its UTF-8, where threads can read it, out. */
import type { FileHandle } from 'node:fs/promises'
import type { TextBytes } from './grep/job.ts'
import { openNameless, writeAll } from './heldStream.ts'
import type { Segments } from './segments.ts'

export interface WrittenText {
  readonly bytes: Omit<Extract<TextBytes, { type: 'memory' }>, 'name'> | Omit<Extract<TextBytes, { type: 'handle' }>, 'name'>
  readonly close: () => Promise<void>
}

/** What of a text is kept in memory a second time; what is longer goes to a file. */
const maxMemoryBytes = 8 * 1024 * 1024

export async function writeUtf8(segments: Segments): Promise<WrittenText> {
  const size = await segments.utf8Bytes()
  if (size <= maxMemoryBytes) {
    const bytes = new SharedArrayBuffer(size)
    let at = 0
    for await (const block of segments.utf8Blocks()) at += block.copy(new Uint8Array(bytes), at)
    return { bytes: { type: 'memory', bytes, start: 0, size }, close: () => Promise.resolve() }
  }
  const handle: FileHandle = await openNameless()
  try {
    for await (const block of segments.utf8Blocks()) await writeAll(handle, [block])
  } catch (error) {
    await handle.close()
    throw error
  }
  return { bytes: { type: 'handle', fd: handle.fd, start: 0, size }, close: () => handle.close() }
}
