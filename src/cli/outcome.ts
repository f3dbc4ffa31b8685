/** How a run ended in; the one object of `--json`, and the exit code, out. */
import { type ErrorCode, exitCodes, ReplmError } from '../errors.ts'
import { jsonValue } from '../jsonValue.ts'
import type { CellResult, LogLine, Usage } from '../types.ts'
import { UsageError } from './arguments.ts'
import { inFlags } from './flags.ts'

/** What `run --json` prints. */
export type Outcome = (
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | { readonly ok: false; readonly error: { readonly code: ErrorCode; readonly message: string; readonly line: number | null; readonly column: number | null; readonly stack: string | null } }
) & { readonly logs: readonly LogLine[]; readonly usage: Usage; readonly durationMs: number; readonly session: string | null }

/** What the run was, besides how it ended. */
export interface RunFacts {
  /** Id of the session, null when there is none yet. */
  readonly session: string | null
  /** Milliseconds since the run began: for a failure, which does not say it. */
  readonly durationMs: number
}

const nothingSpent: Usage = Object.freeze({ queries: 0, bought: 0, replayed: 0, inputTokens: 0, outputTokens: 0, usd: 0, unknownUsd: 0 })

/** The outcome of a cell that gave a value. */
export function successOutcome(result: CellResult, session: string | null): Outcome {
  return { ok: true, value: jsonValue(result.value), text: result.text, logs: result.logs, usage: result.usage, durationMs: result.durationMs, session }
}

/** The outcome of anything thrown on the way. */
export function failureOutcome(thrown: unknown, facts: RunFacts): Outcome {
  const error = toReplmError(thrown)
  return {
    ok: false,
    error: { code: error.code, message: messageOf(error), line: error.line ?? null, column: error.column ?? null, stack: isOfCell(error) && error.stack !== undefined ? inFlagsOf(error, error.stack) : null },
    logs: error.logs ?? [],
    usage: { ...nothingSpent, ...error.usage },
    durationMs: facts.durationMs,
    session: facts.session,
  }
}

/** The exit code of anything thrown. */
export function exitCodeOf(thrown: unknown): number {
  return exitCodes[toReplmError(thrown).code]
}

/** A wrong command line, or an option that the library refuses, has no code of its own: it is the caller's mistake, like CONFIG. */
export function toReplmError(thrown: unknown): ReplmError {
  if (thrown instanceof UsageError || isRefusedOption(thrown)) return new ReplmError('CONFIG', thrown.message, { cause: thrown })
  return ReplmError.from(thrown, 'CRASHED')
}

/** The library words every refusal of an argument alike; a TypeError with other words is a fault of ours. */
function isRefusedOption(thrown: unknown): thrown is Error {
  return (thrown instanceof TypeError || thrown instanceof RangeError) && thrown.message.startsWith('Expected ')
}

/** The error's message for one who called a command, not the library. What a program threw stays as it is. */
export function messageOf(error: ReplmError): string {
  return inFlagsOf(error, error.message)
}

function inFlagsOf(error: ReplmError, text: string): string {
  return error.code === 'CELL' ? text : inFlags(text)
}

/** Whether the error's stack is the guest's, and so worth showing. */
export function isOfCell(error: ReplmError): boolean {
  return error.ran !== undefined
}
