/** An origin in; a pool of kept-alive connections to it, each request answered with its whole reply, out. The only importer of undici. */
import { Pool, type Dispatcher } from 'undici'
import { replyTooLarge } from './failures.ts'

/** Largest reply that is read, in bytes; what is longer ends its connection. */
const maxReplyBytes = 64 * 1024 * 1024

/** Most connections to one origin; requests beyond it wait. Opening thousands at once costs more than the questions do. */
const maxConnections = 1_024

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** With its query, beginning with a slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body as UTF-8, without a byte order mark. */
  readonly text: string
}

export interface Http {
  /** One exchange. An abort destroys its connection and rejects with the signal's reason; what breaks rejects with the error of the socket. */
  request(request: HttpRequest, options: { readonly signal: AbortSignal }): Promise<HttpReply>
  /** Destroys all connections; what is under way is rejected. */
  close(): Promise<void>
}

/** No deadline of its own but 10 s for a connection to open: the caller's signal is the deadline. */
export function openHttp(origin: string): Http {
  // HTTP/1.1 only: it measured a third less work per question than HTTP/2, and an abort ends the connection, so the server notices.
  const pool = new Pool(origin, { connections: maxConnections, headersTimeout: 0, bodyTimeout: 0, allowH2: false })
  return {
    request: (request, { signal }) => new Promise((resolve, reject) => new Exchange(resolve, reject, signal).send(pool, request)),
    close: () => pool.destroy(),
  }
}

/** One request on its way: settles its promise exactly once, and lets go of the signal then. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: HttpReply) => void
  readonly #reject: (reason: unknown) => void
  readonly #signal: AbortSignal
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #status = 0
  #headers: HttpReply['headers'] = {}
  #controller: Dispatcher.DispatchController | undefined
  #settled = false

  constructor(resolve: (reply: HttpReply) => void, reject: (reason: unknown) => void, signal: AbortSignal) {
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
  }

  send(pool: Pool, request: HttpRequest): void {
    if (this.#signal.aborted) return this.#fail(this.#signal.reason)
    this.#signal.addEventListener('abort', this.#abort, { once: true })
    pool.dispatch({ path: request.path, method: request.method, headers: request.headers, body: request.body ?? null }, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // The caller left while this waited for a connection: nothing is written.
    if (this.#settled) controller.abort(new Error('aborted'))
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: HttpReply['headers']): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#chunks.push(chunk)
    if (this.#bytes <= maxReplyBytes) return
    const error = Object.assign(new Error(`more than ${maxReplyBytes / 1024 / 1024} MiB`), { code: replyTooLarge })
    this.#chunks.length = 0
    this.#fail(error)
    controller.abort(error)
  }

  onResponseEnd(): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const text = bytes.toString()
    this.#end()
    const reply: HttpReply = { status: this.#status, headers: this.#headers, text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text }
    // undici frees the connection in an immediate that it sets after this returns. Whoever asks on with this answer shall find it free, and not open another.
    queueMicrotask(() => setImmediate(this.#resolve, reply))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error)
  }

  readonly #abort = (): void => {
    this.#fail(this.#signal.reason)
    this.#controller?.abort(new Error('aborted'))
  }

  #fail(reason: unknown): void {
    if (this.#settled) return
    this.#end()
    this.#reject(reason)
  }

  #end(): void {
    this.#settled = true
    this.#signal.removeEventListener('abort', this.#abort)
  }
}
