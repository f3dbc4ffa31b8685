/** The text of a reply in; its JSON, or the error for what is none, out. */
import { readErrorBody } from './errorBody.ts'
import type { Failures } from './failures.ts'

export function parseReply(text: string, failures: Failures): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw failures.ofShape(readErrorBody(text).message || 'an empty body')
  }
}
