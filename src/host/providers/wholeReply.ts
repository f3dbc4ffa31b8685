/** What undici tells of one exchange in; its reply with the whole body, as one promise's result, out. */
import { ChunkQueue } from './chunkQueue.ts'
import { replyTooLarge } from './failures.ts'
import { isPacked, unpack } from './unpack.ts'

/** Largest reply that is read, in bytes; what is longer ends its connection. */
export const maxReplyBytes = 64 * 1024 * 1024

export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface HttpReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: HttpHeaders
  /** The body as UTF-8, without a byte order mark. */
  readonly text: string
}

/** What can be done about a request under way. */
export interface Control {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Value of a header by its name in lower case; the first where it came more than once. */
export function headerOf(headers: HttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value[0] : value
}

/** The error for a reply over its bound. */
export function tooLarge(bytes: number): Error {
  return Object.assign(new Error(`more than ${bytes / 1024 / 1024} MiB`), { code: replyTooLarge })
}

/** Settles exactly once, lets go of the signal then, and says once when its connection is free. */
export class WholeReply {
  /** Called when the connection may carry another request; set by who sends. */
  onFree: (() => void) | undefined = undefined
  readonly #signal: AbortSignal
  readonly #resolve: (reply: HttpReply) => void
  readonly #reject: (reason: unknown) => void
  #control: Control | undefined = undefined
  #status = 0
  #headers: HttpHeaders | undefined = undefined
  #first: Buffer | undefined = undefined
  #more: ChunkQueue | undefined = undefined
  #bytes = 0
  #settled = false

  constructor(signal: AbortSignal, resolve: (reply: HttpReply) => void, reject: (reason: unknown) => void) {
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    if (signal.aborted) this.#fail(signal.reason)
    else signal.addEventListener('abort', this.#abort)
  }

  get isSettled(): boolean {
    return this.#settled
  }

  readonly #abort = (): void => {
    this.#fail(this.#signal.reason)
    this.#control?.abort(new Error('aborted'))
  }

  onRequestStart(control: Control): void {
    this.#control = control
    // The caller left while this waited for a connection: nothing is written.
    if (this.#settled) control.abort(new Error('aborted'))
  }

  onResponseStart(_control: Control, status: number, headers: HttpHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(control: Control, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > maxReplyBytes) {
      this.#first = this.#more = undefined
      this.#fail(tooLarge(maxReplyBytes))
      control.abort(new Error('aborted'))
    } else if (this.#first === undefined) this.#first = chunk
    else {
      if (this.#more === undefined) (this.#more = new ChunkQueue()).push(this.#first)
      this.#more.push(chunk)
    }
  }

  onResponseEnd(): void {
    this.#free()
    if (this.#settled) return
    this.#settle()
    const headers = this.#headers ?? {}
    let bytes = this.#more === undefined ? this.#first : this.#more.join()
    const coding = headerOf(headers, 'content-encoding')
    if (bytes !== undefined && isPacked(coding)) {
      try {
        bytes = unpack(bytes, coding, maxReplyBytes)
      } catch (error) {
        return this.#reject((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxReplyBytes) : error) // thrown by zlib, as an Error
      }
    }
    const text = bytes === undefined ? '' : bytes.toString()
    this.#resolve({ status: this.#status, headers, text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text })
  }

  onResponseError(_control: unknown, error: Error): void {
    this.#fail(error)
    this.#free()
  }

  #fail(reason: unknown): void {
    if (this.#settled) return
    this.#settle()
    this.#reject(reason)
  }

  #settle(): void {
    this.#settled = true
    this.#signal.removeEventListener('abort', this.#abort)
  }

  #free(): void {
    const { onFree } = this
    this.onFree = undefined
    onFree?.()
  }
}
