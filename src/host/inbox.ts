/** Bytes of a sandbox in; its turns, checked, and the messages of each one by one, in slices of time, out. */
import type { Duplex } from 'node:stream'
import { FrameReader, frameType } from '../frames.ts'
import { type GuestMessage, maxFrameBytes, type SandboxTurn } from '../protocol.ts'
import { parseTurn } from './turn.ts'

export interface InboxOptions {
  readonly channel: Duplex
  /** Runs work that throws for what no honest sandbox says. */
  readonly guarded: (work: () => void) => void
  /** Throws for a turn that cannot be. */
  readonly onTurn: (turn: SandboxTurn) => void
  readonly onMessage: (message: GuestMessage) => void
  /** All its messages were told. */
  readonly onTurnOver: (turn: SandboxTurn) => void
}

/** More messages in a second than any program makes besides its calls; whoever sends them wants to keep the host busy. */
const maxMessagesPerSecond = 100_000

/** Calls wait for their answers, and only so many may wait: the host itself sets their pace. */
const calls: ReadonlySet<GuestMessage['type']> = new Set(['query', 'batch', 'sleep', 'budget', 'doc', 'grep', 'input'])

/** The host works at most this long on what one sandbox said before it looks at everything else, in milliseconds. */
const sliceMs = 2

export class Inbox {
  readonly #options: InboxOptions
  /** Frames not looked at yet, and the turn that is being worked on. */
  readonly #frames: { readonly type: number; readonly payload: Buffer }[] = []
  #turn: { readonly turn: SandboxTurn; at: number } | undefined
  readonly #reader = new FrameReader((type, payload) => this.#frames.push({ type, payload }), maxFrameBytes)
  #isWorking = false
  #isClosed = false
  #second = 0
  #messages = 0

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Throws for what no honest sandbox says. */
  push(chunk: Buffer): void {
    this.#reader.push(chunk)
    if (!this.#isWorking) this.#work()
  }

  /** Nothing is told any more. */
  close(): void {
    this.#isClosed = true
  }

  /** Takes what was said, in slices: a guest that says a lot at once waits, and nobody else does. */
  #work(): void {
    const { channel, guarded } = this.#options
    const until = performance.now() + sliceMs
    while (!this.#isClosed && (this.#turn !== undefined || this.#frames.length > 0)) {
      if (performance.now() > until) {
        this.#isWorking = true
        channel.pause()
        setImmediate(() => guarded(() => this.#work()))
        return
      }
      this.#step()
    }
    if (!this.#isWorking) return
    this.#isWorking = false
    channel.resume()
  }

  /** One message, or the beginning or end of a turn. */
  #step(): void {
    if (this.#turn === undefined) {
      const { type, payload } = this.#frames.shift() as { type: number; payload: Buffer } // `#work` looked
      if (type !== frameType.json) throw new TypeError(`a frame of type ${type}`)
      const turn = parseTurn(payload)
      this.#options.onTurn(turn)
      this.#count(turn.messages)
      this.#turn = { turn, at: 0 }
    }
    const { turn, at } = this.#turn
    const message = turn.messages[at]
    if (message === undefined) {
      this.#turn = undefined
      this.#options.onTurnOver(turn)
      return
    }
    this.#turn.at = at + 1
    this.#options.onMessage(message)
  }

  /** A call pays for the word that takes it back. What is printed has a limit of its own, and may be many short lines. */
  #count(messages: readonly GuestMessage[]): void {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) this.#messages = 0
    this.#second = second
    this.#messages += 1
    for (const { type } of messages) this.#messages += calls.has(type) ? -1 : type === 'print' ? 0.1 : 1
    if (this.#messages > maxMessagesPerSecond) throw new RangeError(`more than ${maxMessagesPerSecond} messages in a second`)
  }
}
