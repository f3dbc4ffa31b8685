/** A job as the thread hands it over, its big parts as JSON, in; the job, out. */
import type { InputRequest, Job, JobError, JobFields, JobStatus, ListedJob } from '../../types.ts'

/** Fields of a status are there only in that status, and big ones not in a list. */
export interface JobRecord {
  readonly fields: JobFields
  readonly status: JobStatus
  readonly request?: Omit<InputRequest, 'data'>
  /** JSON. */
  readonly requestData?: string
  readonly error?: JobError
  /** JSON; null stands for undefined. */
  readonly result?: string | null
}

export function toJob({ fields, status, request, requestData, error, result }: JobRecord): Job {
  switch (status) {
    case 'completed':
      return { ...fields, status, result: parsed(result) }
    case 'awaiting_input':
      return { ...fields, status, inputRequest: { ...(request as Omit<InputRequest, 'data'>), data: parsed(requestData) } } // is with every one in this status
    case 'failed':
      return { ...fields, status, error: error as JobError } // is with every one in this status
    default:
      return { ...fields, status }
  }
}

export function toListed({ fields, status, request, error }: JobRecord): ListedJob {
  switch (status) {
    case 'awaiting_input':
      return { ...fields, status, inputRequest: request as Omit<InputRequest, 'data'> } // is with every one in this status
    case 'failed':
      return { ...fields, status, error: error as JobError } // is with every one in this status
    default:
      return { ...fields, status }
  }
}

function parsed(json: string | null | undefined): unknown {
  return json === null || json === undefined ? undefined : (JSON.parse(json) as unknown)
}
