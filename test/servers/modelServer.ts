/** A dialect and a reaction per request in; a real HTTP server on loopback that answers, fails, hangs and cuts off as a model server can, out. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A request as it arrived. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown
  readonly model: string
  /** The last user message. */
  readonly prompt: string
}

/** What an answer says besides its text; each dialect writes it in its own words. */
export interface AnswerFacts {
  /** The dialect's own word for why the model stopped. */
  readonly finish?: string
  readonly refusal?: string
  /** The dialect's own usage object; null leaves it out. */
  readonly usage?: object | null
}

/** What the server does with one request. A string is an answer with that text. */
export type Reaction =
  | string
  | ({ readonly answer: string; readonly headers?: Record<string, string> } & AnswerFacts)
  /** Any status with any body: an object as JSON, a string or bytes as they are. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  /** Destroys the socket before a byte of the reply. */
  | 'RESET'
  /** Never answers; the client has to leave. */
  | 'SILENCE'
  /** Half of a valid reply, then the end of the connection. */
  | { readonly truncated: string }
  /** A reply in the dialect's own stream, an event for each piece, then what `end` says. */
  | ({ readonly pieces: readonly string[]; readonly headers?: Record<string, string>; readonly end?: StreamEnd } & AnswerFacts)
  /** A body in chunks as they are, each written when the one before it is on its way; then the end of the connection's reply. */
  | { readonly chunks: AsyncIterable<string | Buffer> | readonly (string | Buffer)[]; readonly headers?: Record<string, string> }

/** How a stream goes on after its pieces: as it should; without its end; cut off; with an error, or garbage, as its next event; not at all, with the connection open. */
export type StreamEnd = 'whole' | 'endless' | 'cut' | { readonly error: object } | { readonly garbage: string } | 'SILENCE'

/** How one provider's servers speak. */
export interface Dialect {
  readonly promptOf: (body: unknown) => { readonly model: string; readonly prompt: string }
  readonly answer: (model: string, text: string, facts: AnswerFacts) => object
  /** A stream of the pieces: the events before its end, those of the end, and one with an error. */
  readonly stream: (
    model: string,
    pieces: readonly string[],
    facts: AnswerFacts,
  ) => { readonly type: string; readonly events: readonly string[]; readonly end: readonly string[]; readonly carry: (error: object) => string }
  /** Replies to a GET of the list of models; undefined where `path` is not that list. */
  readonly models: (path: string, ids: readonly string[]) => object | undefined
}

export type React = (received: Received, index: number) => Reaction | Promise<Reaction>

export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly url: string
  /** Questions asked, in order of arrival; lists of models not counted. */
  readonly requests: readonly Received[]
  /** Requests that the client left before they were answered. */
  readonly left: readonly Received[]
  /** Most questions that were open at one time. */
  readonly maxOpen: number
  /** Connections open now. */
  readonly connections: number
  /** Connections ever accepted. */
  readonly accepted: number
  /** Resolves once `condition` holds; looked at whenever a request comes, ends or is left, or a connection closes. */
  until(condition: () => boolean): Promise<void>
  close(): Promise<void>
}

/** Opens the server on a free port of 127.0.0.1. `react` decides on each question; by default it answers with the prompt. */
export async function openModelServer(
  dialect: Dialect,
  react: React = (received) => received.prompt,
  models: readonly string[] = ['model-a', 'model-b'],
): Promise<ModelServer> {
  const requests: Received[] = []
  const left: Received[] = []
  const sockets = new Set<Socket>()
  const waiting = new Set<{ condition: () => boolean; resolve: () => void }>()
  let open = 0
  let maxOpen = 0
  let accepted = 0

  function changed(): void {
    for (const entry of waiting) {
      if (!entry.condition()) continue
      waiting.delete(entry)
      entry.resolve()
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = request.url ?? '/'
    const list = request.method === 'GET' ? dialect.models(path, models) : undefined
    if (list !== undefined) return sendJson(response, 200, list)
    const body = parse(Buffer.concat(chunks).toString())
    const received: Received = { method: request.method ?? '', path, headers: request.headers, body, ...dialect.promptOf(body) }
    const index = requests.push(received) - 1
    open += 1
    maxOpen = Math.max(maxOpen, open)
    response.once('close', () => {
      open -= 1
      if (!response.writableFinished) left.push(received)
      changed()
    })
    changed()
    perform(dialect, received, await react(received, index), response)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy()) // the client left while it was still sending
  })
  server.on('connection', (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      changed()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    left,
    get maxOpen() {
      return maxOpen
    },
    get connections() {
      return sockets.size
    },
    get accepted() {
      return accepted
    },
    until: (condition) => (condition() ? Promise.resolve() : new Promise((resolve) => waiting.add({ condition, resolve }))),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function perform(dialect: Dialect, received: Received, reaction: Reaction, response: ServerResponse): void {
  if (reaction === 'SILENCE') return
  if (reaction === 'RESET') {
    response.socket?.resetAndDestroy()
    return
  }
  if (typeof reaction === 'string') return sendJson(response, 200, dialect.answer(received.model, reaction, {}))
  if ('answer' in reaction) return sendJson(response, 200, dialect.answer(received.model, reaction.answer, reaction), reaction.headers)
  if ('truncated' in reaction) {
    const whole = Buffer.from(JSON.stringify(dialect.answer(received.model, reaction.truncated, {})))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length })
    response.write(whole.subarray(0, whole.length >> 1), () => response.destroy())
    return
  }
  if ('pieces' in reaction) return void performStream(dialect.stream(received.model, reaction.pieces, reaction), reaction.end ?? 'whole', reaction.headers, response)
  if ('chunks' in reaction) return void performChunks(reaction.chunks, { 'content-type': 'text/event-stream', ...reaction.headers }, response)
  const { status, body = '', headers = {} } = reaction
  if (typeof body === 'string' || Buffer.isBuffer(body)) response.writeHead(status, headers).end(body)
  else sendJson(response, status, body as object, headers)
}

async function performStream(stream: ReturnType<Dialect['stream']>, end: StreamEnd, headers: Record<string, string> = {}, response: ServerResponse): Promise<void> {
  const { type, events, end: last, carry } = stream
  response.writeHead(200, { 'content-type': type, ...headers })
  for (const event of events) await write(response, event)
  if (end === 'SILENCE') return
  if (end === 'cut') return void response.destroy()
  if (end === 'whole') for (const event of last) await write(response, event)
  if (typeof end === 'object') await write(response, 'error' in end ? carry(end.error) : end.garbage)
  response.end()
}

async function performChunks(chunks: AsyncIterable<string | Buffer> | readonly (string | Buffer)[], headers: Record<string, string>, response: ServerResponse): Promise<void> {
  response.writeHead(200, headers)
  for await (const chunk of chunks) {
    if (response.destroyed) return
    await write(response, chunk)
  }
  response.end()
}

/** Resolves when the bytes are with the system, so that the next ones are chunks of their own. */
function write(response: ServerResponse, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve) => response.write(bytes, () => setImmediate(resolve)))
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
