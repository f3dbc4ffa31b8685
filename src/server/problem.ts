/** Anything thrown in; what the caller is told of it (RFC 9457), with no path and no stack of this machine, out. */
import { STATUS_CODES } from 'node:http'
import { type ErrorCode, ReplmError } from '../errors.ts'

/** How a request is answered that could not be served. */
interface Refusal {
  readonly status: number
  /** As the document tells it. */
  readonly why: string
}

/** HTTP status per error code. What a job fails with stays in the job: these are of requests that could not be served. */
export const refusals: Readonly<Record<ErrorCode, Refusal>> = Object.freeze({
  CELL: { status: 422, why: 'The program threw.' },
  SYNTAX: { status: 422, why: 'The program is none.' },
  STALLED: { status: 422, why: 'The program waits for what nothing can settle.' },
  DIVERGED: { status: 422, why: 'The program is another one than it was.' },
  CONFIG: { status: 422, why: 'Something in it is not as expected.' },
  NOT_FOUND: { status: 404, why: 'What it names is not there.' },
  JOB_STATE: { status: 409, why: 'The job is in no state for this.' },
  IN_USE: { status: 409, why: 'Another process, or a cell, uses the session.' },
  STORE: { status: 503, why: 'The store cannot be read or written at the moment.' },
  CHANGED: { status: 409, why: 'A document has changed.' },
  DISPOSED: { status: 503, why: 'The server is about to end.' },
  PROVIDER: { status: 502, why: 'The model’s provider failed.' },
  RATE_LIMITED: { status: 429, why: 'The model’s provider takes no more questions for now.' },
  // Not 401: it is the server that the provider does not let in, not the caller whom the server does not.
  AUTH: { status: 502, why: 'The server has no key for the model’s provider, or one that is refused.' },
  REFUSED: { status: 422, why: 'The model refused.' },
  BUDGET: { status: 402, why: 'The budget is used up.' },
  CPU: { status: 500, why: 'The program took too much time of the processor.' },
  TIMEOUT: { status: 504, why: 'It took too long.' },
  MEMORY: { status: 500, why: 'The program took too much memory.' },
  OUTPUT: { status: 500, why: 'The program gave too much.' },
  CRASHED: { status: 500, why: 'The server failed at this request.' },
  INPUT_NEEDED: { status: 409, why: 'A person must answer first.' },
  INTERRUPTED: { status: 503, why: 'It was interrupted.' },
})

/** Seconds after which asking again can help, by status. */
const retryAfter: Readonly<Record<number, number>> = Object.freeze({ 429: 5, 503: 2 })

/** One thing that is wrong with a request, and where. */
export interface Flaw {
  /** JSON Pointer into the body, or the name of a header, of a query's or of a path's parameter. */
  readonly in: 'body' | 'query' | 'path' | 'header'
  readonly at: string
  readonly message: string
}

export interface Problem {
  /** `about:blank`: the title is that of the status, `code` tells what it is. */
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly errors?: readonly Flaw[]
}

export interface RequestProblemOptions {
  /** @default NOT_FOUND for 404, AUTH for 401, JOB_STATE for 409, else CONFIG: the caller's mistake */
  readonly code?: ErrorCode
  readonly headers?: Readonly<Record<string, string>>
  readonly errors?: readonly Flaw[]
}

/** What is wrong with a request, told by the server itself. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem'
  readonly status: number
  readonly code: ErrorCode
  readonly headers: Readonly<Record<string, string>>
  readonly errors: readonly Flaw[] | undefined

  constructor(status: number, detail: string, { code, headers = {}, errors }: RequestProblemOptions = {}) {
    super(detail)
    this.status = status
    this.code = code ?? codesOf[status] ?? 'CONFIG'
    this.headers = headers
    this.errors = errors
  }
}

const codesOf: Readonly<Record<number, ErrorCode>> = Object.freeze({ 401: 'AUTH', 404: 'NOT_FOUND', 409: 'JOB_STATE', 500: 'CRASHED', 503: 'DISPOSED' })

/** Codes whose messages tell of this machine, of its disk and its processes: their texts are for who runs the server. */
const ownMatters: Readonly<Partial<Record<ErrorCode, string>>> = Object.freeze({
  STORE: 'The store of this server cannot be read or written at the moment; its log says why',
  CRASHED: 'The server failed at this request; its log says why',
})

/** Whether whoever runs the server should be told more than its caller was. */
export function isOwnMatter(problem: Problem): boolean {
  return problem.status >= 500 && ownMatters[problem.code] !== undefined
}

/** `hide` takes the places of this machine out of a text. */
export function problemOf(thrown: unknown, hide: (text: string) => string): { readonly problem: Problem; readonly headers: Readonly<Record<string, string>> } {
  if (thrown instanceof RequestProblem) {
    const { status, code, headers, errors } = thrown
    return { problem: { ...titled(status), detail: thrown.message, code, ...(errors === undefined ? {} : { errors }) }, headers: { ...waitOf(status), ...headers } }
  }
  const error = toReplmError(thrown)
  const { status } = refusals[error.code]
  return { problem: { ...titled(status), detail: ownMatters[error.code] ?? hide(error.message), code: error.code }, headers: waitOf(status, error.retryAfterMs) }
}

/** The library words every refusal of an argument alike: it is the caller's mistake. Anything else unknown is a fault of ours. */
function toReplmError(thrown: unknown): ReplmError {
  if ((thrown instanceof TypeError || thrown instanceof RangeError) && thrown.message.startsWith('Expected ')) return new ReplmError('CONFIG', thrown.message, { cause: thrown })
  return ReplmError.from(thrown, 'CRASHED')
}

function titled(status: number): Pick<Problem, 'type' | 'title' | 'status'> {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status }
}

function waitOf(status: number, afterMs?: number): Readonly<Record<string, string>> {
  const seconds = afterMs === undefined ? retryAfter[status] : Math.ceil(afterMs / 1_000)
  return seconds === undefined ? {} : { 'retry-after': String(seconds) }
}
