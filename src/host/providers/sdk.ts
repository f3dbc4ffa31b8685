/** A call of an official SDK in; its result, or the ReplmError that what it threw means, out. The two SDKs are made by one generator and throw alike. */
import type { Failures } from './failures.ts'

/** For an SDK's own timeout, in milliseconds: the longest timer there is, as the deadline is the caller's signal. Left out it would be 10 minutes. */
export const noDeadline = 2 ** 31 - 1

/** Rejects with `signal.reason` when that is why the call failed. `model` names what was asked, in errors. */
export async function askSdk(
  call: () => PromiseLike<unknown>,
  options: { readonly model: string; readonly failures: Failures; readonly signal: AbortSignal },
): Promise<unknown> {
  const { model, failures, signal } = options
  signal.throwIfAborted()
  try {
    return await call()
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw readThrown(error, model, failures)
  }
}

/** An APIError of either SDK. Without a status it is about the connection, not about a reply. */
interface SdkError extends Error {
  readonly status: number | undefined
  readonly headers: { get(name: string): string | null | undefined } | undefined
  /** The reply's body, or the `error` in it; undefined where it was no JSON, which is then in the message. */
  readonly error: unknown
}

/** What is not the SDK's is given back as it is. */
function readThrown(thrown: unknown, model: string, failures: Failures): unknown {
  // A body that is no JSON, from the parser inside the SDK.
  if (thrown instanceof SyntaxError) return failures.ofShape(thrown.message)
  if (!isSdkError(thrown)) return thrown
  const { status, headers } = thrown
  if (status === undefined) return failures.ofConnection(thrown)
  return failures.ofReply({ status, header: (name) => headers?.get(name) ?? undefined, body: thrown.error ?? thrown.message.replace(/^\d{3} /, '') }, model)
}

function isSdkError(thrown: unknown): thrown is SdkError {
  return thrown instanceof Error && 'status' in thrown && 'headers' in thrown && 'error' in thrown
}
