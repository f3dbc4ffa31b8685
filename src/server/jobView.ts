/** A job in; what callers see of it, with no place of this machine in its errors, out. */
import type { Job, JobEvent } from '../types.ts'
import type { Roots } from './roots.ts'

type Hiding = Pick<Roots, 'hide'>

/** Also one of a list. */
export function jobView<T extends Pick<Job, 'status'>>(job: T, { hide }: Hiding): T {
  if (!('error' in job) || typeof job.error !== 'object' || job.error === null) return job
  return { ...job, error: hiddenIn(job.error, hide) }
}

export function eventView(event: JobEvent, { hide }: Hiding): JobEvent {
  const { error } = event.data
  const data = typeof error === 'object' && error !== null ? { ...event.data, error: hiddenIn(error, hide) } : event.data
  return { ...event, data: hiddenIn(data, hide) }
}

/** What an error says in words. What a program printed, or gave, is its own. */
function hiddenIn<T extends object>(error: T, hide: Hiding['hide']): T {
  const texts = Object.entries(error).filter(([name, value]) => (name === 'message' || name === 'stack') && typeof value === 'string')
  return texts.length === 0 ? error : { ...error, ...Object.fromEntries(texts.map(([name, text]: [string, string]) => [name, hide(text)])) }
}
