/** What an attempt failed with, and the usage that its reply stated all the same, in; the error with that usage, which is billed, out. */
import { ReplmError, type ErrorDetails } from '../../errors.ts'

/** Only where it is one of ours that does not say it yet. */
export function withUsage(error: unknown, usage: ErrorDetails['usage']): unknown {
  return usage !== undefined && error instanceof ReplmError && error.usage === undefined ? Object.assign(error, { usage }) : error
}
