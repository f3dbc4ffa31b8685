/** Words in; replm on a real pseudo-terminal of its own, with keys to press and a screen to look at, out. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, launcher } from './command.ts'
import { Screen } from './screen.ts'

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Shell behind the command, such as `| cat`. */
  readonly redirect?: string
}

/** Longest wait for something to appear, in milliseconds: what takes longer has failed. */
const patienceMs = 25_000

export class RealTerminal implements Disposable {
  readonly screen: Screen
  readonly #command: Command
  readonly #folder: string
  #seen = 0

  /** `script` of util-linux makes the terminal; `stty` gives it its size. */
  constructor(words: readonly string[], { columns = 80, rows = 24, env = {}, cwd, redirect = '' }: TerminalOptions = {}) {
    this.#folder = mkdtempSync(join(tmpdir(), 'replm-tty-'))
    this.screen = new Screen(columns, rows)
    const quoted = [process.execPath, launcher, ...words].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
    const shell = `tty > '${this.#folder}/tty'; stty rows ${rows} columns ${columns}; ${redirect === '' ? 'exec ' : ''}${quoted} ${redirect}`
    const home = { HOME: this.#folder, XDG_STATE_HOME: join(this.#folder, 'state'), SHELL: '/bin/sh' }
    this.#command = new Command('script', ['--quiet', '--flush', '--return', '--command', shell, '/dev/null'], { env: { ...home, ...env }, ...(cwd === undefined ? {} : { cwd }) })
  }

  /** All that was on the screen, rows that wrap joined. */
  get text(): string {
    this.#look()
    return this.screen.text
  }

  type(keys: string): this {
    this.#command.child.stdin.write(keys)
    return this
  }

  /** As a terminal that marks pastes. */
  paste(text: string): this {
    return this.type(`\x1b[200~${text.replaceAll('\n', '\r')}\x1b[201~`)
  }

  /** Resolves when the screen holds what matches, or what `condition` says. */
  async until(condition: RegExp | ((screen: Screen) => boolean)): Promise<this> {
    const holds = (): boolean => (condition instanceof RegExp ? condition.test(this.text) : (this.#look(), condition(this.screen)))
    const { stdout } = this.#command.child
    let onData: () => void = () => undefined
    let giveUp: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        const fail = (why: string): void => reject(new Error(`${why} ${String(condition)} on the screen:\n${this.text}`))
        onData = () => {
          if (holds()) resolve()
        }
        giveUp = setTimeout(fail, patienceMs, 'There was never')
        stdout.on('data', onData)
        void this.#command.end().then(() => (holds() ? resolve() : fail('The end came without')))
        onData()
      })
    } finally {
      clearTimeout(giveUp)
      stdout.off('data', onData)
    }
    return this
  }

  /** Types a line, and waits for the next prompt behind what it shows. */
  async enter(line: string, shows: RegExp = /^/): Promise<this> {
    const before = this.text.length
    this.type(`${line}\r`)
    return this.until(({ text }) => shows.test(text.slice(before)) && isPrompt(text.slice(before)))
  }

  prompt(): Promise<this> {
    return this.until(({ text }) => isPrompt(text))
  }

  /** Resolves when the program has drawn anew for it. */
  async resize(columns: number, rows: number): Promise<void> {
    this.#look()
    this.screen.resize(columns, rows)
    const before = this.#seen
    execFileSync('stty', ['-F', readFileSync(join(this.#folder, 'tty'), 'utf8').trim(), 'rows', String(rows), 'columns', String(columns)])
    await this.until(() => this.#seen > before)
  }

  async end(): Promise<number | null> {
    const { code } = await this.#command.end()
    this.#look()
    return code
  }

  /** A file in the folder of the user that replm sees. */
  file(name: string): string {
    return join(this.#folder, name)
  }

  [Symbol.dispose](): void {
    this.#command[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #look(): void {
    const { stdout } = this.#command
    this.screen.write(stdout.slice(this.#seen))
    this.#seen = stdout.length
  }
}

function isPrompt(text: string): boolean {
  return /(?:^|\n)> ?$/.test(text)
}
