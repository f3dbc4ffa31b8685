/** Path of a pipe in; what is written to it, as it comes, out. */
import { constants, createReadStream, open } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import type { ByteStream } from './heldStream.ts'

/**
 * Waits for a writer as long as it takes, but not as reading a file does: that holds a thread which nothing can take back, and with it the end of the process.
 * A pipe without a place in a folder (`/dev/fd/63`, as `<(…)` gives) has had its writer from the start.
 */
export async function openPipe(path: string): Promise<ByteStream> {
  const hasPlace = await realpath(path).then(() => true, () => false)
  if (!hasPlace) return createReadStream(path)
  // The number alone: the stream closes it.
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}
