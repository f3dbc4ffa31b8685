/** An origin in; connections to it that are kept alive, each request answered with its reply, whole or in chunks, out. */
import { ChunkedReply, maxStreamBytes, type HttpChunks } from './chunkedReply.ts'
import { type Connection, type HttpRequest, maxConnections, type Reply } from './connection.ts'
import { PlainConnection } from './plainConnection.ts'
import { isPacked } from './unpack.ts'
import { headerOf, WholeReply, type HttpReply } from './wholeReply.ts'

/** How often idle connections are looked at, in milliseconds. */
const sweepMs = 1_000

export interface Http {
  /** One exchange. An abort destroys its connection and rejects with the signal's reason; what breaks rejects with the error of the socket. */
  request(request: HttpRequest, options: { readonly signal: AbortSignal }): Promise<HttpReply>
  /** The same with the body in chunks as they come; resolves with the head of the reply. The chunks have to be read or let go; they are unpacked, as a whole body is. */
  stream(request: HttpRequest, options: { readonly signal: AbortSignal }): Promise<HttpChunks>
  /** Destroys all connections; what is under way is rejected. */
  close(): Promise<void>
}

/**
 * As many connections as there were requests at one time, up to 1,024; idle ones close after 4 s, or when their server says. The caller's signal is the
 * deadline, but for 10 s that a connection has to open. Plain connections are our own, and send again at once what an idle one that its server closed could
 * not carry; secure ones are undici's, which is loaded for them alone.
 */
export async function openHttp(origin: string): Promise<Http> {
  const connect: () => Connection = origin.startsWith('https:')
    ? (await import('./secureConnection.ts')).createSecureConnections(origin)
    : () => new PlainConnection(origin)
  const all: Connection[] = []
  // The one used last is the warmest.
  const free: Connection[] = []
  /** Those whose reply has ended in this turn of the loop. */
  const freed: Connection[] = []
  const waiting: { readonly request: HttpRequest; readonly reply: Reply }[] = []
  let isFlushing = false
  let closed = false
  let sweeping: NodeJS.Timeout | undefined

  function send(request: HttpRequest, reply: Reply): void {
    // Left before it was sent.
    if (reply.isSettled) return
    if (closed) return reply.onResponseError(null, new Error('closed'))
    // Where enough are about to be free, it waits for them, however many others are idle: what waits is sent together. Sent one by one between the replies,
    // each request wakes its server anew, and both sides take half as long again.
    const connection = freed.length > waiting.length ? undefined : (free.pop() ?? (all.length < maxConnections ? open() : undefined))
    if (connection === undefined) waiting.push({ request, reply })
    else dispatch(connection, request, reply)
  }

  function open(): Connection {
    const connection = connect()
    all.push(connection)
    sweeping ??= setInterval(() => {
      const now = performance.now()
      for (const each of all) each.sweep?.(now)
    }, sweepMs).unref()
    return connection
  }

  function dispatch(connection: Connection, request: HttpRequest, reply: Reply): void {
    reply.onFree = () => {
      freed.push(connection)
      // Used again only after the loop has looked at all sockets once more (undici, too, lets two turns pass): a server that closes after its reply, without a
      // word, has closed by then.
      if (isFlushing) return
      isFlushing = true
      setImmediate(() => setImmediate(flush))
    }
    connection.dispatch(request, reply)
  }

  function flush(): void {
    isFlushing = false
    for (const connection of freed.splice(0)) free.push(connection)
    while (waiting.length > 0 && (free.length > 0 || all.length < maxConnections)) {
      const { request, reply } = waiting.shift()! // there is one
      send(request, reply)
    }
  }

  return {
    request: (request, { signal }) => new Promise((resolve, reject) => send(request, new WholeReply(signal, resolve, reject))),
    async stream(request, { signal }) {
      const chunks = await new Promise<HttpChunks>((resolve, reject) => send(request, new ChunkedReply(signal, resolve, reject)))
      const coding = headerOf(chunks.headers, 'content-encoding')
      if (!isPacked(coding)) return chunks
      try {
        const { unpackChunks } = await import('./unpackedChunks.ts')
        return unpackChunks(chunks, coding, maxStreamBytes)
      } catch (error) {
        chunks.cut()
        throw error
      }
    },
    async close() {
      closed = true
      clearInterval(sweeping)
      for (const { reply } of waiting.splice(0)) reply.onResponseError(null, new Error('closed'))
      await Promise.all(all.splice(0).map((connection) => connection.destroy()))
    },
  }
}
