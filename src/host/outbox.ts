/** Frames, and lines that may share one, in; bytes on the channel of a sandbox, and when they were taken in, out. */
import type { Duplex } from 'node:stream'
import { encodeFrame, encodeJsonFrame, frameType } from '../frames.ts'
import { type HostMessage, maxFrameBytes } from '../protocol.ts'

/** Answered to the sandbox and not yet taken in by it, in bytes: beyond it the host answers no more of what it would have to hold itself. */
const maxUntakenBytes = 8 * 1024 * 1024

export class Outbox {
  readonly #channel: Duplex
  #draining: Promise<void> | undefined
  #lines: string[] = []
  #lineUnits = 0
  #isClosed = false

  constructor(channel: Duplex) {
    this.#channel = channel
  }

  /** Queues an entry; those of one tick leave in one frame. */
  add(line: string): void {
    if (this.#lineUnits + line.length > maxFrameBytes / 3) this.flush()
    if (this.#lines.length === 0) queueMicrotask(() => this.flush())
    this.#lines.push(line)
    this.#lineUnits += line.length + 1
  }

  /** Whatever is to come after the entries so far is sent after this. */
  flush(): void {
    if (this.#lines.length === 0) return
    const payload = Buffer.from(this.#lines.join('\n'))
    this.#lines = []
    this.#lineUnits = 0
    this.write(encodeFrame(frameType.entries, payload))
  }

  send(message: HostMessage): void {
    this.write(encodeJsonFrame(message))
  }

  /** False when it is better to wait until it has {@link drained}. */
  write(frame: Buffer): boolean {
    return this.#isClosed ? true : this.#channel.write(frame)
  }

  /** Resolves when all was taken in, or the channel is closed. */
  drained(): Promise<void> {
    this.#draining ??= new Promise<void>((resolve) => {
      const done = (): void => {
        this.#channel.off('drain', done)
        this.#channel.off('close', done)
        this.#draining = undefined
        resolve()
      }
      this.#channel.on('drain', done)
      this.#channel.on('close', done)
    })
    return this.#draining
  }

  /** Resolves when most was taken in, or the channel is closed. */
  async room(): Promise<void> {
    while (!this.#isClosed && this.#channel.writableLength > maxUntakenBytes) await this.drained()
  }

  close(): void {
    this.#isClosed = true
    this.#channel.destroy()
  }
}
