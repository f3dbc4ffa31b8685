/** A stream in; what has come of it, whenever it pauses or much has come, out. It is read on meanwhile, but not far ahead. */
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Bytes of a stream, as standard input gives them. */
export type ByteStream = AsyncIterable<Uint8Array | string>

/** So much is enough for one text, as much as one thread is given at the least; a stream that is ahead of whoever searches it by as much is kept waiting. */
const enoughBytes = 4 * 1024 * 1024

/** Ends where the stream does, at once where the signal says so, and throws what the stream throws. */
export async function* arrivals(stream: ByteStream, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<Buffer, undefined> {
  const chunks = stream[Symbol.asyncIterator]()
  const come: Buffer[] = []
  let bytes = 0
  let end: { readonly type: 'ended' } | { readonly type: 'failed'; readonly error: unknown } | { readonly type: 'stopped' } | undefined
  let more = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()
  const finish = (how: NonNullable<typeof end>): void => {
    end ??= how
    more.resolve()
    room.resolve()
  }
  const read = async (): Promise<void> => {
    while (end === undefined) {
      const next = await chunks.next()
      if (next.done === true) return
      come.push(bytesOf(next.value))
      bytes += next.value.length
      more.resolve()
      if (bytes >= enoughBytes) await room.promise
    }
  }
  const stop = (): void => finish({ type: 'stopped' })
  if (signal.aborted) return undefined
  signal.addEventListener('abort', stop, { once: true })
  void read().then(
    () => finish({ type: 'ended' }),
    (error: unknown) => finish({ type: 'failed', error }),
  )
  try {
    for (;;) {
      await more.promise
      // It pauses when a turn of the loop brings nothing.
      for (let before = -1; before < bytes && bytes < enoughBytes && end === undefined; ) {
        before = bytes
        await nextTurn()
      }
      if (end?.type === 'stopped') return undefined
      const taken = come.length === 1 ? (come.pop() ?? Buffer.alloc(0)) : Buffer.concat(come.splice(0))
      bytes = 0
      if (end === undefined) {
        more = Promise.withResolvers()
        room.resolve()
        room = Promise.withResolvers()
      }
      if (taken.length > 0) yield taken
      else if (end?.type === 'failed') throw end.error
      else if (end !== undefined) return undefined
    }
  } finally {
    stop()
    signal.removeEventListener('abort', stop)
    // One that waits for more returns only when something comes: nobody waits for that.
    chunks.return?.().catch(() => undefined)
  }
}

export function bytesOf(chunk: Uint8Array | string): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
