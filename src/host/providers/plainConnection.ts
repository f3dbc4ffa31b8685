/** Requests to one http origin in, one at a time; what is told of their replies, as undici tells it, out. A third of undici's work for a question. */
import { connect, type Socket } from 'node:net'
import type { Connection, HttpRequest, Reply } from './connection.ts'
import { ReplyParser } from './replyParser.ts'
import type { Control, HttpHeaders } from './wholeReply.ts'

/** How long a connection may take to open, in milliseconds. */
const connectMs = 10_000

/** How long one is kept when it is idle and its server does not say, in milliseconds: less than the 5 s of many servers. */
const idleMs = 4_000

/** All connections are read into it, as each read is taken in before the next. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** What a request is before its length and body. */
const heads = new WeakMap<HttpRequest['headers'], Map<string, string>>()

/** Within what time after a request a close can still be one that crossed it on its way, in milliseconds. */
const crossingMs = 1_000

/**
 * Opens its socket with a request, and again with the next where it has been closed. `dispatch` only after the reply before has ended.
 *
 * A server may close what is idle at any time, also while a request is on its way to it. So a request on a socket that has carried a reply before, and that
 * the server closes within a second and before a byte of the reply, goes at once over a new socket, as RFC 9112, section 9.3.1, and browsers have it. Once:
 * on the new socket there was no reply before. A close is FIN, which is read first also where a reset follows it because our bytes met a closed socket; a
 * reset alone (ECONNRESET) is no server that tidies up, but one that broke and may have begun the work: that, and what closes later, is the caller's to
 * judge. One that closes so fast at its work may do that work twice, as it would with the attempt that comes after a failure.
 */
export class PlainConnection implements Connection, Control {
  readonly #url: URL
  readonly #parser: ReplyParser
  #socket: Socket | undefined = undefined
  #reply: Reply | undefined = undefined
  #idleSince = 0
  #keepMs = idleMs
  #isPaused = false
  /** Writes the request under way anew; undefined on a new socket, and from the first byte of the reply on. */
  #again: (() => void) | undefined = undefined
  #sentAt = 0

  constructor(origin: string) {
    this.#url = new URL(origin)
    this.#parser = new ReplyParser({
      onHead: (status: number, headers: HttpHeaders) => this.#reply?.onResponseStart(this, status, headers),
      onBody: (bytes: Buffer) => this.#reply?.onResponseData(this, bytes),
      onEnd: () => this.#end(),
    })
  }

  dispatch(request: HttpRequest, reply: Reply): void {
    let text: string
    try {
      text = headOf(request, this.#url.host)
    } catch (error) {
      return reply.onResponseError(this, error as Error) // thrown below, as an Error
    }
    this.#reply = reply
    // Left before it was sent: nothing is written.
    reply.onRequestStart(this)
    if (this.#reply !== reply) return
    this.#again = this.#socket === undefined ? undefined : () => this.#write(this.#open(), text, request)
    this.#write(this.#socket ?? this.#open(), text, request)
  }

  /** Ends the socket, and the request that waits with the reason. */
  abort(reason: Error): void {
    this.#drop()
    this.#fail(reason)
  }

  pause(): void {
    this.#isPaused = true
    this.#socket?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket?.resume()
  }

  /** Ends the socket where it has been idle for longer than its server keeps it. */
  sweep(now: number): void {
    if (this.#reply === undefined && now - this.#idleSince >= this.#keepMs) this.#drop()
  }

  destroy(): Promise<void> {
    this.abort(new Error('closed'))
    return Promise.resolve()
  }

  #write(socket: Socket, head: string, { method, body }: HttpRequest): void {
    socket.ref()
    this.#sentAt = performance.now()
    this.#parser.begin()
    if (body === undefined && method === 'GET') return void socket.write(`${head}\r\n`, 'latin1')
    const length = body === undefined ? 0 : Buffer.byteLength(body)
    // ASCII is written as it stands in memory.
    socket.write(`${head}content-length: ${length}\r\n\r\n${body ?? ''}`, length === (body ?? '').length ? 'latin1' : 'utf8')
  }

  #open(): Socket {
    const { hostname, port } = this.#url
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
    const socket: Socket = connect({
      host,
      port: port === '' ? 80 : Number(port),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      onread: { buffer: readBuffer, callback: (bytes: number): boolean => this.#take(socket, bytes) },
    })
    const timer = setTimeout(() => socket.destroy(Object.assign(new Error('The connection takes too long to open'), { code: 'ETIMEDOUT' })), connectMs)
    socket.once('connect', () => clearTimeout(timer))
    socket.once('end', () => this.#ended(socket))
    socket.on('error', (error: Error) => this.#closed(socket, error))
    socket.once('close', () => {
      clearTimeout(timer)
      this.#closed(socket, new Error('The other side closed the connection'))
    })
    this.#socket = socket
    return socket
  }

  /** True: go on reading. */
  #take(socket: Socket, length: number): boolean {
    if (this.#socket !== socket) return true
    this.#again = undefined
    try {
      // Also what comes when nothing was asked: the parser refuses it.
      this.#parser.push(readBuffer.subarray(0, length))
    } catch (error) {
      this.abort(error as Error) // thrown by the parser, as an Error
    }
    return true
  }

  /** The server sends no more. A reply that this cuts off fails when the socket closes. */
  #ended(socket: Socket): void {
    if (this.#socket !== socket) return
    if (this.#reply === undefined) this.#drop()
    else if (!this.#sendAgain()) this.#parser.finish()
  }

  #closed(socket: Socket, error: NodeJS.ErrnoException): void {
    if (this.#socket !== socket) return
    // A write that met FIN.
    if (error.code === 'EPIPE' && this.#sendAgain()) return
    this.#drop()
    this.#fail(error)
  }

  /** Whether it was. */
  #sendAgain(): boolean {
    const again = this.#again
    if (this.#reply === undefined || again === undefined || performance.now() - this.#sentAt > crossingMs) return false
    this.#again = undefined
    this.#drop()
    again()
    return true
  }

  #end(): void {
    const reply = this.#reply
    this.#reply = undefined
    // A server that answers before it has the whole request may not read the rest of it.
    if (this.#parser.isReusable && this.#socket?.writableLength === 0) this.#rest()
    else this.#drop()
    reply?.onResponseEnd()
  }

  #rest(): void {
    this.#idleSince = performance.now()
    // A second is for the way: the server must not close while a question is under way.
    this.#keepMs = this.#parser.idleMs === undefined ? idleMs : Math.min(this.#parser.idleMs, 600_000) - 1_000
    if (this.#keepMs <= 0) return this.#drop()
    // An idle connection does not keep the process alive.
    this.#socket?.unref()
    this.resume()
  }

  #fail(error: Error): void {
    const reply = this.#reply
    this.#reply = undefined
    this.#again = undefined
    reply?.onResponseError(this, error)
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#isPaused = false
    socket?.destroy()
  }
}

/** Checked and made once for the same headers and path. Throws for what would not be one head. */
function headOf({ method, path, headers }: HttpRequest, host: string): string {
  let known = heads.get(headers)
  if (known === undefined) heads.set(headers, (known = new Map()))
  const key = `${method} ${path} ${host}`
  const head = known.get(key)
  if (head !== undefined) return head
  if (!/^\/[\x21-\x7e\x80-\xff]*$/.test(path)) throw new Error('The path of the request has characters that no path has')
  const lines = Object.entries(headers).map(([name, value]) => {
    if (!/^[\w-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new Error(`The header ${name} has characters that no header has`)
    return `${name}: ${value}\r\n`
  })
  const made = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${lines.join('')}`
  // Routes are few; what is not does not stay.
  if (known.size < 64) known.set(key, made)
  return made
}
