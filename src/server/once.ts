/** A key, a body and what is to be done in; what it gave the first time out: for calls that make no job, whose keys the jobs keep themselves. */
import { createHash } from 'node:crypto'
import { RequestProblem } from './problem.ts'
import type { Reply } from './operation.ts'

/** So many keys are remembered, for as long as the server lives. */
const maxKeys = 10_000

export interface IdempotencyKey {
  /** As the caller wrote it. */
  readonly given: string
  /** Told apart from the same key of other operations. */
  readonly unique: string
}

export interface Once {
  /** A call whose key is under way gets what that gives. Throws 422 for a key that came with another body. A call that failed may be made again. */
  run(key: IdempotencyKey | undefined, body: unknown, work: () => Promise<Reply>): Promise<Reply>
}

export function createOnce(): Once {
  const known = new Map<string, { readonly body: string; readonly reply: Promise<Reply> }>()
  return {
    run: (key, body, work) => {
      if (key === undefined) return work()
      const { unique } = key
      // Not the body itself, which may be many megabytes.
      const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64')
      const before = known.get(unique)
      if (before !== undefined) {
        if (before.body !== digest) throw keyReused(key)
        return before.reply
      }
      const first = { body: digest, reply: work() }
      known.set(unique, first)
      first.reply.catch(() => known.get(unique) === first && known.delete(unique))
      for (const [oldest] of known) {
        if (known.size <= maxKeys) break
        known.delete(oldest)
      }
      return first.reply
    },
  }
}

/** The key of a call. Throws 422 for one that is none. */
export function idempotencyKey(headers: Readonly<Record<string, string>>, operation: string): IdempotencyKey | undefined {
  const given = headers['idempotency-key']?.replace(/^"(.*)"$/, '$1')
  if (given === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(given)) throw new RequestProblem(422, 'Expected `Idempotency-Key` to be 1 to 255 printable characters', { errors: [{ in: 'header', at: 'idempotency-key', message: 'Is no key' }] })
  return { given, unique: `${operation} ${given}` }
}

/** 422, as the draft of the header says (draft-ietf-httpapi-idempotency-key-header): for calls that make a job, and for those that make none. */
export function keyReused({ given }: IdempotencyKey): RequestProblem {
  return new RequestProblem(422, `The \`Idempotency-Key\` ${JSON.stringify(given)} came with another body before. Take another key for other work`, { code: 'JOB_STATE', errors: [{ in: 'header', at: 'idempotency-key', message: 'Came with another body before' }] })
}
