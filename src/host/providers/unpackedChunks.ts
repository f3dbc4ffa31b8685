/** A reply in packed chunks, and how it says that it is packed, in; the same in chunks of what is in them, as they come, out. */
import type { HttpChunks } from './chunkedReply.ts'
import { createUnpacker } from './unpack.ts'
import { tooLarge } from './wholeReply.ts'

const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Unpacks no further than it is read, and to no more than `maxBytes`: what goes beyond rejects and ends the connection. Throws for what cannot be unpacked. */
export function unpackChunks(source: HttpChunks, coding: string, maxBytes: number): HttpChunks {
  const unpacker = createUnpacker(coding)
  const pieces: AsyncIterator<Buffer, undefined> = unpacker[Symbol.asyncIterator]()
  let feeding: Promise<void> | undefined
  /** What the source failed with: no error of the unpacker, and not always an Error. */
  let failure: { readonly reason: unknown } | undefined
  let bytes = 0

  async function feed(): Promise<void> {
    try {
      for (;;) {
        const { value } = await source.next()
        if (value === undefined || unpacker.destroyed) break
        await new Promise<void>((resolve) => {
          unpacker.once('close', resolve)
          unpacker.write(value, () => {
            unpacker.off('close', resolve)
            resolve()
          })
        })
      }
      unpacker.end()
    } catch (reason) {
      failure = { reason }
      unpacker.destroy(new Error('The reply broke'))
    }
  }

  function cut(): void {
    unpacker.destroy()
    source.cut()
  }

  return {
    status: source.status,
    headers: source.headers,
    async next() {
      feeding ??= feed()
      let piece
      try {
        piece = await pieces.next()
      } catch (error) {
        throw failure === undefined ? error : failure.reason
      }
      if (piece.done === true) return over
      bytes += piece.value.length
      if (bytes <= maxBytes) return piece
      cut()
      throw tooLarge(maxBytes)
    },
    return() {
      unpacker.destroy()
      return source.return()
    },
    cut,
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
