/** Work as a caller wrote it in; the kind and the input that its job is submitted with, out. */
import { resolve } from 'node:path'
import type { QueryOptions, ResolvedQueryOptions } from '../../options/queryOptions.ts'
import type { ResolvedSessionOptions, SessionOptions } from '../../options/sessionOptions.ts'
import { readScriptFile, type Script, scriptText } from '../../script.ts'
import type { DocumentRecord } from '../journal/journal.ts'
import type { BatchRequest, BatchWork, CellWork, JobWork, QueryWork, ScriptWork, SessionCellWork } from './jobs.ts'

/** What a script's or a cell's job is submitted with: JSON, and the same for the same work. */
export interface CellInput extends DocumentsInput {
  readonly text: string
  /** What its errors call it. */
  readonly name: string
  readonly typescript: boolean
  readonly args: Readonly<Record<string, unknown>>
  /** Infinity is null. */
  readonly limits: Readonly<Record<string, number | null>>
  readonly budget: Readonly<Record<string, number | null>>
  /** Null where it is to be found when it is needed. */
  readonly model: string | null
  readonly models: readonly string[]
}

/** What a cell's job is submitted with whose session lives on. */
export interface SessionCellInput {
  readonly session: string
  readonly text: string
  readonly typescript: boolean
}

export interface DocumentsInput {
  /** As they were found; read when the job runs. */
  readonly documents: readonly Pick<DocumentRecord, 'name' | 'path' | 'hash' | 'encoding'>[]
  readonly isFirstPlain: boolean
}

/** One question without what names it. */
export type Question = Omit<ResolvedQueryOptions, 'signal'> & { readonly prompt: string }

export interface QueryInput {
  readonly request: Question
  readonly model: string | null
  /** Names a call of this process that is under way, for as long as it lives: the job takes it over. */
  readonly adopts?: string
}

export interface BatchInput {
  readonly requests: readonly Question[]
  readonly customIds: readonly string[]
  readonly model: string | null
  readonly budget: Readonly<Record<string, number | null>>
}

export type JobSubmission =
  | { readonly kind: 'script' | 'cell'; readonly input: CellInput }
  | { readonly kind: 'cell'; readonly input: SessionCellInput }
  | { readonly kind: 'query'; readonly input: QueryInput }
  | { readonly kind: 'batch'; readonly input: BatchInput }

/** What openReplm knows of options, and of what there is. */
export interface JobInputParts {
  readonly session: (options: Pick<SessionOptions, 'context' | 'ignoreFiles' | 'encoding' | 'args' | 'limits' | 'budget'>) => ResolvedSessionOptions
  readonly query: (options: QueryOptions) => ResolvedQueryOptions
  readonly models: (named: { readonly model?: string; readonly models?: readonly string[] }) => { readonly model: string | undefined; readonly models: readonly string[] | undefined }
  readonly record: (limits: ResolvedSessionOptions['limits'] | ResolvedSessionOptions['budget']) => Readonly<Record<string, number | null>>
  /** Rejects with NOT_FOUND for documents that are not there. */
  readonly documents: (options: ResolvedSessionOptions) => Promise<DocumentsInput>
  /** Rejects with NOT_FOUND for a session that is not there. */
  readonly checkSession: (id: string) => Promise<void>
  /** Rejects with CONFIG for a model of no provider. */
  readonly checkModel: (model: string) => Promise<void>
  readonly defaults: { readonly model: string | null; readonly models: readonly string[] }
}

/** Throws or rejects as {@link Jobs.submit} does. */
export async function jobInput(work: JobWork, parts: JobInputParts): Promise<JobSubmission> {
  if (typeof work !== 'object' || work === null || Array.isArray(work)) throw new TypeError(`Expected \`work\` to be {script}, {cell}, {prompt} or {batch}, got ${work === null ? 'null' : Array.isArray(work) ? 'an array' : typeof work}`)
  const kinds = (['script', 'cell', 'prompt', 'batch'] as const).filter((name) => Object.hasOwn(work, name))
  if (kinds.length !== 1) throw new TypeError(`Expected \`work\` to have one of \`script\`, \`cell\`, \`prompt\` and \`batch\`, got ${kinds.length === 0 ? 'none' : kinds.map((name) => `\`${name}\``).join(' and ')}`)
  if ('script' in work) return { kind: 'script', input: await scriptInput(work, parts) }
  if ('session' in work) return { kind: 'cell', input: await sessionCellInput(work, parts) }
  if ('cell' in work) return { kind: 'cell', input: await cellInput(work, parts) }
  if ('batch' in work) return { kind: 'batch', input: await batchInput(work, parts) }
  return { kind: 'query', input: await queryInput(work, parts) }
}

const sessionNames = ['context', 'ignoreFiles', 'encoding', 'args', 'limits', 'budget', 'model', 'models']

async function scriptInput({ script, ...session }: ScriptWork, parts: JobInputParts): Promise<CellInput> {
  checkNames('a script', session, sessionNames)
  const { name, text, typescript } = await scriptOf(script)
  return { text, name, typescript, ...(await sessionInput(session, parts)) }
}

async function scriptOf(script: ScriptWork['script']): Promise<Script> {
  if (typeof script !== 'object' || script === null) {
    checkText(script, 'script')
    return readScriptFile(script)
  }
  checkNames('the text of a script', script, ['name', 'text'])
  checkText(script.name, 'script.name')
  if (typeof script.text !== 'string') throw new TypeError(`Expected \`script.text\` to be a string, got ${describe(script.text)}`)
  return scriptText(script.name, script.text)
}

async function sessionCellInput({ session, cell, typescript = false, ...rest }: SessionCellWork, { checkSession }: JobInputParts): Promise<SessionCellInput> {
  checkNames('a cell of a session', rest, ['session', 'cell', 'typescript'])
  checkText(session, 'session')
  if (typeof cell !== 'string') throw new TypeError(`Expected \`cell\` to be a string, got ${describe(cell)}`)
  if (typeof typescript !== 'boolean') throw new TypeError(`Expected \`typescript\` to be true or false, got ${describe(typescript)}`)
  await checkSession(session)
  return { session, text: cell, typescript }
}

async function cellInput({ cell, typescript = false, ...session }: CellWork, parts: JobInputParts): Promise<CellInput> {
  checkNames('a cell', session, sessionNames)
  if (typeof cell !== 'string') throw new TypeError(`Expected \`cell\` to be a string, got ${describe(cell)}`)
  if (typeof typescript !== 'boolean') throw new TypeError(`Expected \`typescript\` to be true or false, got ${describe(typescript)}`)
  return { text: cell, name: 'cell', typescript, ...(await sessionInput(session, parts)) }
}

async function sessionInput({ model, models, ...session }: Omit<ScriptWork, 'script'>, parts: JobInputParts): Promise<Omit<CellInput, 'text' | 'name' | 'typescript'>> {
  const options = parts.session(session)
  const { args = {}, limits, budget } = options
  const named = parts.models({ ...(model === undefined ? {} : { model }), ...(models === undefined ? {} : { models }) })
  if (named.model !== undefined) await parts.checkModel(named.model)
  const { documents, isFirstPlain } = await parts.documents(options)
  return {
    documents: documents.map(({ name, path, hash, encoding }) => ({ name, path: path === null ? null : resolve(path), hash, ...(encoding === undefined ? {} : { encoding }) })),
    isFirstPlain,
    args,
    limits: parts.record(limits),
    budget: parts.record(budget),
    model: named.model ?? parts.defaults.model,
    models: named.models ?? parts.defaults.models,
  }
}

async function queryInput({ prompt, ...options }: QueryWork, parts: JobInputParts): Promise<QueryInput> {
  return { request: await question(prompt, options, 'prompt', parts), model: options.model ?? parts.defaults.model }
}

async function batchInput({ batch, model, budget, ...rest }: BatchWork, parts: JobInputParts): Promise<BatchInput> {
  checkNames('a batch', rest, ['batch', 'model', 'budget'])
  if (!Array.isArray(batch)) throw new TypeError(`Expected \`batch\` to be an array of {customId, prompt}, got ${describe(batch)}`)
  if (batch.length === 0) throw new RangeError('Expected `batch` to have a question at least, got none')
  const named = parts.models(model === undefined ? {} : { model })
  if (named.model !== undefined) await parts.checkModel(named.model)
  const known = new Set<string>()
  const requests: Question[] = []
  for (const [index, request] of (batch as readonly unknown[]).entries()) {
    const at = `batch[${index}]`
    if (typeof request !== 'object' || request === null) throw new TypeError(`Expected \`${at}\` to be {customId, prompt}, got ${describe(request)}`)
    const { customId, prompt, ...options } = request as BatchRequest // each of its members is checked
    checkText(customId, `${at}.customId`)
    if (customId.length > maxCustomIdUnits) throw new RangeError(`Expected \`${at}.customId\` to be at most ${maxCustomIdUnits} characters, got ${customId.length}`)
    if (known.has(customId)) throw new RangeError(`Expected each \`customId\` once, got ${JSON.stringify(customId)} again in \`${at}\``)
    known.add(customId)
    requests.push(await question(prompt, options, `${at}.prompt`, parts))
    // Ten thousand of them must not hold up all else.
    if (index % checkedAtOnce === checkedAtOnce - 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return { requests, customIds: [...known], model: named.model ?? parts.defaults.model, budget: parts.record(parts.session(budget === undefined ? {} : { budget }).budget) }
}

async function question(prompt: unknown, options: Omit<QueryOptions, 'signal'>, name: string, { query, checkModel }: JobInputParts): Promise<Question> {
  if (typeof prompt !== 'string') throw new TypeError(`Expected \`${name}\` to be a string, got ${describe(prompt)}`)
  // Most of a batch bring none.
  if (Object.keys(options).length === 0) return { prompt }
  if ('signal' in options) throw new TypeError('Expected no `signal` for a job: `jobs.cancel` ends it')
  const { signal: _none, ...resolved } = query(options)
  if (resolved.model !== undefined) await checkModel(resolved.model)
  // JSON has no Infinity; this is the longest time that a timer can hold, 24.8 days.
  return { prompt, ...resolved, ...(resolved.timeoutMs === Infinity ? { timeoutMs: 2 ** 31 - 1 } : {}) }
}

const maxCustomIdUnits = 512

/** Questions of a batch that are checked without a look at anything else. */
const checkedAtOnce = 500

/** A misspelt option must not be ignored: it can cost money. */
function checkNames(of: string, rest: object, known: readonly string[]): void {
  const unknown = Object.keys(rest).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new TypeError(`Expected the options of ${of} to be among ${known.map((name) => `\`${name}\``).join(', ')}, got \`${unknown}\``)
}

function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`Expected \`${name}\` to be a string, got ${describe(value)}`)
  if (value === '') throw new RangeError(`Expected \`${name}\` to say something, got ""`)
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}
