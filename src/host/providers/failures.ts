/** What went wrong between us and a provider's server in; a ReplmError with its code, its retryability and a way on, out. */
import { ReplmError, type ErrorDetails } from '../../errors.ts'
import type { Endpoint } from './endpoint.ts'
import { readErrorBody, type ErrorBody } from './errorBody.ts'
import { readRetryAfter } from './retryAfter.ts'

/** Code that the HTTP client gives the error for a reply over its bound. */
export const replyTooLarge = 'REPLY_TOO_LARGE'

/** Most of a server's own words in a message, in UTF-16 units. */
const maxSaid = 300

/** Money or quota is gone: waiting does not bring it back. */
const quotaCodes: ReadonlySet<string> = new Set([
  // OpenAI and those that speak like it
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'insufficient_balance',
  'exceeded_current_quota_error',
  // Anthropic
  'billing_error',
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
])
/** Anthropic says it with a 400 and no code. */
const quotaWords = /credit balance is too low|reached your specified [\w ]*usage limits/i

const refusalCodes: ReadonlySet<string> = new Set(['content_filter', 'content_policy_violation', 'moderation_blocked', 'invalid_prompt'])

/** Statuses of failures that are told inside of a reply, without one: by the names OpenAI and Anthropic give them. */
const statusOfCodes: Readonly<Record<string, number>> = Object.freeze({
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  overloaded_error: 529,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  not_found_error: 404,
  model_not_found: 404,
  invalid_request_error: 400,
  timeout_error: 504,
})

const modelCodes: ReadonlySet<string> = new Set(['model_not_found', 'model_not_available'])
/** Servers that answer 400 to a model they do not know. */
const modelWords = /\bmodel\b.{0,100}\b(not found|does not exist|not exist)|\b(invalid|unknown|no such|not a valid) model\b/i

/** A certificate or protocol that will be as wrong the next time. */
const tlsCodes = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|HOSTNAME_MISMATCH)/
const unreachableCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

export interface FailedReply {
  readonly status: number
  readonly header: (name: string) => string | undefined
  /** Text or parsed JSON. */
  readonly body: unknown
}

export interface Failures {
  /** For a reply whose status is not 2xx. */
  ofReply(reply: FailedReply, model: string): ReplmError
  /** For a reply that says of itself, with a status of success, that it failed: `body` is parsed JSON. */
  ofCarried(body: unknown, model: string): ReplmError
  /** For a connection that could not be made or broke. */
  ofConnection(thrown: unknown): ReplmError
  /** For a reply that is not what the API answers with: retried like a 500. */
  ofShape(why: string): ReplmError
  /** For a stream that ends before its answer does: retried like a 500. */
  ofCut(): ReplmError
  /** For a model that does not want to answer. */
  refused(model: string, why: string, usage?: ErrorDetails['usage']): ReplmError
}

export function createFailures(endpoint: Endpoint): Failures {
  const { provider, baseUrl, baseVariable, keyVariable } = endpoint
  const server = `${provider} (${baseUrl})`

  /** What the server says: cut, and without what opens it. */
  function quote(text: string): string {
    let said = text
    for (const secret of endpoint.secrets) if (secret.length > 2) said = said.replaceAll(secret, '[key]')
    return said.length > maxSaid ? `${said.slice(0, maxSaid)}…` : said
  }

  function ofReply(reply: FailedReply, model: string): ReplmError {
    const { status } = reply
    const body = readErrorBody(reply.body)
    const said = body.message === '' ? String(status) : `${status}: ${quote(body.message)}`
    const details = (retryable: boolean): ErrorDetails => ({ status, retryable, ...(retryable ? waitOf(reply) : {}) })

    if (isQuota(status, body)) {
      return new ReplmError(
        'RATE_LIMITED',
        `The quota or credit of the account at ${provider} is used up (${said}). Add to it or raise its limit there, then run again.`,
        details(false),
      )
    }
    if (body.codes.some((code) => refusalCodes.has(code))) return new ReplmError('REFUSED', `${provider}/${model} refused the question (${said}).`, details(false))
    if (isUnknownModel(status, body)) {
      return new ReplmError(
        'CONFIG',
        `The model ${model} is not known to ${server}, or ${baseVariable} is not its API (${said}). \`replm models\` lists the models it has.`,
        details(false),
      )
    }
    switch (status) {
      case 401:
      case 403:
        return new ReplmError(
          'AUTH',
          `${server} does not accept ${nameKey(endpoint)} (${said}). ${keyVariable === null ? `Check ${baseVariable}` : `Check ${keyVariable}`}.`,
          details(false),
        )
      case 429:
        return new ReplmError('RATE_LIMITED', `${provider} limits the rate of questions (${said}).`, details(true))
      case 408:
      case 409:
      case 425:
        return new ReplmError('PROVIDER', `${provider} asks to try again (${said}).`, details(true))
    }
    if (status >= 500) return new ReplmError('PROVIDER', `${server} failed (${said}).`, details(reply.header('x-should-retry') !== 'false'))
    if (status < 400)
      return new ReplmError(
        'PROVIDER',
        `${server} answered with status ${said}${redirectOf(reply)}. Set ${baseVariable} to the address of the API itself.`,
        details(false),
      )
    return new ReplmError('PROVIDER', `${provider} did not accept the question to ${model} (${said}).`, details(false))
  }

  function ofCarried(carried: unknown, model: string): ReplmError {
    const body = readErrorBody(carried)
    const status = body.status ?? body.codes.map((code) => statusOfCodes[code]).find((known) => known !== undefined)
    if (status !== undefined || isQuota(200, body)) return ofReply({ status: status ?? 429, header: () => undefined, body: carried }, model)
    return new ReplmError('PROVIDER', `${server} failed while it answered (${body.message === '' ? 'it does not say why' : quote(body.message)}).`, { retryable: true })
  }

  function redirectOf(reply: FailedReply): string {
    const location = reply.header('location')
    return location === undefined ? '' : `, a redirect to ${quote(location)}`
  }

  function ofConnection(thrown: unknown): ReplmError {
    const code = codeOf(thrown)
    if (code === replyTooLarge) {
      return new ReplmError('PROVIDER', `${server} answered with ${messageOf(thrown)}; the reply was not read on. Ask for a shorter one with \`maxTokens\`.`, {
        cause: thrown,
      })
    }
    if (tlsCodes.test(code)) {
      return new ReplmError(
        'PROVIDER',
        `No secure connection to ${server} could be made (${code}). Check ${baseVariable}, or name its certificate authority in NODE_EXTRA_CA_CERTS.`,
        { cause: thrown },
      )
    }
    if (code === 'HTTP_PARSER' || code === 'CONTENT_ENCODING' || code.startsWith('Z_')) {
      return new ReplmError('PROVIDER', `The reply of ${server} cannot be read (${reasonOf(thrown)}). Check that ${baseVariable} is the address of its API.`, { cause: thrown, retryable: true })
    }
    if (unreachableCodes.has(code)) {
      return new ReplmError('PROVIDER', `${server} cannot be reached (${code}). Check that it runs and that ${baseVariable} is its address.`, {
        cause: thrown,
        retryable: true,
      })
    }
    return new ReplmError('PROVIDER', `The connection to ${server} broke before its reply was whole${code === '' ? '' : ` (${code})`}.`, {
      cause: thrown,
      retryable: true,
    })
  }

  return {
    ofReply,
    ofCarried,
    ofConnection,
    ofCut: () => new ReplmError('PROVIDER', `The reply of ${server} ended before its answer was whole.`, { retryable: true }),
    ofShape: (why) => new ReplmError('PROVIDER', `${server} answered with what is no reply of its API: ${quote(why)}.`, { retryable: true }),
    refused: (model, why, usage) =>
      new ReplmError('REFUSED', `${provider}/${model} refused to answer${why === '' ? '' : `: ${quote(why)}`}`, usage === undefined ? {} : { usage }),
  }
}

function nameKey({ key, keyVariable, authorization }: Endpoint): string {
  if (keyVariable !== null && key !== null) return `the key in ${keyVariable}`
  return authorization === null ? 'questions without a key' : 'the user and password in its address'
}

function waitOf(reply: FailedReply): { readonly retryAfterMs?: number } {
  const retryAfterMs = readRetryAfter(reply.header)
  return retryAfterMs === undefined ? {} : { retryAfterMs }
}

function isQuota(status: number, body: ErrorBody): boolean {
  return status === 402 || body.codes.some((code) => quotaCodes.has(code)) || (status < 500 && quotaWords.test(body.message))
}

function isUnknownModel(status: number, body: ErrorBody): boolean {
  if (status === 404 || body.codes.some((code) => modelCodes.has(code))) return true
  return status === 400 && modelWords.test(body.message)
}

/** The code of what was thrown, or of the nearest cause that has one: SDKs wrap what the HTTP client threw. */
function codeOf(thrown: unknown): string {
  return codedOf(thrown)?.code ?? ''
}

function codedOf(thrown: unknown): (Error & { readonly code: string }) | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth += 1) {
    if ('code' in error && typeof error.code === 'string') return error as Error & { readonly code: string } // looked at in this line
  }
  return undefined
}

function reasonOf(thrown: unknown): string {
  return codedOf(thrown)?.message ?? 'it is no reply'
}

function messageOf(thrown: unknown): string {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth += 1) {
    if ('code' in error && error.code === replyTooLarge) return error.message
  }
  return 'too much'
}
