/** An endpoint in; questions to its JSON routes, and what is read of their replies or a ReplmError, out. For servers that are asked without an SDK. */
import type { ProviderAnswer, RateReport } from '../../types.ts'
import type { Endpoint } from './endpoint.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Http, HttpRequest } from './http.ts'
import { parseReply } from './parseReply.ts'
import type { ReadHeader } from './rates.ts'
import type { EventDecoder } from './sse.ts'
import { collectText, withRates, withRatesOf, type AnswerReader, type OpenStream } from './streamedAnswer.ts'
import { headerOf, type HttpHeaders, type HttpReply } from './wholeReply.ts'

export interface Question {
  /** Names what was asked, in errors. */
  readonly model: string
  readonly signal: AbortSignal
}

export interface Api {
  readonly failures: Failures
  /** POSTs JSON to a route below the base URL. `read` makes the answer of the parsed reply, or throws. */
  ask(route: string, body: object, question: Question & { readonly read: (reply: unknown) => ProviderAnswer }): Promise<ProviderAnswer>
  /** The same for a reply in events. */
  stream(route: string, body: object, question: Question & { readonly reader: AnswerReader; readonly decoder: EventDecoder }): Promise<OpenStream>
  get(route: string, options: { readonly signal: AbortSignal }): Promise<unknown>
  /** Loads the HTTP client. */
  prepare(): Promise<void>
  close(): Promise<void>
}

export interface ApiOptions {
  /** What its servers say of their limits in a reply's headers. */
  readonly readRates?: (header: ReadHeader) => RateReport | undefined
}

/** Opens its connections, and loads the HTTP client, with the first question. */
export function createApi(endpoint: Endpoint, { readRates = () => undefined }: ApiOptions = {}): Api {
  const failures = createFailures(endpoint)
  const { path, authorization } = endpoint
  // Replies are not asked for in compressed form: they are short, and unpacking them costs more than their transfer.
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', ...(authorization === null ? {} : { authorization }) }
  const postHeaders = { ...headers, 'content-type': 'application/json' }
  const streamHeaders = { ...postHeaders, accept: 'text/event-stream, application/x-ndjson, application/json' }
  let opening: Promise<Http> | undefined
  let http: Http | undefined

  function connect(): Promise<Http> {
    opening ??= import('./http.ts').then(({ openHttp }) => (http = openHttp(endpoint.origin)))
    return opening
  }

  function ratesOf(replyHeaders: HttpHeaders): RateReport | undefined {
    return readRates((name) => headerOf(replyHeaders, name))
  }

  function failureOf(status: number, replyHeaders: HttpHeaders, body: string, model: string): unknown {
    return failures.ofReply({ status, header: (name) => headerOf(replyHeaders, name), body }, model)
  }

  async function exchange<T>(request: HttpRequest, { model, signal, read }: Question & { readonly read: (reply: unknown) => T }): Promise<{ reply: HttpReply; value: T }> {
    let reply: HttpReply
    try {
      reply = await (http ?? (await connect())).request(request, { signal })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw failures.ofConnection(error)
    }
    try {
      if (reply.status < 200 || reply.status > 299) throw failureOf(reply.status, reply.headers, reply.text, model)
      return { reply, value: read(parseReply(reply.text, failures)) }
    } catch (error) {
      throw withRates(error, ratesOf(reply.headers))
    }
  }

  return {
    failures,
    async ask(route, body, question) {
      const { reply, value } = await exchange({ method: 'POST', path: path + route, headers: postHeaders, body: JSON.stringify(body) }, question)
      return withRatesOf(value, ratesOf(reply.headers))
    },
    async stream(route, body, { model, signal, reader, decoder }) {
      let chunks
      try {
        const request: HttpRequest = { method: 'POST', path: path + route, headers: streamHeaders, body: JSON.stringify(body) }
        chunks = await (http ?? (await connect())).stream(request, { signal })
      } catch (error) {
        if (signal.aborted) throw signal.reason
        throw failures.ofConnection(error)
      }
      const { status } = chunks
      const rates = ratesOf(chunks.headers)
      if (status < 200 || status > 299) throw withRates(failureOf(status, chunks.headers, await collectText(chunks, failures, signal), model), rates)
      return { chunks, decoder, reader, failures, rates, signal }
    },
    get: async (route, { signal }) => (await exchange({ method: 'GET', path: path + route, headers }, { model: '*', signal, read: (reply) => reply })).value,
    prepare: async () => void (await connect()),
    close: async () => (await opening)?.close(),
  }
}
