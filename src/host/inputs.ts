/** What a guest wants to know of a person in; the answer, checked, out; or that nobody can say now. */
import { createHash } from 'node:crypto'
import type { GuestMessage } from '../protocol.ts'
import { maxInputDataDepth, maxInputDataUnits } from '../protocol.ts'
import type { InputAnswer, InputRequest } from '../types.ts'
import { checkJson } from './checkJson.ts'

type InputMessage = Extract<GuestMessage, { type: 'input' }>

/**
 * Asks a person. Null when nobody can answer now: the run then ends with INPUT_NEEDED as soon as nothing else of it is under way, and can go on later.
 * The signal aborts when the answer is not wanted any more.
 */
export type OnInput = (request: InputRequest, options: { readonly signal: AbortSignal }) => Promise<InputAnswer | null>

/**
 * Names the asking: the same on every replay, as executions and calls are. What is asked is part of it, so that after a replay that went another way
 * an answer never belongs to another question.
 */
export function inputKey(execution: number, message: InputMessage): string {
  const { id, title, description, data, actions } = message
  return `${execution}-${id}-${createHash('sha256').update(JSON.stringify([title, description, data, actions])).digest('hex').slice(0, 16)}`
}

export function inputRequest(execution: number, message: InputMessage): InputRequest {
  const { title, description, data, actions } = message
  return { key: inputKey(execution, message), title, description, data, actions }
}

/** Throws TypeError or RangeError for an action that was not offered, and for data that is no JSON or too much of it. Without data it is what was asked about. */
export function checkInput({ action, data }: Partial<InputAnswer>, request: InputRequest): InputAnswer {
  if (typeof action !== 'string') throw new TypeError(`Expected \`action\` to be a string, got ${action === null ? 'null' : typeof action}`)
  if (!request.actions.includes(action)) throw new RangeError(`Expected \`action\` to be one of ${request.actions.map((name) => JSON.stringify(name)).join(', ')}, got ${JSON.stringify(action.slice(0, 80))}`)
  return { action, data: data === undefined ? request.data : checkJson(data, 'data', { maxUnits: maxInputDataUnits, maxDepth: maxInputDataDepth }) }
}
