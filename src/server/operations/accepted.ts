/** Work in; its job, at once, or its end for a caller who prefers to wait, out. */
import { ReplmError } from '../../errors.ts'
import type { Job } from '../../types.ts'
import { jobView } from '../jobView.ts'
import { named } from '../named.ts'
import { idempotencyKey, keyReused, type IdempotencyKey } from '../once.ts'
import type { HeaderName, Reply, ResponseDescription } from '../operation.ts'
import type { Parts } from '../parts.ts'
import { waitOf } from '../prefer.ts'
import { job } from '../schemas.ts'

type Work = Parameters<Parts['replm']['jobs']['submit']>[0]
type Options = NonNullable<Parameters<Parts['replm']['jobs']['submit']>[1]>

export const workHeaders: readonly HeaderName[] = Object.freeze(['prefer', 'idempotency-key'])

/** What every operation that begins a job answers. */
export const workResponses: Readonly<Record<number, ResponseDescription>> = Object.freeze({
  202: { description: 'It is accepted; the job says where it stands.', schema: job, headers: ['location', 'preference-applied'] },
  200: { description: 'It was waited for, and is over.', schema: job, headers: ['location', 'preference-applied'] },
})

/** Of operations that take documents by their names. */
export const documentResponses: Readonly<Record<number, ResponseDescription>> = Object.freeze({ 404: { description: 'There is no document of a name that it gives.' } })

interface Accepting {
  /** Of the operation: keys of different ones are different keys. */
  readonly operation: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly options?: Options
}

export async function acceptJob({ replm, roots }: Parts, work: Work, { operation, headers, signal, options = {} }: Accepting): Promise<Reply> {
  const key = idempotencyKey(headers, operation)
  const submitted = await submit(replm, work, { key, options })
  const seconds = waitOf(headers['prefer'])
  const job = seconds === undefined || isOver(submitted) ? submitted : await waitFor(replm, submitted, { seconds, signal })
  return {
    status: seconds !== undefined && isOver(job) ? 200 : 202,
    headers: { location: `/jobs/${job.id}`, ...(seconds === undefined ? {} : { 'preference-applied': `wait=${seconds}` }) },
    body: { json: jobView(job, roots) },
  }
}

async function submit(replm: Parts['replm'], work: Work, { key, options }: { readonly key: IdempotencyKey | undefined; readonly options: Options }): Promise<Job> {
  try {
    // The server's own worker takes it, which has more places than a program that does its jobs by the way.
    return await replm.jobs.submit(work, { ...options, ...named({ idempotencyKey: key?.unique }), work: false })
  } catch (error) {
    // No other job can be in the way of a new one.
    if (key !== undefined && error instanceof ReplmError && error.code === 'JOB_STATE') throw keyReused(key)
    throw error
  }
}

/** The job as it is when it is over, when it waits for a person, or when nobody waits any more. */
export async function waitFor(replm: Parts['replm'], job: Job, { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal }): Promise<Job> {
  try {
    return await replm.jobs.wait(job.id, { timeoutMs: seconds * 1_000, signal })
  } catch (error) {
    // The server ends: the caller gets what is known.
    if (signal.aborted) return job
    throw error
  }
}

export function isOver({ status }: Pick<Job, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'canceled'
}
