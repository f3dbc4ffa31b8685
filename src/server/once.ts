/** A key, a body and what is to be done in; what it gave the first time out: for calls that make no job, whose keys the jobs keep themselves. */
import { RequestProblem } from './problem.ts'
import type { Reply } from './operation.ts'

/** So many keys are remembered, for as long as the server lives. */
const maxKeys = 10_000

export interface Once {
  /** Throws 422 for a key that came with another body. A call that failed may be made again. */
  run(key: string | undefined, body: unknown, work: () => Promise<Reply>): Promise<Reply>
}

export function createOnce(): Once {
  const known = new Map<string, { readonly body: string; readonly reply: Promise<Reply> }>()
  return {
    run: (key, body, work) => {
      if (key === undefined) return work()
      const text = JSON.stringify(body)
      const before = known.get(key)
      if (before !== undefined) {
        if (before.body !== text) throw new RequestProblem(422, 'This `Idempotency-Key` came with another body before')
        return before.reply
      }
      const reply = work()
      known.set(key, { body: text, reply })
      reply.catch(() => known.delete(key))
      for (const [oldest] of known) {
        if (known.size <= maxKeys) break
        known.delete(oldest)
      }
      return reply
    },
  }
}

/** The key of a call, told apart from those of other operations. Throws 422 for one that is none. */
export function idempotencyKey(headers: Readonly<Record<string, string>>, operation: string): string | undefined {
  const given = headers['idempotency-key']?.replace(/^"(.*)"$/, '$1')
  if (given === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(given)) throw new RequestProblem(422, 'Expected `Idempotency-Key` to be 1 to 255 printable characters', { errors: [{ in: 'header', at: 'idempotency-key', message: 'Is no key' }] })
  return `${operation} ${given}`
}
