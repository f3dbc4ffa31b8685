/**
 * The bytes of HTTP/1.1 replies in, cut anywhere; their heads and bodies out. What is not to the letter of RFC 9112 is refused, not guessed at. An LF alone
 * ends a line as CRLF does, which section 2.2 leaves to who reads; a CR alone does not.
 */
import type { HttpHeaders } from './wholeReply.ts'

/** Longest head of a reply, its trailers, or the line of a chunk's size, in bytes. */
const maxHeadBytes = 64 * 1024

export interface ReplyListener {
  /** Not called for what comes before the reply, as "103 Early Hints". */
  onHead(status: number, headers: HttpHeaders): void
  /** `bytes` are the listener's own. */
  onBody(bytes: Buffer): void
  onEnd(): void
}

const cr = 13
const lf = 10

/** What every reply begins with. */
const opening = Buffer.from('HTTP/1.')

/** The end of a line, and an empty one. */
const emptyLine = Buffer.from('\n\r\n')
const bareEmptyLine = Buffer.from('\n\n')

/** Header names as RFC 9110 has them; what stands before the colon, without a space. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** One connection's: `begin` before each request, whose reply it then takes. */
export class ReplyParser {
  readonly #listener: ReplyListener
  #state: 'head' | 'length' | 'size' | 'data' | 'dataEnd' | 'trailers' | 'untilClose' | 'over' = 'over'
  /** Of the body or of its chunk, in bytes. */
  #left = 0
  /** The beginning of a head or line that has not ended yet. */
  #kept: Buffer | undefined = undefined
  #isReusable = false
  #idleMs: number | undefined = undefined

  constructor(listener: ReplyListener) {
    this.#listener = listener
  }

  /** Whether the connection may carry another request after this reply. */
  get isReusable(): boolean {
    return this.#isReusable
  }

  /** How long the server keeps the connection when it is idle, in milliseconds; undefined where it does not say. */
  get idleMs(): number | undefined {
    return this.#idleMs
  }

  begin(): void {
    this.#state = 'head'
    this.#isReusable = false
    this.#kept = undefined
  }

  /** Throws for what is no reply, and for bytes after its end: the connection has to be ended then. */
  push(received: Buffer): void {
    let bytes = received
    if (this.#kept !== undefined) {
      bytes = Buffer.concat([this.#kept, received])
      this.#kept = undefined
    }
    let at = 0
    while (at < bytes.length) {
      const next = this.#step(bytes, at)
      if (next === -1) {
        if (bytes.length - at > maxHeadBytes) throw broken('a head of more than 64 KiB')
        this.#kept = Buffer.from(bytes.subarray(at))
        return
      }
      at = next
    }
  }

  /** The server has ended the connection. Whether that was the end of the reply. */
  finish(): boolean {
    if (this.#state !== 'untilClose') return this.#state === 'over'
    this.#end()
    return true
  }

  /** Where to go on, or -1 where more bytes are needed. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head': {
        // Not only when the head is whole: what is no HTTP may never say more, and never close.
        if (!mayBegin(bytes, at)) throw broken('no status line')
        const end = endOfHead(bytes, at)
        if (end === -1) return -1
        this.#readHead(bytes.toString('latin1', at, end))
        return end
      }
      case 'length':
      case 'data': {
        const end = Math.min(bytes.length, at + this.#left)
        this.#left -= end - at
        this.#listener.onBody(Buffer.from(bytes.subarray(at, end)))
        if (this.#left === 0) {
          if (this.#state === 'length') this.#end()
          else this.#state = 'dataEnd'
        }
        return end
      }
      case 'dataEnd': {
        const end = bytes[at] === cr ? at + 1 : at
        if (end === bytes.length) return -1
        if (bytes[end] !== lf) throw broken('a chunk that is longer than it says')
        this.#state = 'size'
        return end + 1
      }
      case 'size': {
        const end = bytes.indexOf(lf, at)
        if (end === -1) return -1
        const size = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(lineOf(bytes, at, end))?.[1]
        if (size === undefined) throw broken('a chunk without its size')
        this.#left = Number.parseInt(size, 16)
        this.#state = this.#left === 0 ? 'trailers' : 'data'
        return end + 1
      }
      case 'trailers': {
        const end = bytes.indexOf(lf, at)
        if (end === -1) return -1
        const line = lineOf(bytes, at, end)
        if (line.includes('\r')) throw broken('a trailer with a line in it')
        if (line === '') this.#end()
        return end + 1
      }
      case 'untilClose':
        this.#listener.onBody(Buffer.from(bytes.subarray(at)))
        return bytes.length
      case 'over':
        throw broken('more than the reply')
    }
  }

  #readHead(head: string): void {
    const lines = head.split('\n')
    const first = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\r]*)?\r?$/.exec(lines[0]!)
    if (first === null) throw broken('no status line')
    const status = Number(first[2])
    const headers: Record<string, string | string[]> = {}
    // The last two are the empty line and what is after it: nothing.
    for (let index = 1; index < lines.length - 2; index += 1) readHeader(headers, lines[index]!)
    if (status === 101) throw broken('another protocol')
    // The reply itself is still to come.
    if (status < 200) return
    this.#listenTo(status, headers, first[1] === '1')
  }

  #listenTo(status: number, headers: Record<string, string | string[]>, isNew: boolean): void {
    const { connection, 'transfer-encoding': coding, 'content-length': length, 'keep-alive': keepAlive } = headers
    const connections = connection === undefined ? '' : String(connection).toLowerCase()
    this.#isReusable = isNew ? !/\bclose\b/.test(connections) : /\bkeep-alive\b/.test(connections)
    const seconds = keepAlive === undefined ? undefined : /\btimeout=(\d{1,6})\b/i.exec(String(keepAlive))?.[1]
    this.#idleMs = seconds === undefined ? undefined : Number(seconds) * 1_000

    if (status === 204 || status === 304) {
      this.#left = 0
    } else if (coding !== undefined) {
      if (String(coding).toLowerCase() !== 'chunked') throw broken('a transfer coding other than chunked')
      // Both is how a request is smuggled: the length does not count, and nothing follows on this connection.
      if (length !== undefined) this.#isReusable = false
      this.#left = -1
    } else if (length !== undefined) {
      const lengths = new Set(Array.isArray(length) ? length : [length])
      const [only] = lengths
      if (lengths.size !== 1 || !/^\d{1,15}$/.test(only!)) throw broken('a length that is none')
      this.#left = Number(only)
    } else {
      this.#isReusable = false
      this.#left = -2
    }
    const framing = this.#left
    this.#state = framing === -1 ? 'size' : framing === -2 ? 'untilClose' : 'length'
    this.#listener.onHead(status, headers)
    if (framing === 0) this.#end()
  }

  #end(): void {
    this.#state = 'over'
    this.#listener.onEnd()
  }
}

/** Whether the bytes are, or can still become, the beginning of a reply. */
function mayBegin(bytes: Buffer, at: number): boolean {
  const length = Math.min(opening.length, bytes.length - at)
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== opening[index]) return false
  return true
}

/** Where the first empty line ends, or -1. */
function endOfHead(bytes: Buffer, at: number): number {
  const empty = bytes.indexOf(emptyLine, at)
  const bare = bytes.indexOf(bareEmptyLine, at)
  if (bare !== -1 && (empty === -1 || bare < empty)) return bare + bareEmptyLine.length
  return empty === -1 ? -1 : empty + emptyLine.length
}

/** The line whose LF is at `end`. */
function lineOf(bytes: Buffer, at: number, end: number): string {
  return bytes.toString('latin1', at, end > at && bytes[end - 1] === cr ? end - 1 : end)
}

/** `line` may end with the CR of its CRLF. */
function readHeader(headers: Record<string, string | string[]>, line: string): void {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
  if (!token.test(name)) throw broken('a header without a name')
  // No header that is read has this name, and it would not be a property.
  if (name === '__proto__') return
  const value = line.slice(colon + 1).trim()
  if (/\0|\r[^]/.test(line)) throw broken('a header with a line in it')
  const known = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (known === undefined) headers[name] = value
  else if (typeof known === 'string') headers[name] = [known, value]
  else known.push(value)
}

function broken(what: string): Error {
  return Object.assign(new Error(`The reply is not HTTP/1.1: ${what}`), { code: 'HTTP_PARSER' })
}
