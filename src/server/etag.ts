/** A reply's facts in; its entity tag, and whether a caller has it already, out. */
import { createHash } from 'node:crypto'

/** Strong: equal only for equal facts. */
export function etagOf(facts: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 27)}"`
}

/** Whether `If-None-Match` names it, or anything. Weak comparison (RFC 9110, 13.1.2). */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
