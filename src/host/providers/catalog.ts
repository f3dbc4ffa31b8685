/** The built-in providers: what each reads from the environment, what it answers with where no model is named, and where it is made. */
import type { Provider } from '../../types.ts'
import type { EndpointVariables, Environment } from './endpoint.ts'
import { anthropicVariables, compatibleVariables, lmstudioVariables, ollamaVariables, openaiVariables } from './variables.ts'

export interface CatalogEntry {
  readonly name: string
  /** null for the provider that has no server. */
  readonly variables: EndpointVariables | null
  /** Model it answers with where none is named. null: the first one that its local server lists, if it has one. */
  readonly defaultModel: string | null
  /** Route below the base URL that lists the models of a local server: asked to see whether it runs. */
  readonly probeRoute: string | null
  /** Imports its file; each question's needs (an SDK) load later. */
  readonly load: (env: Environment) => Promise<Provider>
}

/**
 * In the order in which they are tried where no model is named.
 * Sources of the defaults: gpt-5-mini is the contract's; claude-haiku-4-5 is the smallest Claude that the price table knows, so that budgets in USD hold.
 */
export const catalog: readonly CatalogEntry[] = Object.freeze([
  {
    name: 'openai',
    variables: openaiVariables,
    defaultModel: 'gpt-5-mini',
    probeRoute: null,
    load: async (env) => (await import('./openai.ts')).createOpenai(env),
  },
  {
    name: 'anthropic',
    variables: anthropicVariables,
    defaultModel: 'claude-haiku-4-5',
    probeRoute: null,
    load: async (env) => (await import('./anthropic.ts')).createAnthropic(env),
  },
  {
    name: 'compatible',
    variables: compatibleVariables,
    defaultModel: null,
    probeRoute: null,
    load: async (env) => (await import('./compatible.ts')).createCompatible(env),
  },
  {
    name: 'ollama',
    variables: ollamaVariables,
    defaultModel: null,
    probeRoute: '/api/tags',
    load: async (env) => (await import('./ollama.ts')).createOllama(env),
  },
  {
    name: 'lmstudio',
    variables: lmstudioVariables,
    defaultModel: null,
    probeRoute: '/models',
    load: async (env) => (await import('./lmstudio.ts')).createLmstudio(env),
  },
  {
    name: 'sim',
    variables: null,
    defaultModel: 'echo',
    probeRoute: null,
    load: async () => (await import('./sim/sim.ts')).createSim(),
  },
] as const satisfies readonly CatalogEntry[])
