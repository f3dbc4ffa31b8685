/** A client of an official SDK in; the same, asking over our HTTP client by the shortest way that the SDK leaves open, out. */
import type { HttpChunks } from './chunkedReply.ts'
import type { Http } from './http.ts'
import { headerOf, type HttpHeaders, type HttpReply } from './wholeReply.ts'

/** For an SDK's own timeout, in milliseconds: the longest timer there is, as the deadline is the caller's signal. Left out it would be 10 minutes. */
export const noDeadline = 2 ** 31 - 1

/** Most of the body of a failed stream that is read, in bytes. */
const maxErrorBytes = 1024 * 1024

/** A request as an SDK builds it, with what we add for ourselves. */
interface SdkInit extends RequestInit {
  readonly headers: Headers
  /** The same headers, as the HTTP client takes them. */
  readonly plainHeaders?: Readonly<Record<string, string>>
  readonly wantsChunks?: boolean
}

interface SdkOptions {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly query?: object | null | undefined
  readonly headers?: unknown
  readonly signal?: AbortSignal | null | undefined
  readonly stream?: boolean | undefined
}

/** What both SDKs let a program replace (their `client.d.ts`: public, as the parts of one request). */
export interface SdkClient {
  buildRequest(options: SdkOptions, retry?: { retryCount?: number }): Promise<{ req: SdkInit; url: string; timeout: number }>
  fetchWithTimeout(url: string | URL | Request, init: RequestInit | undefined, ms: number, controller: AbortController): Promise<Response>
}

/**
 * Replaces two steps of each request: the SDK builds the headers of a route once and not with every question, as nothing in them changes, and one signal
 * and no timer goes with it, as the caller's signal is the deadline. That is more than half of the work of a question.
 */
export function shortenWay<Client extends SdkClient>(client: Client, http: Http, origin: string): Client {
  const buildWhole = client.buildRequest.bind(client)
  const routes = new Map<string, { readonly url: string; readonly headers: Headers; readonly plainHeaders: Readonly<Record<string, string>> }>()

  const buildRequest: SdkClient['buildRequest'] = async (options, retry) => {
    const { method, path, body, headers, signal, stream } = options
    // Lists of models.
    if (method !== 'post') return buildWhole(options, retry)
    const key = headers === undefined ? path : `${path} ${JSON.stringify(headers)}`
    let route = routes.get(key)
    if (route === undefined) {
      const { req, url } = await buildWhole(options, retry)
      route = { url, headers: req.headers, plainHeaders: plain(req.headers) }
      routes.set(key, route)
    }
    const req: SdkInit = {
      method,
      headers: route.headers,
      plainHeaders: route.plainHeaders,
      wantsChunks: stream === true,
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    }
    return { req, url: route.url, timeout: noDeadline }
  }

  const fetchWithTimeout: SdkClient['fetchWithTimeout'] = async (url, init) => {
    // The `req` of buildRequest above, or of the SDK's own.
    const { method, headers, plainHeaders, wantsChunks, body, signal } = init as SdkInit
    const request = {
      method: method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      path: String(url).slice(origin.length),
      headers: plainHeaders ?? plain(headers),
      ...(typeof body === 'string' ? { body } : {}),
    } as const
    const options = { signal: signal ?? new AbortController().signal }
    const reply = wantsChunks === true ? await http.stream(request, options) : await http.request(request, options)
    // The SDKs use the members of SdkResponse only (openai 7.55 and @anthropic-ai/sdk 1.11, client.js and core/api-promise.js).
    return new SdkResponse(reply) as unknown as Response
  }

  return Object.assign(client, { buildRequest, fetchWithTimeout })
}

/** What is read of a Response. A real one would put a stream around a text that is already here, and check headers that a parser has checked. */
class SdkResponse {
  readonly status: number
  readonly ok: boolean
  /** Only for an SDK's log, which is off. */
  readonly url = ''
  readonly headers: SdkHeaders
  readonly reply: HttpReply | HttpChunks

  constructor(reply: HttpReply | HttpChunks) {
    this.status = reply.status
    this.ok = reply.status >= 200 && reply.status < 300
    this.headers = new SdkHeaders(reply.headers)
    this.reply = reply
  }

  /** null where there is nothing more to read: the SDKs let go of it before they throw. */
  get body(): HttpChunks | null {
    return 'text' in this.reply ? null : this.reply
  }

  async text(): Promise<string> {
    if ('text' in this.reply) return this.reply.text
    // Only of a reply that failed: what an error says stands at its beginning.
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of this.reply) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > maxErrorBytes) break
    }
    return Buffer.concat(chunks).toString()
  }
}

class SdkHeaders {
  readonly #headers: HttpHeaders

  constructor(headers: HttpHeaders) {
    this.#headers = headers
  }

  get(name: string): string | null {
    return headerOf(this.#headers, name.toLowerCase()) ?? null
  }

  /** Only for an SDK's log, which is off. */
  entries(): IterableIterator<[string, string]> {
    return [][Symbol.iterator]()
  }
}

/** Replies are not asked for in compressed form: they are short, and unpacking them costs more than their transfer. */
function plain(headers: Headers): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(headers), 'accept-encoding': 'identity' }
}
