/** The program's own providers and the environment in; a provider per name, made when it is first asked for, out. */
import { ReplmError } from '../../errors.ts'
import type { Provider } from '../../types.ts'
import { catalog, type CatalogEntry } from './catalog.ts'
import { checkProvider } from './defineProvider.ts'
import { readVariable, resolveBaseUrl, type Environment } from './endpoint.ts'
import { probeModels } from './probe.ts'

export interface RegistryOptions {
  /** In-process providers, always asked on the host's loop. One with the name of a built-in provider takes its place. @default [] */
  readonly custom?: readonly Provider[]
  /** What built-in providers read their keys and addresses from. @default process.env */
  readonly env?: Environment
}

/** What is there of one provider, for people: never its key. */
export interface FoundProvider {
  readonly name: string
  /** Whether questions to it can be expected to be answered: its key is set, or its local server runs. */
  readonly ready: boolean
  /** 'none' where it takes no key. */
  readonly key: 'set' | 'missing' | 'none'
  readonly keyVariable: string | null
  readonly baseVariable: string | null
  readonly baseUrl: string | null
  /** Without the provider's name; null where only its user can know. */
  readonly defaultModel: string | null
  /** What is wrong with its variables, in words; else null. */
  readonly problem: string | null
}

export interface Registry {
  readonly names: readonly string[]
  /** Rejects with CONFIG, naming the known ones, for a name that is none. */
  get(name: string): Promise<Provider>
  /** Whether a thread can make one of its own, by name and environment. */
  isBuiltIn(name: string): boolean
  /** `provider/model` where none is named: of the first provider with a key, else the first model of a local server that runs, else undefined. Takes 300 ms at the most. */
  defaultModel(): Promise<string | undefined>
  /** All providers in the order in which they are tried; asks the local ones whether they run, which takes 300 ms at the most. */
  found(): Promise<readonly FoundProvider[]>
  /** Ends the connections of all that were made. */
  close(): Promise<void>
}

/** How long a local server may take to say that it runs, in milliseconds. */
const probeMs = 300

export function createRegistry({ custom = [], env = process.env }: RegistryOptions = {}): Registry {
  const own = new Map<string, Provider>()
  for (const provider of custom) {
    const { name } = checkProvider(provider)
    if (own.has(name)) throw new TypeError(`Expected \`providers\` to have different names, got "${name}" twice`)
    own.set(name, provider)
  }
  const names = [...new Set([...own.keys(), ...catalog.map(({ name }) => name)])]
  const made = new Map<string, Promise<Provider>>()

  async function make(name: string): Promise<Provider> {
    const provider = own.get(name)
    return provider ?? createProvider(name, env, names)
  }

  return {
    names,
    get(name) {
      const known = made.get(name)
      if (known !== undefined) return known
      const making = make(name)
      if (names.includes(name)) made.set(name, making)
      return making
    },
    isBuiltIn: (name) => !own.has(name) && catalog.some((entry) => entry.name === name),
    async defaultModel() {
      const keyed = catalog.find(({ variables, defaultModel }) => defaultModel !== null && variables !== null && hasKey(variables.keyVariable, env))
      if (keyed !== undefined) return `${keyed.name}/${keyed.defaultModel}`
      const local = await Promise.all(catalog.map(async (entry) => ({ entry, model: (await probeLocal(entry, env))?.[0] })))
      const running = local.find(({ model }) => model !== undefined)
      return running === undefined ? undefined : `${running.entry.name}/${running.model}`
    },
    async found() {
      const builtIn = await Promise.all(catalog.filter(({ name }) => !own.has(name)).map((entry) => findOne(entry, env)))
      return [...[...own.keys()].map(findOwn), ...builtIn]
    },
    async close() {
      const providers = await Promise.allSettled(made.values())
      await Promise.all(providers.map((settled) => (settled.status === 'fulfilled' ? settled.value.close?.() : undefined)))
    },
  }
}

/** A built-in provider by its name: all that a worker thread needs to make one. Rejects with CONFIG for a name that is none. */
export async function createProvider(name: string, env: Environment, known: readonly string[] = catalog.map((entry) => entry.name)): Promise<Provider> {
  const entry = catalog.find((candidate) => candidate.name === name)
  if (entry === undefined) throw new ReplmError('CONFIG', `There is no provider "${cut(name)}": a model is named provider/model, with one of ${known.join(', ')}.`)
  return entry.load(env)
}

/** `provider/model`, parted at the first slash: models may have slashes themselves. Throws CONFIG where a part is missing. */
export function parseModel(name: string): { readonly provider: string; readonly model: string } {
  if (typeof name !== 'string') throw new TypeError(`Expected \`model\` to be a string, got ${typeof name}`)
  const slash = name.indexOf('/')
  const [provider, model] = [name.slice(0, Math.max(slash, 0)).trim(), name.slice(slash + 1).trim()]
  if (provider === '' || model === '')
    throw new ReplmError('CONFIG', `"${cut(name)}" is not a model: name it as provider/model, for example openai/gpt-5-mini or sim/echo.`)
  return { provider, model }
}

function hasKey(keyVariable: string | null, env: Environment): boolean {
  return keyVariable !== null && readVariable(env, keyVariable) !== null
}

async function probeLocal({ variables, probeRoute }: CatalogEntry, env: Environment): Promise<readonly string[] | undefined> {
  if (variables === null || probeRoute === null) return undefined
  try {
    return await probeModels(resolveBaseUrl(variables, env).baseUrl + probeRoute, { timeoutMs: probeMs })
  } catch {
    return undefined // its address is none: `found` says so
  }
}

async function findOne(entry: CatalogEntry, env: Environment): Promise<FoundProvider> {
  const { name, variables, defaultModel } = entry
  if (variables === null) return { name, ready: true, key: 'none', keyVariable: null, baseVariable: null, baseUrl: null, defaultModel, problem: null }
  const { keyVariable, baseVariable, keyRequired, defaultBaseUrl } = variables
  const key = keyVariable === null ? 'none' : hasKey(keyVariable, env) ? 'set' : 'missing'
  const known = { name, key, keyVariable, baseVariable } as const
  // Without an address of its own and none given, it is not in use: that is no problem.
  if (defaultBaseUrl === null && readVariable(env, baseVariable) === null) return { ...known, ready: false, baseUrl: null, defaultModel, problem: null }
  try {
    const { baseUrl } = resolveBaseUrl(variables, env)
    const models = await probeLocal(entry, env)
    const ready = entry.probeRoute !== null ? models !== undefined : key === 'set' || !keyRequired
    return { ...known, ready, baseUrl, defaultModel: defaultModel ?? models?.[0] ?? null, problem: null }
  } catch (error) {
    return { ...known, ready: false, baseUrl: null, defaultModel, problem: ReplmError.from(error).message }
  }
}

function findOwn(name: string): FoundProvider {
  return { name, ready: true, key: 'none', keyVariable: null, baseVariable: null, baseUrl: null, defaultModel: null, problem: null }
}

/** Names come from guests, too. */
function cut(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name
}
