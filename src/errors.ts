/** Every way a thing can go wrong, by code; and how an error crosses a wire. */
import type { LogLine, RateReport, Usage } from './types.ts'

/** The codes of CONTRACT.md; a caller switches on these and on nothing else. */
export type ErrorCode =
  | 'CELL' | 'SYNTAX' | 'STALLED' | 'DIVERGED'
  | 'CONFIG' | 'NOT_FOUND' | 'JOB_STATE' | 'IN_USE' | 'STORE' | 'CHANGED' | 'DISPOSED'
  | 'PROVIDER' | 'RATE_LIMITED' | 'AUTH' | 'REFUSED'
  | 'BUDGET'
  | 'CPU' | 'TIMEOUT' | 'MEMORY' | 'OUTPUT' | 'CRASHED'
  | 'INPUT_NEEDED'
  | 'INTERRUPTED'

/** Process exit code per error code; 2 is also a wrong command line. */
export const exitCodes: Readonly<Record<ErrorCode, number>> = Object.freeze({
  CELL: 1, SYNTAX: 1, STALLED: 1, DIVERGED: 1,
  CONFIG: 2, NOT_FOUND: 2, JOB_STATE: 2, IN_USE: 2, STORE: 2, CHANGED: 2, DISPOSED: 2,
  PROVIDER: 3, RATE_LIMITED: 3, AUTH: 3, REFUSED: 3,
  BUDGET: 4,
  CPU: 5, TIMEOUT: 5, MEMORY: 5, OUTPUT: 5, CRASHED: 5,
  INPUT_NEEDED: 6,
  INTERRUPTED: 130,
})

/** Facts about a failure besides its code and message; each only where it is known. */
export interface ErrorDetails {
  readonly cause?: unknown
  /** Whether asking again can help. Decided where the error is made; read by the pump only. */
  readonly retryable?: boolean
  /** Milliseconds the server asked to wait before the next attempt. */
  readonly retryAfterMs?: number
  /** HTTP status of the provider's reply. */
  readonly status?: number
  /** Tokens a failed attempt is known to have cost. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number }
  /** What the server said of its limits; read by the pump only. */
  readonly rates?: RateReport
}

/** What else is known of a cell that failed: own properties of the error that `run` rejects with. */
export interface CellDetails {
  /** Where in the cell, from 1; null where it is not known. */
  readonly line: number | null
  readonly column: number | null
  /** Frames of the guest's own cells; becomes the error's `stack`. */
  readonly stack: string
  readonly logs: readonly LogLine[]
  readonly usage: Usage
  /** Whether any of the cell had run: false means that running it again repeats nothing. */
  readonly ran: boolean
  /** For SYNTAX: the text may be the beginning of a valid cell. */
  readonly incomplete?: boolean
}

/** The one error class of replm: what the world (or the guest) did wrong. A caller's own mistake is a TypeError or RangeError. */
export class ReplmError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly status: number | undefined
  /** Of a failed attempt: its tokens. Of a failed cell: all that it spent. */
  readonly usage: ErrorDetails['usage'] | Usage
  readonly rates: RateReport | undefined
  readonly line?: number | null
  readonly column?: number | null
  readonly logs?: readonly LogLine[]
  readonly ran?: boolean
  readonly incomplete?: boolean

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message === '' ? code : message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ReplmError'
    this.code = code
    this.retryable = details.retryable ?? false
    this.retryAfterMs = details.retryAfterMs
    this.status = details.status
    this.usage = details.usage
    this.rates = details.rates
  }

  /** The error that a failed cell rejects with. */
  static ofCell(code: ErrorCode, message: string, cell: CellDetails, cause?: unknown): ReplmError {
    return Object.assign(new ReplmError(code, message, { cause }), cell)
  }

  /** Anything thrown, as a ReplmError. Only for the edges, where unknown errors become ours. */
  static from(thrown: unknown, code: ErrorCode = 'PROVIDER'): ReplmError {
    try {
      if (thrown instanceof ReplmError) return thrown
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      return new ReplmError(code, message === '' ? String(thrown) : message, { cause: thrown })
    } catch {
      // An object without a prototype, a proxy, a getter that throws: it must not do more harm than what it was thrown for.
      return new ReplmError(code, 'What was thrown cannot be shown as text', { cause: thrown })
    }
  }
}

/** An error as plain data, for a frame, a thread's message or a file. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly retryable?: boolean
  readonly retryAfterMs?: number
  readonly status?: number
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number }
  readonly rates?: RateReport
}

/** Keeps what another side can act on; drops stack and cause, which name this machine's files. */
export function toWire(error: ReplmError): WireError {
  return {
    code: error.code,
    message: error.message,
    ...(error.retryable ? { retryable: true } : {}),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.usage === undefined ? {} : { usage: { inputTokens: error.usage.inputTokens, outputTokens: error.usage.outputTokens } }),
    ...(error.rates === undefined ? {} : { rates: error.rates }),
  }
}

/** The error that {@link toWire} wrote. */
export function fromWire(wire: WireError): ReplmError {
  return new ReplmError(wire.code, wire.message, {
    ...(wire.retryable === undefined ? {} : { retryable: wire.retryable }),
    ...(wire.retryAfterMs === undefined ? {} : { retryAfterMs: wire.retryAfterMs }),
    ...(wire.status === undefined ? {} : { status: wire.status }),
    ...(wire.usage === undefined ? {} : { usage: wire.usage }),
    ...(wire.rates === undefined ? {} : { rates: wire.rates }),
  })
}

/** Ends a switch over a union: a new member is a type error here. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`)
}
