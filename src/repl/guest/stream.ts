/** `llmStream` and `llmBatchStream`: questions in; the reply in pieces, or slots as they come, out. */
import { send } from './calls.ts'
import { createError } from './errors.ts'
import { onAbort } from './events.ts'
import { createIterable } from './pieces.ts'
import { IntrinsicTypeError, promiseThen } from './primordials.ts'
import { publicSlot } from './api.ts'
import { askEach } from './query.ts'
import { readBatch, readRequest, requestJson } from './request.ts'
import type { Slot } from './slots.ts'

/** One question; its reply in pieces of text, as the model writes it. A reply that is cut off rejects after the pieces that came. */
export function llmStream(prompt: unknown, options?: unknown): AsyncIterableIterator<unknown> {
  return createIterable((pieces) => {
    const request = readRequest(prompt, options, 'llmBatchStream')
    if (request.schema !== undefined) throw new IntrinsicTypeError('`schema` needs the whole reply; use llmQuery')
    const { signal } = request
    if (signal?.aborted === true) throw signal.reason
    let wasSent = false
    const handle = send({
      prompts: 1,
      next: () => {
        if (wasSent) return undefined
        wasSent = true
        return {
          type: 'query',
          rest: `,"stream":true,"request":${requestJson(request)}`,
          prompts: 1,
          text: (text) => pieces.push(text),
          answer: (value) => {
            release?.()
            const slot = value as Slot
            if (slot.ok) pieces.end()
            else pieces.fail(() => createError(slot.error))
          },
          refuse: (error) => pieces.fail(() => createError(error)),
        }
      },
      refuse: (error) => pieces.fail(() => createError(error)),
    })
    const release =
      signal &&
      onAbort(signal, () => {
        handle.abort()
        pieces.fail(() => signal.reason as unknown)
      })
    return () => {
      release?.()
      handle.abort()
    }
  })
}

/** Many questions; `{index, ...slot}` as each is answered. Failed ones are slots as well: nothing that was bought is lost. */
export function llmBatchStream(prompts: unknown, options?: unknown): AsyncIterableIterator<unknown> {
  return createIterable((pieces) => {
    const { requests, batch } = readBatch(prompts, options, 'llmStream')
    const signal = requests.length === 0 ? undefined : requests.at(0).signal
    if (signal?.aborted === true) throw signal.reason
    const asked = askEach(requests, batch, (index, slot) => pieces.push({ index, ...publicSlot(slot) }))
    const release =
      signal &&
      onAbort(signal, () => {
        asked.abort()
        pieces.fail(() => signal.reason as unknown)
      })
    promiseThen(asked.done, () => {
      release?.()
      pieces.end()
    })
    return () => {
      release?.()
      asked.abort()
    }
  })
}
