/** What a person is to be asked in; what they answered, `{action, data}`, out. */
import { maxInputActions, maxInputActionUnits, maxInputDataDepth, maxInputDataUnits, maxInputTextUnits, maxInputTitleUnits } from '../../protocol.ts'
import { callHost } from './call-host.ts'
import { checkNames, shown } from './options.ts'
import { ownJson } from './own-json.ts'
import { arrayJoin, arrayPush, createList, IntrinsicRangeError, IntrinsicTypeError, isArray, jsonStringify } from './primordials.ts'

const names = ['title', 'description', 'data', 'actions'] as const

/** Waits for a person, however long that takes: the program may be put to sleep meanwhile and brought back. */
export async function awaitInput(request: unknown): Promise<unknown> {
  if (typeof request !== 'object' || request === null || isArray(request)) throw new IntrinsicTypeError(`Expected the request to be {title, description?, data, actions?}, got ${shown(request)}`)
  // A copy: what is checked is what is sent, whatever getters do.
  const { title, description, data, actions } = copyOf(request)
  const parts = createList<string>()
  arrayPush(parts, `"title":${jsonStringify(text(title, 'title', maxInputTitleUnits))}`)
  arrayPush(parts, `"description":${description === undefined || description === null ? 'null' : jsonStringify(text(description, 'description', maxInputTextUnits))}`)
  arrayPush(parts, `"data":${dataJson(data)}`)
  arrayPush(parts, `"actions":${actionsJson(actions)}`)
  return callHost('input', `,${arrayJoin(parts, ',')}`)
}

function copyOf(request: object): Record<(typeof names)[number], unknown> {
  const copy = { __proto__: null, ...request } as unknown as Record<(typeof names)[number], unknown> // its names are checked next
  checkNames('awaitInput', copy, names)
  return copy
}

function text(value: unknown, name: string, maxUnits: number): string {
  if (typeof value !== 'string') throw new IntrinsicTypeError(`Expected \`${name}\` to be a string, got ${shown(value)}`)
  if (value === '') throw new IntrinsicRangeError(`Expected \`${name}\` to say something, got an empty string`)
  if (value.length > maxUnits) throw new IntrinsicRangeError(`Expected \`${name}\` to be at most ${maxUnits} characters, got ${value.length}`)
  return value
}

function dataJson(data: unknown): string {
  if (data === undefined) return 'null'
  const read = ownJson(data, { name: 'data', maxUnits: maxInputDataUnits, maxDepth: maxInputDataDepth, advice: '; ask about a part of it' })
  if (!read.ok) throw new IntrinsicTypeError(read.problem)
  return read.json
}

function actionsJson(actions: unknown): string {
  if (actions === undefined) return '["approve","edit","cancel"]'
  if (!isArray(actions)) throw new IntrinsicTypeError(`Expected \`actions\` to be an array of names, got ${shown(actions)}`)
  const { length } = actions
  if (length === 0 || length > maxInputActions) throw new IntrinsicRangeError(`Expected \`actions\` to have from 1 to ${maxInputActions} names, got ${length}`)
  const list = createList<string>()
  const known = createList<string>()
  for (let index = 0; index < length; index++) {
    const name = text(actions[index], `actions[${index}]`, maxInputActionUnits)
    for (let other = 0; other < index; other++) if (known[other] === name) throw new IntrinsicRangeError(`Expected \`actions\` to have each name once, got ${shown(name)} twice`)
    arrayPush(known, name)
    arrayPush(list, jsonStringify(name))
  }
  return `[${arrayJoin(list, ',')}]`
}
