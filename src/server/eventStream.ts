/** Events of a job in; a stream of server-sent events, with their numbers and signs of life between them, out. */
import type { JobEvent } from '../types.ts'

export interface EventStreamOptions {
  /** Between signs of life, in milliseconds: what stands between ends connections that are silent. */
  readonly heartbeatMs: number
  /** Called once, when nobody reads any more. */
  readonly onEnd: () => void
}

/** Milliseconds after which a browser whose connection was lost tries again. */
const retryMs = 1_000

/** Ends with the events. Takes the next one only when the reader has taken the last. */
export function eventStream(events: AsyncIterable<JobEvent>, { heartbeatMs, onEnd }: EventStreamOptions): ReadableStream<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<JobEvent>> | undefined
  let hasBegun = false
  const end = async (): Promise<void> => {
    onEnd()
    await iterator.return?.()
  }
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { promise: silence, resolve: fallSilent } = Promise.withResolvers<'silence'>()
        const timer = setTimeout(fallSilent, hasBegun ? heartbeatMs : 0, 'silence')
        try {
          next ??= iterator.next()
          const event = await Promise.race([next, silence])
          // The head of the reply, and the first sign of life, go out before anything has happened.
          const begin = hasBegun ? '' : `retry: ${retryMs}\n\n`
          hasBegun = true
          if (event === 'silence') return controller.enqueue(Buffer.from(begin === '' ? ': alive\n\n' : begin))
          next = undefined
          if (event.done !== true) return controller.enqueue(Buffer.from(`${begin}${frameOf(event.value)}`))
          onEnd()
          controller.close()
        } catch {
          // The reader's signal has aborted, or the job was removed: a browser comes again, and is told then.
          await end().catch(() => undefined)
          controller.close()
        } finally {
          clearTimeout(timer)
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}

/** JSON has no line ends of its own, so it is one line. The event goes without a name: a reader gets all of them by one listener. */
function frameOf(event: JobEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`
}
