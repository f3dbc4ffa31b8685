/** The guest's runtime: what the sandbox calls inside the isolate, turn by turn. Evaluated once, before any cell. */
import { budget, llmBatchQuery, llmQuery, progress } from './api.ts'
import { variableValue, variables } from './bindings.ts'
import { receive } from './calls.ts'
import { allowReading } from './completion.ts'
import { addContextText, type ContextKind, readContext, setContextKind } from './context.ts'
import { createDoc, type DocInfo } from './docs.ts'
import { drainFinalizers } from './finalization.ts'
import { installGlobals } from './globals.ts'
import { createGrep } from './grep.ts'
import { locate } from './host.ts'
import { awaitInput } from './input.ts'
import { inspect } from './inspect.ts'
import { print, setOutputLimit } from './output.ts'
import {
  ArrayPrototype, arrayJoin, arrayPush, createList, defineHidden, defineProperty, freeze, IntrinsicReferenceError, IntrinsicTypeError, jsonParse, promiseReject, setPrototypeOf,
} from './primordials.ts'
import { configure, final, recordFinal } from './run.ts'
import { setStackLocator } from './stack-trace.ts'
import { llmBatchStream, llmStream } from './stream.ts'
import { clearTimeout, setInterval, setTimeout, sleep, wait } from './timers.ts'

export { release } from './calls.ts'
export { complete, describeVariables } from './completion.ts'
export { end, run } from './run.ts'

/** What the sandbox says when it is given to a session. */
interface OpenMessage {
  readonly outputBytes: number
  readonly valueBytes: number
  readonly seed: string
  readonly args: unknown
  readonly underscore?: boolean
  readonly docs: readonly DocInfo[]
  readonly context: ContextKind
}

/** Gives the isolate to a session. */
export function open(json: string): void {
  const { outputBytes, valueBytes, seed, args, underscore, docs, context } = jsonParse(json) as OpenMessage
  setOutputLimit(outputBytes)
  configure({ seed, valueBytes, underscore: underscore === true })
  setContextKind(context)
  addHandles(docs)
  defineHidden(globalThis, 'args', args)
}

/** Takes more documents; a program that holds the list it had before keeps that. */
export function addDocs(json: string): void {
  const { docs, context } = jsonParse(json) as Pick<OpenMessage, 'docs' | 'context'>
  setContextKind(context)
  addHandles(docs)
}

function addHandles(docs: readonly DocInfo[]): void {
  const list = createList<object>()
  for (let index = 0; index < handles.length; index++) arrayPush(list, handles[index] as object)
  for (let index = 0; index < docs.length; index++) arrayPush(list, createDoc(docs[index] as DocInfo, list.length))
  handles = freeze(setPrototypeOf(list, ArrayPrototype) as object[])
}

/** Takes one text of `context`. */
export function setContext(_index: number, text: string, last: boolean): void {
  addContextText(text, last)
}

/** Takes one entry of the host, in pieces. */
export function deliver(...pieces: string[]): void {
  drainFinalizers()
  receive(pieces.length === 1 ? (pieces[0] as string) : arrayJoin(pieces, ''))
}

let handles: readonly object[] = []

/** Names that stay the runtime's: assigning to one throws in sloppy code, too; declaring one is refused before a cell runs. */
function protect(name: string, read: () => unknown): void {
  allowReading(name, read)
  defineProperty(globalThis, name, {
    __proto__: null,
    get: read,
    set: () => {
      throw new IntrinsicTypeError(`\`${name}\` is replm's own and cannot be assigned`)
    },
    enumerable: false,
    configurable: false,
  } as PropertyDescriptor)
}

const grep = createGrep()
protect('llmQuery', () => llmQuery)
protect('llmBatchQuery', () => llmBatchQuery)
protect('llmStream', () => llmStream)
protect('llmBatchStream', () => llmBatchStream)
protect('context', readContext)
protect('docs', () => handles)
protect('grep', () => grep)
protect('final', () => final)

setStackLocator(locate)
installGlobals(globalThis, { print, wait })

for (const [name, value] of Object.entries({
  awaitInput, budget, progress, sleep, setTimeout, setInterval, clearTimeout,
  clearInterval: clearTimeout,
  llm_query: (prompt: unknown, options?: unknown) => llmQuery(prompt, withModel(options)),
  llm_batch_query: (prompts: unknown, options?: unknown) => llmBatchQuery(prompts, withModel(options)),
  llm_query_batched: (prompts: unknown, options?: unknown) => llmBatchQuery(prompts, withModel(options)),
  rlm_grep: grep,
  print: (console as unknown as Record<string, unknown>)['log'],
  FINAL: recordFinal,
  FINAL_VAR: finalVariable,
  SHOW_VARS: showVariables,
})) defineHidden(globalThis, name, value)

/** Published recursive-language-model programs name the model as the second argument. */
function withModel(options: unknown): unknown {
  return typeof options === 'string' ? { model: options } : options
}

/** Records the value of a variable by its name. */
function finalVariable(name: unknown): unknown {
  if (typeof name !== 'string') return promiseReject(new IntrinsicTypeError(`Expected \`name\` to be a string, got ${typeof name}`))
  const variable = variableValue(name)
  return variable === undefined ? promiseReject(new IntrinsicReferenceError(`${name} is not defined; ${showVariables()}`)) : recordFinal(variable.value)
}

/** One line that says which variables the cells have made, for a model that lost track. */
function showVariables(): string {
  const names = variables()
  if (names.length === 0) return 'No variables were created yet'
  const parts = createList<string>()
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    arrayPush(parts, `${name}: ${typeName(variableValue(name)?.value)}`)
  }
  return `Available variables: { ${arrayJoin(parts, ', ')} }`
}

function typeName(value: unknown): string {
  return typeof value === 'object' ? inspect(value, { depth: -1 }) : typeof value
}
