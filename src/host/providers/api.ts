/** An endpoint in; questions to its JSON routes, and their parsed replies or a ReplmError, out. For servers that are asked without an SDK. */
import type { Endpoint } from './endpoint.ts'
import { readErrorBody } from './errorBody.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Http, HttpReply } from './http.ts'

export interface Api {
  readonly failures: Failures
  /** POSTs JSON to a route below the base URL. `model` names what was asked, in errors. */
  post(route: string, body: object, options: { readonly model: string; readonly signal: AbortSignal }): Promise<unknown>
  get(route: string, options: { readonly signal: AbortSignal }): Promise<unknown>
  /** Loads the HTTP client. */
  prepare(): Promise<void>
  close(): Promise<void>
}

/** Opens its connections, and loads the HTTP client, with the first question. */
export function createApi(endpoint: Endpoint): Api {
  const failures = createFailures(endpoint)
  const { path, authorization } = endpoint
  // Replies are not asked for in compressed form: they are short, and unpacking them costs more than their transfer.
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', ...(authorization === null ? {} : { authorization }) }
  const postHeaders = { ...headers, 'content-type': 'application/json' }
  let opening: Promise<Http> | undefined

  function connect(): Promise<Http> {
    opening ??= import('./http.ts').then(({ openHttp }) => openHttp(endpoint.origin))
    return opening
  }

  async function exchange(request: Parameters<Http['request']>[0], model: string, signal: AbortSignal): Promise<unknown> {
    const http = await connect()
    let reply: HttpReply
    try {
      reply = await http.request(request, { signal })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw failures.ofConnection(error)
    }
    const { status, text } = reply
    if (status < 200 || status > 299) throw failures.ofReply({ status, header: (name) => headerOf(reply, name), body: text }, model)
    try {
      return JSON.parse(text)
    } catch {
      throw failures.ofShape(readErrorBody(text).message || 'an empty body')
    }
  }

  return {
    failures,
    post: (route, body, { model, signal }) => exchange({ method: 'POST', path: path + route, headers: postHeaders, body: JSON.stringify(body) }, model, signal),
    get: (route, { signal }) => exchange({ method: 'GET', path: path + route, headers }, '*', signal),
    prepare: async () => void (await connect()),
    close: async () => (await opening)?.close(),
  }
}

function headerOf(reply: HttpReply, name: string): string | undefined {
  const value = reply.headers[name]
  return Array.isArray(value) ? value[0] : value
}
