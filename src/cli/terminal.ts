/** Text for people and programs in; two streams written, escapes made visible where a stream is a terminal, out. The only writer to a terminal. */
import type { WriteStream } from 'node:tty'
import { fitted } from './repl/width.ts'

/** What a {@link Terminal} writes to: `process.stdout` and its like. */
export type OutputStream = Pick<WriteStream, 'write' | 'on' | 'off' | 'writableNeedDrain'> & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

export interface TerminalOptions {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** `NO_COLOR` (not empty) and `TERM=dumb` turn colours off; `TERM=dumb` the status line, too. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export type StreamName = 'stdout' | 'stderr'

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

const colourCodes: Readonly<Record<Colour, readonly [number, number]>> = Object.freeze({ red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39], dim: [2, 22], bold: [1, 22] })

export class Terminal {
  readonly #streams: Readonly<Record<StreamName, OutputStream>>
  readonly #env: TerminalOptions['env']
  readonly #gone: Record<StreamName, boolean> = { stdout: false, stderr: false }
  readonly #onGone: (() => void)[] = []
  #status = ''
  /** Whether the cursor stands at the start of a line of the terminal: a status line may be drawn only there. */
  #atLineStart = true

  constructor({ stdout, stderr, env }: TerminalOptions) {
    this.#streams = { stdout, stderr }
    this.#env = env
    for (const name of ['stdout', 'stderr'] as const) {
      this.#streams[name].on('error', (error: NodeJS.ErrnoException) => {
        // The reader went away (`| head`): not a fault of anybody's. Any other fault of a stream leaves nothing to write to, either.
        this.#gone[name] = true
        if (name === 'stdout') for (const listener of this.#onGone) listener()
        if (error.code !== 'EPIPE' && name === 'stdout') this.complain(`The output could not be written: ${error.message}\n`)
      })
    }
  }

  isTerminal(name: StreamName): boolean {
    return this.#streams[name].isTTY === true
  }

  /** Of standard output. A terminal that does not know its size says 0. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#streams.stdout
    return { columns: columns || 80, rows: rows || 24 }
  }

  /** Columns of a line; Infinity where nothing is broken into lines. A terminal that does not know its width says 0. */
  columns(name: StreamName): number {
    return this.isTerminal(name) ? this.#streams[name].columns || 80 : Infinity
  }

  /** Whether a line can be edited on it: a terminal that can go back in a line. */
  get canEdit(): boolean {
    return this.isTerminal('stdout') && this.#env['TERM'] !== 'dumb'
  }

  /** Calls back when the terminal has another size, until the returned function is called. */
  onResize(listener: () => void): () => void {
    const stream = this.#streams.stdout
    stream.on('resize', listener)
    return () => stream.off('resize', listener)
  }

  /** Escape sequences of our own, and text between them that is safe to show already: to standard output, and only when it is a terminal. */
  steer(text: string): void {
    if (!this.isTerminal('stdout') || text === '') return
    this.#raw('stdout', text)
    if (text.endsWith('\n')) this.#atLineStart = true
  }

  /** Calls back when nobody reads standard output any more. */
  onOutputGone(listener: () => void): void {
    this.#onGone.push(listener)
  }

  /** Text of a guest, a model or a provider: shown by {@link showControls} on a terminal, passed on as it is to a pipe or file. */
  print(text: string, name: StreamName = 'stdout'): void {
    this.#write(name, this.isTerminal(name) ? showControls(text) : text)
  }

  /** As {@link print}, for much of it: resolves when there is room for more. */
  async pour(text: string): Promise<void> {
    this.print(text)
    const { stdout } = this.#streams
    if (stdout.writableNeedDrain && !this.#gone.stdout) await new Promise<void>((resolve) => stdout.write('', () => resolve()))
  }

  /** Our own words, colours included, to a stream that is read by people and programs alike. */
  write(text: string, name: StreamName = 'stdout'): void {
    this.#write(name, text)
  }

  /** Our own words that matter even to a log file: errors and warnings, to stderr. */
  complain(text: string): void {
    this.#write('stderr', text)
  }

  /** Our own words that only a person can use: to stderr, and only when it is a terminal. */
  tell(text: string): void {
    if (this.isTerminal('stderr')) this.#write('stderr', text)
  }

  /** Draws one line that the next output replaces; '' takes it away. Only on a terminal that can go back in a line. */
  status(text: string): void {
    if (!this.isTerminal('stderr') || this.#env['TERM'] === 'dumb' || !this.#atLineStart) return
    // A terminal that does not know its width says 0.
    const columns = this.#streams.stderr.columns || 80
    const line = fitted(text, columns - 1)
    if (line === this.#status) return
    this.#raw('stderr', this.#status === '' ? line : `\r\x1b[K${line}`)
    this.#status = line
  }

  /** The text in a colour, where `name` is a terminal that may have colours. The text must be safe to show already. */
  paint(colour: Colour, text: string, name: StreamName): string {
    if (!this.isTerminal(name) || (this.#env['NO_COLOR'] ?? '') !== '' || this.#env['TERM'] === 'dumb') return text
    return coloured(colour, text)
  }

  #write(name: StreamName, text: string): void {
    if (text === '') return
    const status = this.#status
    const shared = this.isTerminal(name)
    if (shared) this.status('')
    this.#raw(name, text)
    if (!shared) return
    this.#atLineStart = text.endsWith('\n')
    if (this.#atLineStart) this.status(status)
  }

  #raw(name: StreamName, text: string): void {
    if (!this.#gone[name]) this.#streams[name].write(text)
  }
}

/** The text in a colour, wherever it goes. */
export function coloured(colour: Colour, text: string): string {
  const [on, off] = colourCodes[colour]
  return `\x1b[${on}m${text}\x1b[${off}m`
}

/** C0 but tab and newline, DEL, C1; line and paragraph separators; marks that change the direction of text. */
// oxlint-disable-next-line eslint/no-control-regex -- these are what is looked for
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** The text with everything that steers a terminal spelt out (`\x1b[2J`), tab and newline kept; CRLF ends a line like LF. */
export function showControls(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(controls, (control) => {
    const unit = control.charCodeAt(0)
    return unit < 0x100 ? `\\x${unit.toString(16).padStart(2, '0')}` : `\\u${unit.toString(16).padStart(4, '0')}`
  })
}
