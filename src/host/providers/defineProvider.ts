/** A program's own way to answer questions in; a provider out. */
import { inspect } from 'node:util'
import type { ModelInfo, Provider, ProviderAnswer, ProviderQuery, ProviderQueryOptions } from '../../types.ts'

export interface ProviderDefinition {
  /** The part of a model's name before the slash: letters, digits, `.`, `_` and `-`. */
  readonly name: string
  /** Makes one attempt. May throw a ReplmError with `retryable` set to be asked again; whatever else it throws is a PROVIDER error and final. */
  readonly query: (query: ProviderQuery, options: ProviderQueryOptions) => Promise<ProviderAnswer> | ProviderAnswer
  /** The same in pieces: an async generator that yields text as it comes and returns the whole answer. @default the answer in one piece */
  readonly stream?: (query: ProviderQuery, options: ProviderQueryOptions) => AsyncGenerator<string, ProviderAnswer, undefined>
  readonly models?: (options: { readonly signal: AbortSignal }) => Promise<readonly ModelInfo[]>
  /** 'free' counts as 0 USD; 'table' is looked up by the provider's and the model's name; 'self' is what `usage.usd` of the answer says. @default 'self' */
  readonly pricing?: 'free' | 'table' | 'self'
  readonly prepare?: () => Promise<void>
  /** Ends what it holds. */
  readonly close?: () => Promise<void>
}

/**
 * It is asked on the loop of the program that defines it, whichever way other questions go, and sees that program's AsyncLocalStorage.
 * Throws TypeError for a definition that is none.
 */
export function defineProvider(definition: ProviderDefinition): Provider {
  const { name, pricing } = checkProvider(definition)
  checkMembers(definition)
  return Object.freeze({
    name,
    // Async, so that what throws before its first await rejects as well; called on the definition, which may be an instance of a class.
    query: async (asked, options) => definition.query(asked, options),
    ...(pricing === undefined ? {} : { pricing }),
    ...(definition.stream === undefined ? {} : { stream: (asked, options) => definition.stream!(asked, options) }),
    ...(definition.models === undefined ? {} : { models: async (options) => definition.models!(options) }),
    ...(definition.prepare === undefined ? {} : { prepare: async () => definition.prepare!() }),
    ...(definition.close === undefined ? {} : { close: async () => definition.close!() }),
  } satisfies Provider)
}

/** Throws TypeError for what cannot answer. It may have members of its own besides, as one that records what it was asked. */
export function checkProvider(definition: ProviderDefinition): ProviderDefinition {
  if (typeof definition !== 'object' || definition === null)
    throw new TypeError(`Expected a provider to be an object with \`name\` and \`query\`, got ${show(definition)}`)
  const { name, query, pricing } = definition
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) {
    throw new TypeError(`Expected \`name\` of a provider to be 1 to 64 letters, digits, dots, dashes or underscores, got ${show(name)}`)
  }
  if (typeof query !== 'function') throw new TypeError(`Expected \`query\` of the provider ${name} to be a function, got ${show(query)}`)
  for (const member of ['stream', 'models', 'prepare', 'close'] as const) {
    const value = definition[member]
    if (value !== undefined && typeof value !== 'function') throw new TypeError(`Expected \`${member}\` of the provider ${name} to be a function, got ${show(value)}`)
  }
  if (pricing !== undefined && !['free', 'table', 'self'].includes(pricing)) {
    throw new TypeError(`Expected \`pricing\` of the provider ${name} to be 'free', 'table' or 'self', got ${show(pricing)}`)
  }
  return definition
}

const members: readonly string[] = ['name', 'query', 'stream', 'models', 'pricing', 'prepare', 'close']

/** A misspelt member must not be ignored: it can cost money. An instance of a class may have others of its own. */
function checkMembers(definition: object): void {
  const prototype: unknown = Object.getPrototypeOf(definition)
  if (prototype !== null && prototype !== Object.prototype) return
  const unknown = Object.keys(definition).find((member) => !members.includes(member))
  if (unknown === undefined) return
  throw new TypeError(`Expected the members of a provider to be among ${members.map((member) => `\`${member}\``).join(', ')}, got \`${unknown}\``)
}

function show(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 3 })
}
