/** Environment variables in; where a provider's server is and what opens it, out. */
import { ReplmError } from '../../errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A provider's variables and what holds without them. */
export interface EndpointVariables {
  readonly provider: string
  /** null where its servers take no key. */
  readonly keyVariable: string | null
  readonly keyRequired: boolean
  readonly baseVariable: string
  /** null where there is no server to assume. */
  readonly defaultBaseUrl: string | null
  /** Path of the API where the base URL has none. @default '' */
  readonly defaultPath?: string
  /** Makes a URL of the base variable's value where it has other forms. */
  readonly readBase?: (value: string) => string
}

export interface Endpoint extends EndpointVariables {
  /** `http://host:port`, without user, password and path. */
  readonly origin: string
  /** Begins with a slash and does not end with one; or empty. */
  readonly path: string
  /** Origin and path: safe to show. */
  readonly baseUrl: string
  readonly key: string | null
  /** Value of the Authorization header. */
  readonly authorization: string | null
  /** What must never be in a message. */
  readonly secrets: readonly string[]
}

/** Fails with AUTH where the key is missing or cannot be sent, and with CONFIG where the base URL is missing or is none. */
export function resolveEndpoint(variables: EndpointVariables, env: Environment): Endpoint {
  const { provider, keyVariable, baseVariable } = variables
  const key = keyVariable === null ? null : readKey(provider, keyVariable, variables.keyRequired, env)
  const { url, baseUrl } = resolveBaseUrl(variables, env)
  const password = decode(url.password)
  const login = url.username === '' ? null : Buffer.from(`${decode(url.username)}:${password}`).toString('base64')
  return {
    ...variables,
    baseVariable,
    origin: url.origin,
    path: pathOf(url, variables.defaultPath),
    baseUrl,
    key,
    authorization: key !== null ? `Bearer ${key}` : login !== null ? `Basic ${login}` : null,
    secrets: [key, login, url.password, password].filter((secret): secret is string => secret !== null && secret !== ''),
  }
}

/** The base URL alone, as it may be shown. Fails with CONFIG where there is none. */
export function resolveBaseUrl(variables: EndpointVariables, env: Environment): { readonly url: URL; readonly baseUrl: string } {
  const { provider, baseVariable, defaultBaseUrl, defaultPath, readBase = (value) => value } = variables
  const set = readVariable(env, baseVariable)
  const value = set === null ? defaultBaseUrl : readBase(set)
  if (value === null) {
    throw new ReplmError('CONFIG', `The provider ${provider} needs the address of its server: set ${baseVariable}, for example ${baseVariable}=http://127.0.0.1:8000/v1.`)
  }
  const url = URL.parse(value)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    // The value is not shown: it may carry a password.
    throw new ReplmError('CONFIG', `${baseVariable} is not an http or https URL: set it to one, for example ${defaultBaseUrl ?? 'http://127.0.0.1:8000/v1'}.`)
  }
  return { url, baseUrl: url.origin + pathOf(url, defaultPath) }
}

/** A variable's value without surrounding space; empty counts as not set. */
export function readVariable(env: Environment, name: string): string | null {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? null : value
}

function pathOf(url: URL, defaultPath = ''): string {
  const path = url.pathname.replace(/\/+$/, '')
  return path === '' ? defaultPath : path
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a percent sign that encodes nothing stands for itself
  }
}

function readKey(provider: string, variable: string, required: boolean, env: Environment): string | null {
  const key = readVariable(env, variable)
  if (key === null) {
    if (!required) return null
    throw new ReplmError('AUTH', `The provider ${provider} needs a key: set ${variable}, or name a model of another provider with -m.`)
  }
  // A header takes nothing else, and the error of the HTTP client would show the key.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ReplmError('AUTH', `The key in ${variable} has spaces or characters that no key has: set ${variable} again.`)
  }
  return key
}
