/** Bytes of a sandbox in; a turn whose every field has the type it claims, out. Throws TypeError for anything else. */
import type { CellFailure, GuestMessage, SandboxTurn, WireDocRead, WireGrep, WireInspected, WireRequest } from '../protocol.ts'
import {
  maxClockNumbers, maxGrepColumns, maxGrepContext, maxInputActions, maxInputActionUnits, maxInputDataDepth, maxInputDataUnits, maxInputTextUnits, maxInputTitleUnits, maxModelUnits, maxPatternUnits,
  maxStepUnits, maxWindowPrompts,
} from '../protocol.ts'
import { checkJson } from './checkJson.ts'

type Fields = Readonly<Record<string, unknown>>

/** Parses and checks one JSON frame. What comes from a sandbox may have been written by anybody. */
export function parseTurn(payload: Buffer): SandboxTurn {
  const turn = fields(JSON.parse(payload.toString('utf8')), 'a turn')
  const messages = turn['messages']
  if (!Array.isArray(messages)) throw new TypeError('the messages of a turn are no array')
  return { n: wholeNumber(turn['n'], 'n'), cpuMs: finite(turn['cpuMs'], 'cpuMs'), messages: messages.map(checkMessage) }
}

function checkMessage(value: unknown): GuestMessage {
  const message = fields(value, 'a message')
  switch (message['type']) {
    case 'ready':
      return { type: 'ready' }
    case 'query':
      return { type: 'query', id: id(message), execution: wholeNumber(message['execution'], 'execution'), ...(message['stream'] === true ? { stream: true } : {}), request: request(message['request']) }
    case 'batch': {
      const requests = message['requests']
      if (!Array.isArray(requests) || requests.length === 0 || requests.length > maxWindowPrompts) throw new TypeError('a window has no prompts, or too many')
      const concurrency = message['concurrency']
      return {
        type: 'batch',
        id: id(message),
        execution: wholeNumber(message['execution'], 'execution'),
        batch: wholeNumber(message['batch'], 'batch'),
        total: wholeFrom(requests.length, message['total'], 'total'),
        ...(message['stream'] === true ? { stream: true } : {}),
        ...(concurrency === undefined ? {} : { concurrency: wholeFrom(1, concurrency, 'concurrency') }),
        requests: requests.map(request),
      }
    }
    case 'clock':
      return { type: 'clock', runs: clockRuns(message['runs']) }
    case 'sleep':
      return { type: 'sleep', id: id(message), ms: Math.max(0, finite(message['ms'], 'ms')) }
    case 'budget':
      return { type: 'budget', id: id(message) }
    case 'doc':
      return { type: 'doc', id: id(message), doc: wholeNumber(message['doc'], 'doc'), read: docRead(message['read']) }
    case 'grep':
      return { type: 'grep', id: id(message), search: grepSearch(message['search']) }
    case 'input':
      return {
        type: 'input',
        id: id(message),
        title: text(message['title'], 'title', maxInputTitleUnits),
        description: message['description'] === null ? null : text(message['description'], 'description', maxInputTextUnits),
        data: checkJson(message['data'], 'data', { maxUnits: maxInputDataUnits, maxDepth: maxInputDataDepth }),
        actions: actions(message['actions']),
      }
    case 'abort':
      return { type: 'abort', id: id(message) }
    case 'progress':
      return { type: 'progress', fraction: Math.min(1, Math.max(0, finite(message['fraction'], 'fraction'))), step: message['step'] === null ? null : text(message['step'], 'step', maxStepUnits) }
    case 'print':
      return { type: 'print', stream: oneOf(message['stream'], streams), level: oneOf(message['level'], levels), text: text(message['text'], 'text'), ...(message['more'] === true ? { more: true } : {}) }
    case 'overflow':
      return { type: 'overflow', message: text(message['message'], 'message') }
    case 'piece':
      return { type: 'piece', text: text(message['text'], 'text'), ...(message['first'] === true ? { first: true } : {}) }
    case 'final':
      return { type: 'final', execution: wholeNumber(message['execution'], 'execution'), ends: message['ends'] === true, text: text(message['text'], 'text') }
    case 'done':
      return { type: 'done', execution: wholeNumber(message['execution'], 'execution'), text: text(message['text'], 'text') }
    case 'failed':
      return { type: 'failed', execution: wholeNumber(message['execution'], 'execution'), error: failure(message['error']) }
    case 'inspected':
      return { type: 'inspected', n: wholeNumber(message['n'], 'n'), answer: inspected(message['answer']) }
    case 'fatal':
      return { type: 'fatal', code: oneOf(message['code'], fatalCodes), message: text(message['message'], 'message') }
    default:
      throw new TypeError(`a message has the unknown type ${JSON.stringify(message['type'])?.slice(0, 40)}`)
  }
}

const streams = ['stdout', 'stderr'] as const
const levels = ['log', 'info', 'warn', 'error', 'debug'] as const
const fatalCodes = ['MEMORY', 'CPU', 'OUTPUT', 'CRASHED'] as const
const units = ['char', 'line', 'paragraph'] as const

/** Field by field: of a hundred thousand requests hardly one has more than a prompt, and a spread for each option that it lacks is a quarter of what reading it takes. */
function request(value: unknown): WireRequest {
  const { prompt, model, system, maxTokens, temperature, stop, schema, timeoutMs, dedupe, cache } = fields(value, 'a request')
  const read: { -readonly [Name in keyof WireRequest]: WireRequest[Name] } = { prompt: text(prompt, 'prompt') }
  if (model !== undefined) read.model = text(model, 'model', maxModelUnits)
  if (system !== undefined) read.system = text(system, 'system')
  if (maxTokens !== undefined) read.maxTokens = positive(maxTokens, 'maxTokens')
  if (temperature !== undefined) read.temperature = finite(temperature, 'temperature')
  if (stop !== undefined) read.stop = texts(stop, 'stop')
  if (schema !== undefined) read.schema = schema
  if (timeoutMs !== undefined) read.timeoutMs = positive(timeoutMs, 'timeoutMs')
  if (dedupe !== undefined) read.dedupe = dedupe === true
  if (cache !== undefined) read.cache = cache === true
  return read
}

function clockRuns(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length % 3 !== 0 || value.length > maxClockNumbers) throw new TypeError('what the clock said is no list of runs')
  return value.map((number) => finite(number, 'a reading of the clock'))
}

function docRead(value: unknown): WireDocRead {
  const read = fields(value, 'a read')
  switch (read['what']) {
    case 'slice':
      return { what: 'slice', from: wholeNumber(read['from'], 'from'), to: wholeNumber(read['to'], 'to') }
    case 'lines':
      return { what: 'lines', from: wholeNumber(read['from'], 'from'), count: wholeNumber(read['count'], 'count') }
    case 'chunk':
      return { what: 'chunk', from: wholeNumber(read['from'], 'from'), chars: positive(read['chars'], 'chars'), on: oneOf(read['on'], units), overlap: wholeNumber(read['overlap'], 'overlap') }
    case 'lineStart':
      return { what: 'lineStart', line: wholeNumber(read['line'], 'line') }
    case 'charCount':
    case 'lineCount':
      return { what: read['what'] }
    default:
      throw new TypeError('a read of a document is of no known kind')
  }
}

const engines = ['auto', 'rg'] as const

function grepSearch(value: unknown): WireGrep {
  const search = fields(value, 'a search')
  const flag = (name: string): boolean => search[name] === true
  const from = search['from'] === null ? null : fields(search['from'], 'a place')
  const docs = search['docs']
  return {
    pattern: text(search['pattern'], 'pattern', maxPatternUnits),
    ignoreCase: flag('ignoreCase'),
    fixed: flag('fixed'),
    word: flag('word'),
    multiline: flag('multiline'),
    unicode: flag('unicode'),
    before: Math.min(maxGrepContext, wholeFrom(0, search['before'], 'before')),
    after: Math.min(maxGrepContext, wholeFrom(0, search['after'], 'after')),
    maxColumns: Math.min(maxGrepColumns, wholeFrom(1, search['maxColumns'], 'maxColumns')),
    engine: oneOf(search['engine'], engines),
    docs: Array.isArray(docs) ? docs.map((doc) => wholeFrom(0, doc, 'docs')) : wholeFrom(0, docs, 'docs'),
    max: wholeFrom(0, search['max'], 'max'),
    count: flag('count'),
    from: from === null ? null : { index: wholeFrom(0, from['index'], 'index'), byte: wholeFrom(0, from['byte'], 'byte'), line: wholeFrom(0, from['line'], 'line'), unit: wholeFrom(0, from['unit'], 'unit') },
  }
}

function actions(value: unknown): readonly string[] {
  const names = texts(value, 'actions')
  const areNames = names.every((name) => name !== '' && name.length <= maxInputActionUnits)
  if (names.length === 0 || names.length > maxInputActions || !areNames || new Set(names).size < names.length) throw new TypeError('actions are no list of different names')
  return names
}

const syntaxStates = ['complete', 'incomplete', 'wrong'] as const

function inspected(value: unknown): WireInspected {
  const answer = fields(value, 'an answer')
  switch (answer['what']) {
    case 'complete':
      return { what: 'complete', from: wholeFrom(0, answer['from'], 'from'), names: texts(answer['names'], 'names') }
    case 'variables': {
      const variables = answer['variables']
      if (!Array.isArray(variables)) throw new TypeError('the variables are no array')
      return { what: 'variables', variables: variables.map((one) => variable(fields(one, 'a variable'))) }
    }
    case 'syntax':
      return { what: 'syntax', state: oneOf(answer['state'], syntaxStates) }
    case 'script':
      return { what: 'script', cells: texts(answer['cells'], 'cells') }
    default:
      throw new TypeError('an answer is of no known kind')
  }
}

function variable({ name, kind, text: shown }: Fields) {
  return { name: text(name, 'name'), kind: text(kind, 'kind'), text: text(shown, 'text') }
}

function failure(value: unknown): CellFailure {
  const { code, name, message, line, column, stack, incomplete } = fields(value, 'a failure')
  return {
    code: text(code, 'code'),
    name: name === null ? null : text(name, 'name'),
    message: text(message, 'message'),
    line: line === null ? null : wholeNumber(line, 'line'),
    column: column === null ? null : wholeNumber(column, 'column'),
    stack: text(stack, 'stack'),
    ...(incomplete === true ? { incomplete } : {}),
  }
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${what} is no object`)
  return value as Fields // checked above: an object, and its fields stay unknown
}

function id(message: Fields): number {
  return positive(message['id'], 'id')
}

function text(value: unknown, what: string, maxUnits = Infinity): string {
  if (typeof value !== 'string') throw new TypeError(`${what} is no text`)
  if (value.length > maxUnits) throw new TypeError(`${what} is longer than ${maxUnits} characters`)
  return value
}

function texts(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} is no array`)
  return value.map((one) => text(one, what))
}

function finite(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(`${what} is no number`)
  return value
}

function wholeNumber(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${what} is no whole number`)
  return value as number // checked above
}

function wholeFrom(least: number, value: unknown, what: string): number {
  if (wholeNumber(value, what) < least) throw new TypeError(`${what} is not from ${least} up`)
  return value as number // checked above
}

function positive(value: unknown, what: string): number {
  if (finite(value, what) <= 0) throw new TypeError(`${what} is not above 0`)
  return value as number // checked above
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new TypeError(`${JSON.stringify(value)?.slice(0, 40)} is none of ${allowed.join(', ')}`)
  return found
}
