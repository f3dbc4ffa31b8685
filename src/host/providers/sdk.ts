/** A call of an official SDK in; its reply, or the ReplmError that what it threw means, out. The two SDKs are made by one generator and throw alike. */
import type { RateReport } from '../../types.ts'
import type { HttpChunks } from './chunkedReply.ts'
import type { Failures } from './failures.ts'
import type { ReadHeader } from './rates.ts'
import { withRates } from './streamedAnswer.ts'

/** A call under way: of the SDK's result only the reply is taken, as what it parses and checks is parsed and checked here. */
export interface SdkCall {
  asResponse(): Promise<Response>
}

export interface SdkReply {
  readonly text: () => Promise<string>
  /** Of a call with `stream: true`. */
  readonly chunks: HttpChunks
  readonly rates: RateReport | undefined
}

export interface SdkQuestion {
  /** Names what was asked, in errors. */
  readonly model: string
  readonly failures: Failures
  readonly signal: AbortSignal
  readonly readRates: (header: ReadHeader) => RateReport | undefined
}

/** Rejects with `signal.reason` when that is why the call failed. */
export async function askSdk(call: () => SdkCall, { model, failures, signal, readRates }: SdkQuestion): Promise<SdkReply> {
  signal.throwIfAborted()
  try {
    const response = await call().asResponse()
    return {
      text: () => response.text(),
      // The transport of sdkTransport.ts puts it there.
      chunks: response.body as unknown as HttpChunks,
      rates: readRates((name) => response.headers.get(name) ?? undefined),
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const header: ReadHeader = (name) => (isSdkError(error) ? (error.headers?.get(name) ?? undefined) : undefined)
    throw withRates(readThrown(error, header, model, failures), readRates(header))
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
function readThrown(thrown: unknown, header: ReadHeader, model: string, failures: Failures): unknown {
  if (!isSdkError(thrown)) return thrown
  const { status } = thrown
  if (status === undefined) return failures.ofConnection(thrown)
  return failures.ofReply({ status, header, body: thrown.error ?? thrown.message.replace(/^\d{3} /, '') }, model)
}

function isSdkError(thrown: unknown): thrown is SdkError {
  return thrown instanceof Error && 'status' in thrown && 'headers' in thrown && 'error' in thrown
}
