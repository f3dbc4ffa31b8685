/** A prompt and options as the program wrote them in; a checked request, with its JSON, out. Throws TypeError or RangeError. */
import { maxMessageUnits, maxModelUnits } from '../../protocol.ts'
import { isAbortSignal } from './events.ts'
import { checkNames, shown } from './options.ts'
import { arrayJoin, createList, IntrinsicRangeError, IntrinsicTypeError, isArray, isFiniteNumber, isInteger, jsonStringify, stringStartsWith } from './primordials.ts'
import { readSchema } from './validate.ts'

/** A question, ready to be sent. */
export interface Request extends Manner {
  readonly prompt: string
}

/** How a question is asked. */
interface Manner {
  /** The options but `cache` as JSON members, each with a comma before it. */
  readonly members: string
  readonly cache: boolean | undefined
  readonly schema: unknown
  readonly signal: AbortSignal | undefined
}

/** Questions of a batch, by index. Those that bring no options of their own share what they are asked with. */
export interface Requests {
  readonly length: number
  at(index: number): Request
  /** Whether any wants a reply that follows one. */
  readonly hasSchema: boolean
}

/** What applies to a batch as a whole. */
export interface BatchOptions {
  readonly settle: boolean
  /** Most prompts of the batch under way at once; undefined for the host's own bound. */
  readonly concurrency: number | undefined
}

const promptOptions = ['model', 'system', 'maxTokens', 'temperature', 'stop', 'schema', 'timeoutMs', 'dedupe', 'cache'] as const
const queryOptions = [...promptOptions, 'signal'] as const
const batchOptions = [...queryOptions, 'settle', 'concurrency'] as const

/** What stands for "no bound", as JSON has no Infinity: the longest time that a timer can hold, 24.8 days. */
const longestTimeoutMs = 2 ** 31 - 1

/** JSON writes a character in at most this many. */
const maxEscape = 6

type Options = Readonly<Record<string, unknown>>

/** Reads one question; whoever gives several is told of `many`. A prompt is a string, or an object with `prompt` whose other members are options that win over `options`. */
export function readRequest(prompt: unknown, options: unknown, many: 'llmBatchQuery' | 'llmBatchStream'): Request {
  const shared = readOptions('a query', options, queryOptions)
  const { text, manner } = readPrompt(prompt, shared, { name: '`prompt`', many })
  return { prompt: text, ...manner }
}

/** Reads all questions of a batch before any is sent: one wrong prompt costs nothing. Whoever gives a single one is told of `one`. */
export function readBatch(prompts: unknown, options: unknown, one: 'llmQuery' | 'llmStream'): { readonly requests: Requests; readonly batch: BatchOptions } {
  if (!isArray(prompts)) throw new IntrinsicTypeError(`Expected \`prompts\` to be an array of prompts, got ${shown(prompts)}${typeof prompts === 'string' ? `; ${one} takes one prompt` : ''}`)
  const shared = readOptions('a batch', options, batchOptions)
  const batch = { settle: flag(shared, 'settle') ?? false, concurrency: positive(shared, 'concurrency', true) }
  const texts = createList<string>()
  const manners = createList<Manner>()
  let hasSchema = false
  for (let index = 0; index < prompts.length; index++) {
    const { text, manner } = readPrompt(prompts[index], shared, { name: `\`prompts[${index}]\`` })
    texts[index] = text
    manners[index] = manner
    if (manner.schema !== undefined) hasSchema = true
  }
  const at = (index: number): Request => {
    const { members, cache, schema, signal } = manners[index] as Manner // within bounds
    return { prompt: texts[index] as string, members, cache, schema, signal }
  }
  return { requests: { length: texts.length, at, hasSchema }, batch }
}

/** The request as JSON, without its closing brace. */
export function requestJson(request: Request): string {
  return `{"prompt":${jsonStringify(request.prompt)}${request.members}${member('cache', request.cache)}}`
}

/** The same question again, with another prompt. No kept answer will do, and none is kept: a wrong one would stay wrong. */
export function asRepair(request: Request, prompt: string): Request {
  return { ...request, prompt, cache: false }
}

/** Members read before, per options object of a batch: they are the same for all prompts that bring none of their own. */
let lastShared: Options | undefined
let lastRead: Manner | undefined

interface PromptPlace {
  readonly name: string
  /** What takes several, where this takes one. */
  readonly many?: string
}

function readPrompt(prompt: unknown, shared: Options, place: PromptPlace): { readonly text: string; readonly manner: Manner } {
  let text: string
  let manner: Manner
  if (typeof prompt === 'string') {
    text = prompt
    if (lastRead === undefined || lastShared !== shared) {
      lastRead = readMembers(shared)
      lastShared = shared
    }
    manner = lastRead
  } else {
    if (typeof prompt !== 'object' || prompt === null || isArray(prompt)) throw noPrompt(place, prompt)
    const { prompt: inner, ...own } = prompt as Options
    if (typeof inner !== 'string') throw noPrompt(place, prompt)
    text = inner
    manner = readMembers({ __proto__: null, ...shared, ...readOptions('a prompt', own, promptOptions) } as unknown as Options)
  }
  if (text.length + manner.members.length > maxMessageUnits / maxEscape && requestJson({ prompt: text, ...manner }).length > maxMessageUnits) {
    throw new IntrinsicRangeError(`Expected ${place.name} to be at most ${maxMessageUnits} characters, got ${text.length}; cut it into pieces, for example with docs[i].chunks()`)
  }
  return { text, manner }
}

function noPrompt({ name, many }: PromptPlace, given: unknown): Error {
  const text = shown(given)
  const way = many !== undefined && isArray(given) ? `; ${many} takes many prompts` : stringStartsWith(text, 'Promise ') ? '; await it first' : ''
  return new IntrinsicTypeError(`Expected ${name} to be a string or {prompt: string}, got ${text}${way}`)
}

function readOptions(of: string, options: unknown, known: readonly string[]): Options {
  if (options === undefined) return { __proto__: null } as unknown as Options
  if (typeof options !== 'object' || options === null || isArray(options)) throw new IntrinsicTypeError(`Expected the options of ${of} to be an object, got ${shown(options)}`)
  // A copy: what is checked is what is sent, whatever getters do.
  const copy = { __proto__: null, ...options } as unknown as Options
  checkNames(of, copy, known)
  return copy
}

function readMembers(options: Options): Manner {
  const model = text(options, 'model')
  if (model !== undefined && model.length > maxModelUnits) throw new IntrinsicRangeError(`Expected \`model\` to be at most ${maxModelUnits} characters, got ${model.length}`)
  const system = text(options, 'system')
  const maxTokens = positive(options, 'maxTokens', true)
  const temperature = number(options, 'temperature')
  const timeoutMs = options['timeoutMs'] === Infinity ? longestTimeoutMs : positive(options, 'timeoutMs', false)
  const stop = readStop(options)
  const dedupe = flag(options, 'dedupe')
  const cache = flag(options, 'cache')
  const signal = options['signal']
  if (signal !== undefined && !isAbortSignal(signal)) throw new IntrinsicTypeError(`Expected \`signal\` to be an AbortSignal, got ${shown(signal)}`)
  const schema = options['schema']
  const members =
    member('model', model === undefined ? undefined : jsonStringify(model)) +
    member('system', system === undefined ? undefined : jsonStringify(system)) +
    member('maxTokens', maxTokens) +
    member('temperature', temperature) +
    member('timeoutMs', timeoutMs) +
    member('stop', stop) +
    member('schema', schema === undefined ? undefined : schemaMember(schema)) +
    member('dedupe', dedupe)
  return { members, cache, schema, signal }
}

function schemaMember(schema: unknown): string {
  const read = readSchema(schema)
  if (!read.ok) throw new IntrinsicTypeError(read.problem)
  return read.json
}

function readStop(options: Options): string | undefined {
  const stop = options['stop']
  if (stop === undefined) return undefined
  if (typeof stop === 'string') return `[${jsonStringify(stop)}]`
  if (!isArray(stop)) throw new IntrinsicTypeError(`Expected \`stop\` to be a string or an array of strings, got ${shown(stop)}`)
  const parts = createList<string>()
  for (let index = 0; index < stop.length; index++) {
    const one: unknown = stop[index]
    if (typeof one !== 'string') throw new IntrinsicTypeError(`Expected \`stop[${index}]\` to be a string, got ${shown(one)}`)
    parts[index] = jsonStringify(one)
  }
  return `[${arrayJoin(parts, ',')}]`
}

function member(name: string, json: string | number | boolean | undefined): string {
  return json === undefined ? '' : `,"${name}":${json}`
}

function text(options: Options, name: string): string | undefined {
  const value = options[name]
  if (value !== undefined && typeof value !== 'string') throw new IntrinsicTypeError(`Expected \`${name}\` to be a string, got ${shown(value)}`)
  return value
}

function flag(options: Options, name: string): boolean | undefined {
  const value = options[name]
  if (value !== undefined && typeof value !== 'boolean') throw new IntrinsicTypeError(`Expected \`${name}\` to be a boolean, got ${shown(value)}`)
  return value
}

function number(options: Options, name: string): number | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw new IntrinsicTypeError(`Expected \`${name}\` to be a number, got ${shown(value)}`)
  if (!isFiniteNumber(value) || value < 0) throw new IntrinsicRangeError(`Expected \`${name}\` to be a number from 0 up, got ${value}`)
  return value
}

function positive(options: Options, name: string, whole: boolean): number | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw new IntrinsicTypeError(`Expected \`${name}\` to be a number, got ${shown(value)}`)
  if (!isFiniteNumber(value) || value <= 0 || (whole && !isInteger(value))) {
    throw new IntrinsicRangeError(`Expected \`${name}\` to be a ${whole ? 'whole number from 1 up' : 'number above 0'}, got ${value}`)
  }
  return value
}
