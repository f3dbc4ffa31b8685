/** Nothing in; an engine of jobs of the built library, in a file of its own, out. */
import { join } from 'node:path'
import type * as sqlite from '../src/host/jobs/sqliteEngine.ts'
import type { JobEngine } from '../src/host/jobs/engine.ts'
import { loadPart } from './built.ts'
import { temporaryFile } from './journals.ts'

export interface TemporaryJobs extends AsyncDisposable {
  readonly engine: JobEngine
  /** For other processes. */
  readonly file: string
}

export async function openJobs(): Promise<TemporaryJobs> {
  const temporary = temporaryFile()
  const file = join(temporary.file, '..', 'replm-jobs.db')
  const engine = await openJobsIn(file)
  // Ready before anything is measured.
  await engine.list()
  return {
    engine,
    file,
    [Symbol.asyncDispose]: async () => {
      await engine.close()
      temporary[Symbol.dispose]()
    },
  }
}

export async function openJobsIn(file: string): Promise<JobEngine> {
  return (await loadPart<typeof sqlite>('host/jobs/sqliteEngine')).openSqliteEngine({ file })
}

