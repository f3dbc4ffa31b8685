/** An endpoint in; questions to its JSON routes, and what is read of their replies or a ReplmError, out. For servers that are asked without an SDK. */
import { ReplmError } from '../../errors.ts'
import type { ProviderAnswer, RateReport } from '../../types.ts'
import type { Endpoint } from './endpoint.ts'
import { createFailures, type Failures } from './failures.ts'
import type { Http } from './http.ts'
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
  /** POSTs JSON to a route below the base URL. `read` makes the answer of the parsed reply, or throws. */
  ask(route: string, body: object, question: Question & { readonly read: (reply: unknown, failures: Failures) => ProviderAnswer }): Promise<ProviderAnswer>
  /** The same for a reply in events. */
  stream(route: string, body: object, question: Question & { readonly createReader: (failures: Failures) => AnswerReader; readonly decoder: EventDecoder }): Promise<OpenStream>
  get<Value>(route: string, options: { readonly signal: AbortSignal; readonly read: (reply: unknown, failures: Failures) => Value }): Promise<Value>
  /** Loads the HTTP client. */
  prepare(): Promise<void>
  close(): Promise<void>
}

export interface ApiOptions {
  /** What its servers say of their limits in a reply's headers. */
  readonly readRates?: (header: ReadHeader) => RateReport | undefined
}

/** What all questions share. */
interface Opened {
  readonly http: Http
  readonly failures: Failures
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly postHeaders: Readonly<Record<string, string>>
  readonly streamHeaders: Readonly<Record<string, string>>
}

/** Resolves the endpoint, loads the HTTP client and opens connections with the first question, so that a missing address or key is that question's error. */
export function createApi(resolve: () => Endpoint, { readRates = () => undefined }: ApiOptions = {}): Api {
  let opening: Promise<Opened> | undefined
  let opened: Opened | undefined

  async function open(): Promise<Opened> {
    const endpoint = resolve()
    const { path, authorization, origin } = endpoint
    const { openHttp } = await import('./http.ts')
    // Replies are not asked for in compressed form: they are short, and unpacking them costs more than their transfer.
    const headers = { 'accept-encoding': 'identity', ...(authorization === null ? {} : { authorization }) }
    const postHeaders = { ...headers, 'content-type': 'application/json' }
    const streamHeaders = { ...postHeaders, accept: 'text/event-stream, application/x-ndjson, application/json' }
    return (opened = { http: await openHttp(origin), failures: createFailures(endpoint), path, headers, postHeaders, streamHeaders })
  }

  /** One promise less for every question after the first. */
  function connect(): Opened | Promise<Opened> {
    return opened ?? (opening ??= open())
  }

  function ratesOf(headers: HttpHeaders): RateReport | undefined {
    return readRates((name) => headerOf(headers, name))
  }

  function valueOf<Value>({ status, headers, text }: HttpReply, model: string, failures: Failures, read: (reply: unknown, failures: Failures) => Value): Value {
    if (status < 200 || status > 299) throw failures.ofReply({ status, header: (name) => headerOf(headers, name), body: text }, model)
    return read(parseReply(text, failures), failures)
  }

  return {
    async ask(route, body, { model, signal, read }) {
      const { http, failures, path, postHeaders } = opened ?? (await connect())
      let reply: HttpReply
      try {
        reply = await http.request({ method: 'POST', path: path + route, headers: postHeaders, body: JSON.stringify(body) }, { signal })
      } catch (error) {
        throw signal.aborted ? signal.reason : failures.ofConnection(error)
      }
      const rates = ratesOf(reply.headers)
      try {
        return withRatesOf(valueOf(reply, model, failures, read), rates)
      } catch (error) {
        throw withRates(error, rates)
      }
    },
    async stream(route, body, { model, signal, createReader, decoder }) {
      const { http, failures, path, streamHeaders } = await connect()
      let chunks
      try {
        chunks = await http.stream({ method: 'POST', path: path + route, headers: streamHeaders, body: JSON.stringify(body) }, { signal })
      } catch (error) {
        throw signal.aborted ? signal.reason : failures.ofConnection(error)
      }
      const { status, headers } = chunks
      const rates = ratesOf(headers)
      if (status >= 200 && status <= 299) return { chunks, decoder, reader: createReader(failures), failures, rates, signal }
      const text = await collectText(chunks, failures, signal)
      throw withRates(failures.ofReply({ status, header: (name) => headerOf(headers, name), body: text }, model), rates)
    },
    async get(route, { signal, read }) {
      const { http, failures, path, headers } = await connect()
      try {
        return valueOf(await http.request({ method: 'GET', path: path + route, headers }, { signal }), '*', failures, read)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        throw error instanceof ReplmError ? error : failures.ofConnection(error)
      }
    },
    prepare: async () => void (await connect()),
    close: async () => (await opening?.catch(() => undefined))?.http.close(),
  }
}
