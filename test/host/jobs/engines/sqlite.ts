/** A file in; an engine in it, out. */
import type { JobEngine } from '../../../../src/host/jobs/engine.ts'
import { openSqliteEngine } from '../../../../src/host/jobs/sqliteEngine.ts'

export function openEngine(data: { readonly file: string; readonly leaseMs?: number }): Promise<JobEngine> {
  return openSqliteEngine(data)
}
