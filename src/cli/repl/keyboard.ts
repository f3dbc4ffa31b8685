/** A terminal's keys in; one key, or one paste, whenever it is asked for, out. What is typed while nobody asks waits its turn. */
import { emitKeypressEvents } from 'node:readline'
import { exitCodes } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'

export type Key =
  /** `name` as node:readline names it ('return', 'a'); `text` is what it types, '' for keys that type nothing. */
  | { readonly type: 'key'; readonly name: string; readonly text: string; readonly ctrl: boolean; readonly meta: boolean; readonly sequence: string }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'end' }

/** What node:readline calls a key. */
interface Keypress {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
  readonly meta?: boolean
}

/** Keys kept while nobody asks; more are lost. */
const maxKeys = 1_000_000

function isInterrupt(key: Key): boolean {
  return key.type === 'key' && key.ctrl && key.name === 'c'
}

export class Keyboard implements Disposable {
  readonly #stdin: NodeJS.ReadStream
  readonly #terminal: Terminal
  #waiting: Key[] = []
  #take: ((key: Key) => void) | undefined
  #pasted: string[] | undefined
  #onInterrupt: ((droppedLines: number) => void) | undefined
  #onResume: () => void = () => undefined
  readonly #stop: () => void

  constructor(stdin: NodeJS.ReadStream, terminal: Terminal) {
    this.#stdin = stdin
    this.#terminal = terminal
    emitKeypressEvents(stdin)
    const onKeypress = (text: string | undefined, key: Keypress): void => this.#typed(text, key)
    const onEnd = (): void => this.#give({ type: 'end' })
    stdin.on('keypress', onKeypress).on('end', onEnd)
    const atExit = (): void => terminal.steer('\x1b[?2004l')
    // As a signal it means what it means as a key.
    const onSignal = (): void => onKeypress(undefined, { name: 'c', ctrl: true })
    const leave = (): never => process.exit(exitCodes.INTERRUPTED)
    process.on('exit', atExit).on('SIGINT', onSignal).on('SIGTERM', leave).on('SIGHUP', leave)
    this.#stop = () => {
      stdin.off('keypress', onKeypress).off('end', onEnd)
      process.off('exit', atExit).off('SIGINT', onSignal).off('SIGTERM', leave).off('SIGHUP', leave)
    }
    this.#raw(true)
    stdin.resume()
  }

  /** Whether keys wait that were typed ahead. */
  get hasMore(): boolean {
    return this.#waiting.length > 0
  }

  /** The next key; those that were typed ahead come first. */
  next(): Promise<Key> {
    const key = this.#waiting.shift()
    if (key !== undefined) return Promise.resolve(key)
    return new Promise((resolve) => (this.#take = resolve))
  }

  /**
   * Takes keys for something in between, and rejects with the signal's reason when that is not wanted any more.
   * What was typed ahead was not meant for it, and waits.
   */
  async aside<T>(signal: AbortSignal, read: (next: () => Promise<Key>) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const ahead = this.#waiting
    this.#waiting = []
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const stop = (): void => reject(signal.reason as Error) // what a signal aborts with
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([read(() => this.next()), aborted])
    } finally {
      signal.removeEventListener('abort', stop)
      this.#take = undefined
      this.#waiting = [...ahead, ...this.#waiting]
    }
  }

  /** Lets another program have the terminal while it works. */
  async lend<T>(work: () => Promise<T>): Promise<T> {
    this.#raw(false)
    this.#stdin.pause()
    try {
      return await work()
    } finally {
      this.#raw(true)
      this.#stdin.resume()
    }
  }

  /**
   * Calls back for Ctrl-C while no key is asked for, until the returned function is called: with the number of lines typed ahead, which are dropped.
   * One that came just before, when a line was entered and what it starts had not begun to listen, is meant for it as well.
   */
  onInterrupt(listener: (droppedLines: number) => void): () => void {
    this.#onInterrupt = listener
    const early = this.#waiting.findIndex(isInterrupt)
    if (early !== -1) {
      const after = this.#waiting.splice(early).slice(1)
      const dropped = this.#dropAhead()
      this.#waiting.push(...after)
      queueMicrotask(() => listener(dropped))
    }
    return () => {
      this.#onInterrupt = undefined
    }
  }

  /** Calls back when the process was stopped (Ctrl-Z) and goes on: the screen is somebody else's. */
  onResume(listener: () => void): void {
    this.#onResume = listener
  }

  /** Whoever waits for a key hears of the end. */
  [Symbol.dispose](): void {
    this.#stop()
    this.#give({ type: 'end' })
    this.#raw(false)
    this.#stdin.pause()
  }

  #raw(isRaw: boolean): void {
    this.#stdin.setRawMode(isRaw)
    // A paste comes between two marks then, and is told from typing.
    this.#terminal.steer(isRaw ? '\x1b[?2004h' : '\x1b[?2004l')
  }

  #typed(text: string | undefined, { name = '', sequence = '', ctrl = false, meta = false }: Keypress): void {
    if (name === 'paste-start') this.#pasted = []
    else if (name === 'paste-end') {
      const pasted = this.#pasted?.join('') ?? ''
      this.#pasted = undefined
      this.#give({ type: 'paste', text: pasted.replaceAll(/\r\n?/g, '\n') })
    } else if (this.#pasted !== undefined) this.#pasted.push(sequence)
    else if (ctrl && name === 'z') this.#suspend()
    else if (ctrl && name === 'c' && this.#onInterrupt !== undefined) this.#onInterrupt(this.#dropAhead())
    else this.#give({ type: 'key', name, text: ctrl || meta ? '' : (text ?? ''), ctrl, meta, sequence })
  }

  #give(key: Key): void {
    const take = this.#take
    this.#take = undefined
    if (take !== undefined) take(key)
    else if (this.#waiting.length < maxKeys) this.#waiting.push(key)
  }

  /** What was typed ahead of a cell that is stopped was meant for its outcome. */
  #dropAhead(): number {
    const ahead = this.#waiting
    this.#waiting = []
    let lines = 0
    let isOpen = false
    for (const key of ahead) {
      const isEnter = key.type === 'key' && (key.name === 'return' || key.name === 'enter')
      if (isEnter) lines += 1
      isOpen = !isEnter && (key.type === 'paste' || (key.type === 'key' && key.text !== ''))
      if (key.type === 'end') this.#waiting.push(key)
    }
    return lines + Number(isOpen)
  }

  #suspend(): void {
    if (process.platform === 'win32') return
    this.#raw(false)
    process.once('SIGCONT', () => {
      this.#raw(true)
      this.#onResume()
    })
    // The whole foreground group, as the terminal itself would: npx and the launcher belong to it.
    process.kill(0, 'SIGTSTP')
  }
}
