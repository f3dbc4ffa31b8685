/** A call of the runtime's own, that is no question, in; the host's answer out. */
import type { GuestError } from '../../protocol.ts'
import { send } from './calls.ts'
import { createError } from './errors.ts'
import { IntrinsicPromise } from './primordials.ts'

/** Rejects with the host's error. `rest` is the rest of its message, as {@link send} has it. */
export async function callHost(type: string, rest: string): Promise<unknown> {
  const { value, error } = await new IntrinsicPromise<Reply>((resolve) => {
    let wasSent = false
    send({
      prompts: 0,
      isInput: type === 'input',
      next: () => {
        if (wasSent) return undefined
        wasSent = true
        return { type, rest, prompts: 0, answer: (value) => resolve(reply({ value })), refuse: (error) => resolve(reply({ error })) }
      },
      refuse: (error) => resolve(reply({ error })),
    })
  })
  if (error !== undefined) throw createError(error)
  return value
}

interface Reply {
  readonly value?: unknown
  readonly error?: GuestError
}

/** Without a prototype, on which the program could have put a `then` or an `error`. */
function reply(given: Reply): Reply {
  return { __proto__: null, ...given } as Reply
}
