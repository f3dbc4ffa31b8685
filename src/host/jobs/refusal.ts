/** What was asked of a job that it cannot do, in; the error that says so, out. */
import { ReplmError } from '../../errors.ts'
import type { JobStatus } from '../../types.ts'

export function noSuchJob(id: string): ReplmError {
  return new ReplmError('NOT_FOUND', `There is no job ${JSON.stringify(id)} in the store. \`replm jobs list\` shows those that there are.`)
}

/** Its key was used for something else. */
export function keyTaken(idempotencyKey: string, id: string, other: 'kind' | 'input'): ReplmError {
  return new ReplmError('JOB_STATE', `The idempotency key ${JSON.stringify(idempotencyKey)} belongs to the job ${id}, which has another ${other}. Take another key for other work.`)
}

export function notWaiting(id: string, status: JobStatus): ReplmError {
  return new ReplmError('JOB_STATE', `The job ${id} does not wait for an answer: it is ${status}.`)
}

export function otherRequest(id: string, key: string, asked: string): ReplmError {
  return new ReplmError('JOB_STATE', `The job ${id} does not ask ${JSON.stringify(key)}, it asks ${JSON.stringify(asked)} now. Look at what it asks, and answer that.`)
}

export function answeredAlready(id: string, key: string): ReplmError {
  return new ReplmError('JOB_STATE', `The job ${id} has its answer to ${JSON.stringify(key)} already. The first one counts.`)
}

export function noSuchAction(id: string, action: string, actions: readonly string[]): ReplmError {
  return new ReplmError('JOB_STATE', `The job ${id} does not offer ${JSON.stringify(action)}: it takes ${actions.map((each) => JSON.stringify(each)).join(', ')}.`)
}

/** For writes of a worker that has been replaced. */
export function replacedWorker(id: string): ReplmError {
  return new ReplmError('IN_USE', `The job ${id} is not this worker's any more: it was stopped for longer than its lease, or given up. Nothing of this attempt is written any more.`)
}

/** Should the rules and the statements ever disagree, this is said instead of a wrong state. */
export function illegalMove(id: string, from: JobStatus, to: JobStatus): ReplmError {
  return new ReplmError('JOB_STATE', `The job ${id} is ${from} and cannot become ${to}.`)
}

export function jobsDisposed(): ReplmError {
  return new ReplmError('DISPOSED', 'The engine of jobs has been disposed. Open replm again to go on.')
}
