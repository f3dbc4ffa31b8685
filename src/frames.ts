/**
 * Messages in; frames on a pipe, and back, out.
 *
 * A frame is a u32 (little endian) payload length, a type byte, and the payload.
 */

export const frameType = Object.freeze({
  /** A HostMessage or a SandboxTurn. */
  json: 1,
  /** Lines of JSON, each an Entry that the guest parses. */
  entries: 2,
  /** A piece of `context`, UTF-8. */
  bytes: 3,
} as const)

/** A frame's header and payload, ready to write. */
export function encodeFrame(type: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(5 + payload.length)
  frame.writeUInt32LE(payload.length, 0)
  frame[4] = type
  payload.copy(frame, 5)
  return frame
}

/** A JSON frame, ready to write. */
export function encodeJsonFrame(value: unknown): Buffer {
  return encodeFrame(frameType.json, Buffer.from(JSON.stringify(value)))
}

/**
 * Takes chunks of bytes, gives whole frames. Buffers at most one frame of `maxBytes`.
 * Throws RangeError for a length beyond it, before buffering anything of it.
 */
export class FrameReader {
  #header = Buffer.alloc(5)
  #headerLength = 0
  #payload: Buffer | undefined
  #payloadLength = 0
  readonly #onFrame: (type: number, payload: Buffer) => void

  readonly #maxBytes: number

  /** `maxBytes` bounds one payload; the sandbox trusts the host and sets none. */
  constructor(onFrame: (type: number, payload: Buffer) => void, maxBytes = Infinity) {
    this.#onFrame = onFrame
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payload === undefined) {
        const take = Math.min(5 - this.#headerLength, chunk.length - at)
        chunk.copy(this.#header, this.#headerLength, at, at + take)
        this.#headerLength += take
        at += take
        if (this.#headerLength < 5) return
        const length = this.#header.readUInt32LE(0)
        if (length > this.#maxBytes) throw new RangeError(`a frame of ${length} bytes is over the limit of ${this.#maxBytes}`)
        const type = this.#header[4] ?? 0
        // A whole payload in this chunk is handed on without a copy.
        if (chunk.length - at >= length) {
          this.#headerLength = 0
          this.#onFrame(type, chunk.subarray(at, at + length))
          at += length
          continue
        }
        this.#payload = Buffer.allocUnsafe(length)
        this.#payloadLength = 0
      }
      const take = Math.min(this.#payload.length - this.#payloadLength, chunk.length - at)
      chunk.copy(this.#payload, this.#payloadLength, at, at + take)
      this.#payloadLength += take
      at += take
      if (this.#payloadLength === this.#payload.length) {
        const payload = this.#payload
        const type = this.#header[4] ?? 0
        this.#payload = undefined
        this.#headerLength = 0
        this.#onFrame(type, payload)
      }
    }
  }
}
