/** What a caller passes to an engine, in; the same with its defaults, out. Throws TypeError and RangeError. */
import { randomUUIDv7 } from 'node:crypto'
import type { JobStatus } from '../../types.ts'
import { maxJsonUnits } from './bounds.ts'
import type { EventsOptions, ListOptions, SubmitOptions, WaitOptions, WorkOptions } from './engine.ts'
import { transitions } from './states.ts'
import type { Asks, Changes } from './threadMessages.ts'

const dayMs = 24 * 3_600_000
/** The last moment that a Date can name. */
const lastMs = 8.64e15

export function submission(kind: string, input: unknown, options: SubmitOptions = {}): Changes['submit']['ask'] {
  const { idempotencyKey, priority = 0, notBeforeMs, deadlineMs, ttlMs = 30 * dayMs, maxAttempts = 5, group, session } = object(options, 'options')
  text(kind, 'kind')
  if (idempotencyKey !== undefined) text(idempotencyKey, 'idempotencyKey')
  if (group !== undefined) text(group, 'group')
  if (session !== undefined) text(session, 'session')
  whole(priority, 'priority', Number.MIN_SAFE_INTEGER)
  whole(maxAttempts, 'maxAttempts', 1)
  return {
    id: randomUUIDv7(),
    kind,
    input: toJson(input, 'input'),
    idempotencyKey: idempotencyKey ?? null,
    priority,
    notBeforeMs: moment(notBeforeMs, 'notBeforeMs'),
    deadlineMs: moment(deadlineMs, 'deadlineMs'),
    ttlMs: Math.min(Math.ceil(span(ttlMs, 'ttlMs')), lastMs),
    maxAttempts,
    group: group ?? null,
    session: session ?? null,
  }
}

export function listing(options: ListOptions = {}): Asks['list']['ask'] {
  const { status, kind, limit = 100, cursor } = object(options, 'options')
  if (kind !== undefined) text(kind, 'kind')
  if (whole(limit, 'limit', 1) > 1_000) throw new RangeError(`Expected \`limit\` to be a whole number from 1 to 1000, got ${limit}`)
  const statuses = status === undefined ? null : typeof status === 'string' ? [status] : status
  for (const each of statuses ?? []) {
    if (typeof each !== 'string' || !Object.hasOwn(transitions, each)) throw new RangeError(`Expected \`status\` to be among ${Object.keys(transitions).join(', ')}, got ${shown(each)}`)
  }
  return { statuses: statuses === null ? null : [...new Set<JobStatus>(statuses)], kind: kind ?? null, limit, before: cursor === undefined ? null : fromCursor(cursor) }
}

/** Opaque to callers; stable, whatever is submitted or removed between two pages. */
export function toCursor(before: number): string {
  return `before-${before.toString(36)}`
}

function fromCursor(cursor: string): number {
  const digits = typeof cursor === 'string' ? /^before-([1-9a-z][0-9a-z]{0,10})$/.exec(cursor)?.[1] : undefined
  const before = digits === undefined ? NaN : Number.parseInt(digits, 36)
  if (!Number.isSafeInteger(before)) throw new RangeError(`Expected \`cursor\` to be one that a page before gave, got ${shown(cursor)}`)
  return before
}

export function waiting(options: WaitOptions = {}): Required<Omit<WaitOptions, 'signal'>> & { readonly signal: AbortSignal | undefined } {
  const { timeoutMs = Infinity, untilOver = false, signal } = object(options, 'options')
  return { timeoutMs: span(timeoutMs, 'timeoutMs'), untilOver, signal: abortSignal(signal) }
}

export function following(options: EventsOptions = {}): Required<Omit<EventsOptions, 'signal'>> & { readonly signal: AbortSignal | undefined } {
  const { after = 0, follow = true, signal } = object(options, 'options')
  return { after: whole(after, 'after', 0), follow, signal: abortSignal(signal) }
}

export function working(options: WorkOptions): Required<Omit<WorkOptions, 'groups' | 'canUse'>> & Pick<WorkOptions, 'canUse'> & { readonly groups: readonly string[] | null } {
  const { concurrency = 4, handlers, groups, keepAlive = true, canUse } = object(options, 'options')
  whole(concurrency, 'concurrency', 1)
  for (const [kind, handler] of Object.entries(object(handlers, 'handlers'))) if (typeof handler !== 'function') throw new TypeError(`Expected the handler of \`${kind}\` to be a function, got ${shown(handler)}`)
  for (const group of groups ?? []) text(group, 'groups')
  if (canUse !== undefined && typeof canUse !== 'function') throw new TypeError(`Expected \`canUse\` to be a function, got ${shown(canUse)}`)
  return { concurrency, handlers, groups: groups === undefined ? null : [...new Set(groups)], keepAlive, ...(canUse === undefined ? {} : { canUse }) }
}

export function jobId(id: string): string {
  if (typeof id !== 'string') throw new TypeError(`Expected \`id\` to be a string, got ${shown(id)}`)
  return id
}

/** null stands for undefined. */
export function toJson(value: unknown, name: string): string | null {
  if (value === undefined) return null
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (thrown) {
    throw new TypeError(`Expected \`${name}\` to be a JSON value, got one that is none: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown })
  }
  if (json === undefined) throw new TypeError(`Expected \`${name}\` to be a JSON value, got a ${typeof value}`)
  if (json.length > maxJsonUnits) throw new RangeError(`Expected \`${name}\` to be at most ${maxJsonUnits} characters as JSON, got ${json.length}`)
  return json
}

export function text(value: string, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 1_000) throw new TypeError(`Expected \`${name}\` to be a string of 1 to 1000 characters, got ${shown(value)}`)
  return value
}

function object<T extends object>(value: T, name: string): T {
  if (typeof value !== 'object' || value === null) throw new TypeError(`Expected \`${name}\` to be an object, got ${shown(value)}`)
  return value
}

function whole(value: number, name: string, least: number): number {
  if (typeof value !== 'number') throw new TypeError(`Expected \`${name}\` to be a whole number, got ${shown(value)}`)
  if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`Expected \`${name}\` to be a whole number${least < 0 ? '' : ` from ${least} up`}, got ${value}`)
  return value
}

function span(value: number, name: string): number {
  if (typeof value !== 'number') throw new TypeError(`Expected \`${name}\` to be a number of milliseconds, got ${shown(value)}`)
  if (!(value >= 0)) throw new RangeError(`Expected \`${name}\` to be a number of milliseconds from 0 up, got ${value}`)
  return value
}

/** null for one that never comes. */
function moment(value: number | undefined, name: string): number | null {
  if (value === undefined || value === Infinity) return null
  if (typeof value !== 'number') throw new TypeError(`Expected \`${name}\` to be a number of milliseconds since 1970, got ${shown(value)}`)
  if (!(value >= 0 && value <= lastMs)) throw new RangeError(`Expected \`${name}\` to be a number of milliseconds since 1970, got ${value}`)
  return Math.ceil(value)
}

function abortSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError(`Expected \`signal\` to be an AbortSignal, got ${shown(signal)}`)
  return signal
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)
  return value === null ? 'null' : typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value
}
