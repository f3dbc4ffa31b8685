/** A process that works on the jobs of a file, and tells when one of them began and when its signal aborted. */
import type { Open } from '../contestant.ts'
import { openJobsIn } from '../jobs.ts'

export interface JobsSetup {
  readonly file: string
}

export type JobsTask = { readonly type: 'work' } | { readonly type: 'begun' | 'aborted'; readonly id: string }

export interface JobsOutcome {
  /** Milliseconds since 1970, in parts of them. */
  readonly atMs: number
}

export const open: Open<JobsSetup, JobsTask, JobsOutcome> = async ({ file }) => {
  const engine = await openJobsIn(file)
  await engine.list()
  const moments = new Map<string, PromiseWithResolvers<JobsOutcome>>()
  const moment = (type: string, id: string): PromiseWithResolvers<JobsOutcome> => {
    const known = moments.get(`${type} ${id}`) ?? Promise.withResolvers<JobsOutcome>()
    moments.set(`${type} ${id}`, known)
    return known
  }
  const now = (): JobsOutcome => ({ atMs: performance.timeOrigin + performance.now() })
  return async (task) => {
    if (task.type !== 'work') return await moment(task.type, task.id).promise
    engine.work({
      handlers: {
        hang: ({ id, signal }) => {
          moment('begun', id).resolve(now())
          return new Promise((_, reject) => {
            const onAbort = (): void => {
              moment('aborted', id).resolve(now())
              reject(signal.reason)
            }
            signal.addEventListener('abort', onAbort, { once: true })
          })
        },
      },
    })
    return now()
  }
}
