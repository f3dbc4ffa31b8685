/** What undici tells of one exchange in; the head of its reply, and the body's chunks as they come, out. */
import { ChunkQueue } from './chunkQueue.ts'
import { maxReplyBytes, tooLarge, type Control, type HttpHeaders } from './wholeReply.ts'

/** Most of a body in chunks that is read, in bytes: a stream says each piece of its text in some hundred. */
export const maxStreamBytes = 8 * maxReplyBytes

/** Bytes that wait to be read, from which on the server has to wait. */
const highWaterBytes = 256 * 1024

/** How long the rest of a reply that nobody reads on may take, in milliseconds, until its connection is ended. */
const drainMs = 1_000

export interface HttpChunks extends AsyncIterableIterator<Buffer, undefined> {
  readonly status: number
  /** Names in lower case. */
  readonly headers: HttpHeaders
  /** Reads no more. A reply that has ended, or does within a second, leaves its connection for others; what goes on after that ends it. */
  return(): Promise<IteratorReturnResult<undefined>>
  /** Reads no more and ends the connection. */
  cut(): void
}

interface Reader {
  readonly resolve: (result: IteratorResult<Buffer, undefined>) => void
  readonly reject: (reason: unknown) => void
}

const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Lets go of the signal when the body has ended or is no more wanted. One reader at a time. */
export class ChunkedReply implements HttpChunks {
  /** Called when the connection may carry another request; set by who sends. */
  onFree: (() => void) | undefined = undefined
  status = 0
  headers: HttpHeaders = {}
  readonly #signal: AbortSignal
  readonly #opened: (chunks: HttpChunks) => void
  readonly #failed: (reason: unknown) => void
  readonly #chunks = new ChunkQueue()
  #control: Control | undefined = undefined
  #reader: Reader | undefined = undefined
  /** 'open' from the head of the reply on; 'over' once nothing more comes out; 'left' when the rest is only drained. */
  #state: 'waiting' | 'open' | 'over' | 'left' = 'waiting'
  #error: { readonly reason: unknown } | undefined = undefined
  #bytes = 0
  #drain: NodeJS.Timeout | undefined = undefined

  constructor(signal: AbortSignal, opened: (chunks: HttpChunks) => void, failed: (reason: unknown) => void) {
    this.#signal = signal
    this.#opened = opened
    this.#failed = failed
    if (signal.aborted) this.#fail(signal.reason)
    else signal.addEventListener('abort', this)
  }

  get isSettled(): boolean {
    return this.#state === 'over'
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      if (this.#chunks.bytes < highWaterBytes) this.#control?.resume()
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#error !== undefined) return Promise.reject(this.#error.reason)
    if (this.#state !== 'open') return Promise.resolve(over)
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }))
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    if (this.#state === 'open') {
      this.#state = 'left'
      this.#letGo()
      this.#control?.resume()
      this.#drain = setTimeout(() => this.cut(), drainMs).unref()
    }
    return Promise.resolve(over)
  }

  cut(): void {
    const { onFree } = this
    this.#finish()
    if (onFree !== undefined) this.#control?.abort(new Error('aborted'))
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.#fail(this.#signal.reason)
    this.#control?.abort(new Error('aborted'))
  }

  onRequestStart(control: Control): void {
    this.#control = control
    if (this.#state === 'over') control.abort(new Error('aborted'))
  }

  onResponseStart(_control: Control, status: number, headers: HttpHeaders): void {
    // What comes before the head of the reply itself, as "103 Early Hints".
    if (status < 200) return
    this.status = status
    this.headers = headers
    this.#state = 'open'
    this.#opened(this)
  }

  onResponseData(control: Control, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > maxStreamBytes) {
      this.#fail(tooLarge(maxStreamBytes))
      control.abort(new Error('aborted'))
      return
    }
    if (this.#state !== 'open') return
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve({ done: false, value: chunk })
      return
    }
    this.#chunks.push(chunk)
    if (this.#chunks.bytes >= highWaterBytes) control.pause()
  }

  onResponseEnd(): void {
    this.#free()
    this.#finish()
  }

  onResponseError(_control: unknown, error: Error): void {
    this.#fail(error)
    this.#free()
  }

  #fail(reason: unknown): void {
    const wasWaiting = this.#state === 'waiting'
    if (this.#state === 'open') this.#error = { reason }
    const reader = this.#reader
    this.#reader = undefined
    this.#finish()
    reader?.reject(reason)
    if (wasWaiting) this.#failed(reason)
  }

  /** Nothing more comes. What came before can still be read. */
  #finish(): void {
    this.#state = 'over'
    this.#letGo()
    clearTimeout(this.#drain)
    this.#reader?.resolve(over)
    this.#reader = undefined
  }

  #letGo(): void {
    this.#signal.removeEventListener('abort', this)
  }

  #free(): void {
    const { onFree } = this
    this.onFree = undefined
    onFree?.()
  }
}
