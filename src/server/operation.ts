/** What an operation takes and gives in; a description of it, and a function that checks a call before it answers it, out. */
import { setImmediate } from 'node:timers/promises'
import type { ErrorCode } from '../errors.ts'
import type { z } from './zod.ts'
import { type Flaw, RequestProblem } from './problem.ts'

/** A request to an operation, as it came. */
export interface RawCall {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** JSON; undefined where there is none. */
  readonly body: unknown
  /** Aborts when nobody waits for the reply any more. */
  readonly signal: AbortSignal
}

/** The same, checked. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** In lower case; as they came. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** What an operation answers. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly json: unknown } | { readonly type: string; readonly stream: ReadableStream<Uint8Array> }
  /** What its entity tag is made of, for a caller that may have it already. */
  readonly facts?: unknown
}

/** Headers that operations understand. */
export type HeaderName = 'prefer' | 'idempotency-key' | 'if-none-match' | 'last-event-id'

export interface ResponseDescription {
  readonly description: string
  /** Of a JSON body. */
  readonly schema?: z.ZodType
  /** Of any other body. */
  readonly media?: Readonly<Record<string, z.ZodType>>
  readonly headers?: readonly string[]
}

/** Codes of requests that could not be served, by what was asked for them. */
export const failures = Object.freeze({
  nothing: [],
  store: ['STORE', 'DISPOSED', 'CRASHED'],
  models: ['STORE', 'DISPOSED', 'CRASHED', 'BUDGET', 'RATE_LIMITED', 'PROVIDER', 'AUTH'],
} satisfies Record<string, readonly ErrorCode[]>)

/** What the document says of an operation. */
export interface Description {
  /** Names it in generated clients. */
  readonly id: string
  readonly method: 'get' | 'post' | 'delete'
  /** With `{name}` for its parameters. */
  readonly path: string
  readonly tag: 'jobs' | 'questions' | 'sessions' | 'server'
  readonly summary: string
  readonly description?: string
  readonly headers?: readonly HeaderName[]
  /** What it gives, and refusals that are to be told in more words than those of their codes. */
  readonly responses: Readonly<Record<number, ResponseDescription>>
  /** What it asks: each can fail in ways of its own. */
  readonly asks: keyof typeof failures
  /** Anybody may ask, without the token. @default false */
  readonly isPublic?: boolean
}

interface Shapes<Params, Query, Body> {
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  readonly body?: z.ZodType<Body>
  /** A member of the body that may be long: a body of JSON Lines is nothing else, and its items are checked in slices. */
  readonly lines?: Lines
}

export interface Lines {
  readonly member: string
  readonly schema: z.ZodType
  /** Of the body, whatever the items are. */
  readonly around: z.ZodType
}

export interface Operation extends Description {
  readonly shapes: Shapes<unknown, unknown, unknown>
  /** Rejects with a RequestProblem for a wrong call. */
  readonly answer: (call: RawCall) => Promise<Reply>
}

/** An operation whose handler gets what its schemas make of a call. */
export function operation<Params = undefined, Query = undefined, Body = undefined>(
  description: Description & Shapes<Params, Query, Body>,
  handle: (call: Call<Params, Query, Body>) => Reply | Promise<Reply>,
): Operation {
  const { params, query, body, lines, ...rest } = description
  const shapes = { ...(params === undefined ? {} : { params }), ...(query === undefined ? {} : { query }), ...(body === undefined ? {} : { body }), ...(lines === undefined ? {} : { lines }) }
  return {
    ...rest,
    shapes,
    answer: async (raw) => {
      // Without a schema the type is undefined, and nothing is handed on.
      const call = {
        params: check(params, raw.params, 'path') as Params,
        query: check(query, raw.query, 'query') as Query,
        body: (lines === undefined ? check(body, raw.body, 'body') : await checkLong(lines, raw.body)) as Body,
        headers: raw.headers,
        signal: raw.signal,
      }
      return handle(call)
    },
  }
}

/** Items that are checked in one go: some milliseconds. */
const itemsAtOnce = 500

async function checkLong({ member, schema, around }: Lines, value: unknown): Promise<unknown> {
  // `around` says that it is an object with such a member.
  const { [member]: items, ...rest } = check(around, value, 'body') as Record<string, readonly unknown[]>
  const checked: unknown[] = []
  for (const [index, item] of (items ?? []).entries()) {
    if (index % itemsAtOnce === itemsAtOnce - 1) await setImmediate()
    checked.push(check(schema, item, 'body', `/${member}/${index}`))
  }
  return { ...rest, [member]: checked }
}

/** Most flaws that are told of one request. */
const maxFlaws = 20

/** Throws 422, with the place of each flaw. */
export function check(schema: z.ZodType | undefined, value: unknown, where: Flaw['in'], at = ''): unknown {
  if (schema === undefined) return undefined
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const errors = error.issues.slice(0, maxFlaws).map((issue): Flaw => ({ in: where, at: at + (where === 'body' ? pointer(issue.path) : issue.path.join('.')), message: issue.message }))
  const [first] = errors
  throw new RequestProblem(422, `The ${where} is not as expected${first === undefined ? '' : `: ${first.at === '' ? '' : `${first.at}: `}${first.message}`}`, { errors })
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
