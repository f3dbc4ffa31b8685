/** Frames from the host in; the guest's messages, grouped into turns, out. */
import { Socket } from 'node:net'
import { encodeFrame, FrameReader, frameType } from '../frames.ts'

/** The pipe to the host, by the host's agreement. */
const channelFd = 3

/** Messages are sent at once when they reach this many UTF-16 units, also in the middle of a turn. */
const flushUnits = 64 * 1024

/** In the middle of a turn, what a person watches leaves at once, up to so many times in so many milliseconds: a loop that prints must not become one that writes to a pipe. */
const promptFlushes = 50
const promptMs = 20

export class Channel {
  readonly #socket: Socket
  #messages: string[] = []
  #units = 0
  #promptSince = 0
  #promptCount = 0
  /** How far the sandbox has come; the owner sets both before a flush. */
  progress = { n: 0, cpuMs: 0 }

  constructor(onFrame: (type: number, payload: Buffer) => void, onClosed: () => void) {
    this.#socket = new Socket({ fd: channelFd, readable: true, writable: true })
    const reader = new FrameReader(onFrame)
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk))
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', onClosed)
  }

  /** Adds a message, given as JSON text. `urgent` is for what a person watches: it also leaves in the middle of a long turn. */
  emit(json: string, urgent = false): void {
    this.#messages.push(json)
    this.#units += json.length
    if (this.#units >= flushUnits || (urgent && this.#mayFlush())) this.flush()
  }

  #mayFlush(): boolean {
    const now = performance.now()
    if (now - this.#promptSince > promptMs) {
      this.#promptSince = now
      this.#promptCount = 0
    }
    this.#promptCount += 1
    return this.#promptCount <= promptFlushes
  }

  /** Sends what was said, and how far the sandbox has come. */
  flush(): void {
    const { n, cpuMs } = this.progress
    const text = `{"n":${n},"cpuMs":${cpuMs.toFixed(3)},"messages":[${this.#messages.join(',')}]}`
    this.#messages = []
    this.#units = 0
    this.#socket.write(encodeFrame(frameType.json, Buffer.from(text)))
  }
}
