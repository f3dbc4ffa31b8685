/** What the conformance suite needs of an engine. Imports only types. */
import type { JobEngine } from '../../../src/host/jobs/engine.ts'

/** A place for jobs, new and empty. */
export interface JobPlace extends Disposable {
  /** A module that exports `openEngine(data)`: in this process, and in others. */
  readonly module: string
  readonly data: object
  /** For what tests keep beside. */
  readonly folder: string
}

export interface EngineFactory {
  readonly name: string
  readonly openPlace: () => JobPlace
  /** Whether what one engine keeps is there for the next, and for other processes. */
  readonly isShared: boolean
}

export async function openEngineAt({ module, data }: JobPlace, options: object = {}): Promise<JobEngine> {
  const { openEngine } = (await import(module)) as { openEngine: (data: object) => Promise<JobEngine> } // as such a module is
  return openEngine({ ...data, ...options })
}
