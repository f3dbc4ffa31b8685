/** A session's config in; what it needs that was kept by content, out. */
import type { SessionConfig } from './journal.ts'

/** Hashes of its documents that have no path: those live in the store. */
export function contentsOf({ documents }: SessionConfig): readonly string[] {
  return documents.flatMap(({ path, hash }) => (path === null && hash !== null ? [hash] : []))
}
