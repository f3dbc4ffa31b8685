/** Why a session is not to be had, in; the error that says so, out. */
import { ReplmError } from '../../errors.ts'

interface Named {
  readonly id: string
  readonly name: string | null
}

interface OwnedBy {
  readonly pid: number
  readonly host: string
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  /** This very process. */
  readonly isUs: boolean
}

export function inUse(session: Named, { pid, host, sinceMs, isUs }: OwnedBy): ReplmError {
  const by = isUs ? `this process (${pid})` : `process ${pid} on ${host}`
  return new ReplmError('IN_USE', `The session ${called(session)} is in use by ${by} since ${new Date(sinceMs).toISOString()}. Wait until it ends, or end it, or take another session.`)
}

export function nameTaken(name: string): ReplmError {
  return new ReplmError('IN_USE', `There is a session called ${JSON.stringify(name)} already. Open that one, or take another name.`)
}

export function idTaken(id: string): ReplmError {
  return new ReplmError('IN_USE', `There is a session ${id} already. Open that one, or make one with another id.`)
}

export function notFound(id: string): ReplmError {
  return new ReplmError('NOT_FOUND', `There is no session ${JSON.stringify(id)} in the store. \`replm sessions list\` shows those that there are.`)
}

/** For writes of an owner that has been replaced. */
export function replaced(session: Named, by?: OwnedBy): ReplmError {
  const whom = by === undefined ? 'another owner' : by.isUs ? `another owner in this process (${by.pid})` : `process ${by.pid} on ${by.host} since ${new Date(by.sinceMs).toISOString()}`
  return new ReplmError('IN_USE', `The session ${called(session)} has been taken over by ${whom}. Nothing of this run is written any more: end it, and go on there.`)
}

/** For writes after the session was given up, by `release` or by its removal. */
export function givenUp(session: Named): ReplmError {
  return new ReplmError('IN_USE', `The session ${called(session)} has been given up, so nothing is written to it any more. Open it again to go on.`)
}

export function journalDisposed(): ReplmError {
  return new ReplmError('DISPOSED', 'The journal has been disposed. Open replm again to go on.')
}

function called({ id, name }: Named): string {
  return name === null ? id : JSON.stringify(name)
}
