/** An origin in; connections to it that are kept alive, each request answered with its reply, whole or in chunks, out. The only importer of undici. */
import { buildConnector, Client } from 'undici'
import { ChunkedReply, type HttpChunks } from './chunkedReply.ts'
import { WholeReply, type HttpReply } from './wholeReply.ts'

/** Most connections to one origin; requests beyond it wait. Opening thousands at once costs more than the questions do. */
const maxConnections = 1_024

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** With its query, beginning with a slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Http {
  /** One exchange. An abort destroys its connection and rejects with the signal's reason; what breaks rejects with the error of the socket. */
  request(request: HttpRequest, options: { readonly signal: AbortSignal }): Promise<HttpReply>
  /** The same with the body in chunks as they come; resolves with the head of the reply. The chunks have to be read or let go. */
  stream(request: HttpRequest, options: { readonly signal: AbortSignal }): Promise<HttpChunks>
  /** Destroys all connections; what is under way is rejected. */
  close(): Promise<void>
}

/** What listens to one request on its connection. */
type Reply = WholeReply | ChunkedReply

/** As many connections as there were requests at one time, up to 1,024; an idle one closes after 4 s. The caller's signal is the deadline, but for 10 s that a connection has to open. */
export function openHttp(origin: string): Http {
  // HTTP/1.1 only: it measured a third less work per question than HTTP/2, and an abort ends the connection, so the server notices.
  const options = {
    headersTimeout: 0,
    bodyTimeout: 0,
    // One connector for all, so that they share their TLS sessions.
    connect: buildConnector({ allowH2: false, timeout: 10_000 }),
    // No request is sent before the one ahead is answered; but with 1, undici would take a turn of the loop more for each.
    pipelining: 2,
  }
  const all: Client[] = []
  // Not undici's Pool: that looks for a free connection among all of them with every request. The one used last is the warmest.
  const free: Client[] = []
  const waiting: { readonly request: HttpRequest; readonly reply: Reply }[] = []
  let closed = false

  function send(request: HttpRequest, reply: Reply): void {
    // Left before it was sent.
    if (reply.isSettled) return
    const client = free.pop() ?? (all.length < maxConnections && !closed ? open() : undefined)
    if (client !== undefined) dispatch(client, request, reply)
    else if (closed) reply.onResponseError(null, new Error('closed'))
    else waiting.push({ request, reply })
  }

  function sendNext(): void {
    while (free.length > 0) {
      const next = waiting.shift()
      if (next === undefined) return
      send(next.request, next.reply)
    }
  }

  function open(): Client {
    const client = new Client(origin, options)
    all.push(client)
    return client
  }

  function dispatch(client: Client, { path, method, headers, body }: HttpRequest, reply: Reply): void {
    reply.onFree = () => {
      // It may be used at once: undici itself lets a turn of the loop pass before it writes to a connection again, and opens it anew where it has closed.
      free.push(client)
      // Not within this call, as the reply before has not quite ended in it.
      if (waiting.length > 0) queueMicrotask(sendNext)
    }
    client.dispatch({ path, method, headers, body: body ?? null }, reply)
  }

  return {
    request: (request, { signal }) => new Promise((resolve, reject) => send(request, new WholeReply(signal, resolve, reject))),
    stream: (request, { signal }) => new Promise((resolve, reject) => send(request, new ChunkedReply(signal, resolve, reject))),
    async close() {
      closed = true
      for (const { reply } of waiting.splice(0)) reply.onResponseError(null, new Error('closed'))
      await Promise.all(all.splice(0).map((client) => client.destroy()))
    },
  }
}
