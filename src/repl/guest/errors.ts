/** Errors of the host in; errors that the guest can catch, and that keep their code when it does not, out. */
import type { GuestError } from '../../protocol.ts'
import { defineHidden, IntrinsicError, IntrinsicWeakMap, weakMapGet, weakMapSet } from './primordials.ts'

/** The genuine errors of the runtime: a `code` that a program wrote itself means nothing. */
const codes = new IntrinsicWeakMap<object, string>()

/** An error of the host, as the guest catches it. */
class GuestReplmError extends IntrinsicError {
  declare readonly code: string
}
defineHidden(GuestReplmError.prototype, 'name', 'ReplmError')
defineHidden(GuestReplmError, 'name', 'ReplmError')

/** Some prompts of a batch failed for good; `slots` hold every answer that was bought. */
class BatchError extends IntrinsicError {
  declare readonly code: string
  declare readonly slots: readonly unknown[]
}
defineHidden(BatchError.prototype, 'name', 'BatchError')

/** Make it inside the function that throws it, after its `await`: only there does the stack lead to the cell. */
export function createError({ code, message }: GuestError): Error {
  return brand(new GuestReplmError(message), code)
}

export function createBatchError({ code, message }: GuestError, slots: readonly unknown[]): Error {
  const error = brand(new BatchError(message), code)
  defineHidden(error, 'slots', slots)
  return error
}

/** The code of a genuine error, undefined for anything else. */
export function codeOf(thrown: unknown): string | undefined {
  return (typeof thrown === 'object' && thrown !== null) || typeof thrown === 'function' ? weakMapGet(codes, thrown) : undefined
}

function brand(error: Error, code: string): Error {
  defineHidden(error, 'code', code)
  weakMapSet(codes, error, code)
  return error
}
