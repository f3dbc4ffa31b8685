/** What a guest asked in; a query with its model and defaults filled in, or a refusal, out. */
import { ReplmError } from '../errors.ts'
import { parseModel } from '../options/modelName.ts'
import { maxSchemaDepth, maxSchemaUnits, type WireRequest } from '../protocol.ts'
import type { Query } from '../types.ts'

export interface ModelsOptions {
  /** `provider/model` that answers where none is named; undefined to find one. */
  readonly model: string | undefined
  /** What a guest may name besides: `provider/model` or `provider/*`. */
  readonly models: readonly string[]
  readonly timeoutMs: number
  /** Finds a model where none was named; null when there is none. */
  readonly find: () => Promise<string | null>
}

/** Fills in what a question leaves open. Throws or rejects with CONFIG for a model that does not exist or was not allowed. */
export class Models {
  readonly #options: ModelsOptions
  #default: string | undefined
  #finding: Promise<string> | undefined

  constructor(options: ModelsOptions) {
    this.#options = options
    this.#default = options.model
  }

  /** The model that answers where none is named. Rejects with CONFIG when there is none, naming the ways on. */
  default(): Promise<string> {
    if (this.#default !== undefined) return Promise.resolve(this.#default)
    this.#finding ??= this.#find()
    return this.#finding
  }

  /** `model` is the session's own, which answers in the place of the one for all. */
  resolve(request: WireRequest, options: { readonly anyModel: boolean; readonly model?: string | undefined; readonly models?: readonly string[] | undefined }): Query | Promise<Query> {
    const known = options.model ?? this.#default
    const { anyModel, models = this.#options.models } = options
    if (known !== undefined) return this.#query(request, known, { anyModel, models })
    if (anyModel && request.model !== undefined) return this.#query(request, request.model, { anyModel, models })
    return this.default().then((found) => this.#query(request, found, { anyModel, models }))
  }

  async #find(): Promise<string> {
    const found = await this.#options.find()
    if (found === null) {
      this.#finding = undefined // A server may be started meanwhile.
      throw new ReplmError(
        'CONFIG',
        'No model is named and none was found. Set a key (OPENAI_API_KEY or ANTHROPIC_API_KEY), start a local server (Ollama or LM Studio), or name the offline model with `-m sim/echo`',
      )
    }
    this.#default = found
    return found
  }

  #query(request: WireRequest, defaultModel: string, { anyModel, models }: { readonly anyModel: boolean; readonly models: readonly string[] }): Query {
    const name = request.model ?? defaultModel
    if (!anyModel && name !== defaultModel && name !== this.#default && !isAllowed(name, models)) {
      throw new ReplmError('CONFIG', `The model ${shown(name)} was not allowed in this session; allowed: ${[defaultModel, ...models].join(', ')}`)
    }
    checkSchema(request.schema)
    const { provider, model } = readModel(name)
    const { prompt, system, maxTokens, temperature, stop, schema, timeoutMs, dedupe, cache } = request
    const query: { -readonly [Name in keyof Query]: Query[Name] } = { provider, model, prompt, timeoutMs: timeoutMs ?? this.#options.timeoutMs, timeoutIsFinal: timeoutMs !== undefined }
    if (system !== undefined) query.system = system
    if (maxTokens !== undefined) query.maxTokens = maxTokens
    if (temperature !== undefined) query.temperature = temperature
    if (stop !== undefined) query.stop = stop
    if (schema !== undefined) query.schema = schema
    if (dedupe !== undefined) query.dedupe = dedupe
    if (cache !== undefined) query.cache = cache
    return query
  }
}

function isAllowed(name: string, models: readonly string[]): boolean {
  return models.some((pattern) => (pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name))
}

function readModel(name: string): { readonly provider: string; readonly model: string } {
  try {
    return parseModel(name)
  } catch (error) {
    throw new ReplmError('CONFIG', error instanceof Error ? error.message : String(error))
  }
}

/** The guest's own checks say the same earlier; a sandbox may leave them out. */
function checkSchema(schema: unknown): void {
  if (schema === undefined) return
  if (depthOf(schema, maxSchemaDepth) > maxSchemaDepth) throw new ReplmError('CONFIG', `The schema is nested deeper than ${maxSchemaDepth} levels`)
  if (JSON.stringify(schema).length > maxSchemaUnits) throw new ReplmError('CONFIG', `The schema is larger than ${maxSchemaUnits} characters`)
}

/** Levels of nesting, counted no further than one past `limit`. */
function depthOf(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (limit < 0) return 1
  let deepest = 0
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member, limit - 1))
  return deepest + 1
}

function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}
