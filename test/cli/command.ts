/** Words in; the real command as a child process, its output and how it ended, out. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const launcher = join(root, 'bin/replm.js')

/** Where commands that name no store keep theirs: each test file has its own, gone at its end. */
const data = mkdtempSync(join(tmpdir(), 'replm-data-'))
process.once('exit', () => rmSync(data, { recursive: true, force: true }))

/** No key, no local server, no settings of whoever runs the tests. Port 9 refuses at once. */
export const bareEnv: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  HOME: tmpdir(),
  XDG_DATA_HOME: data,
  TERM: 'xterm',
  OLLAMA_HOST: 'http://127.0.0.1:9',
  LMSTUDIO_BASE_URL: 'http://127.0.0.1:9/v1',
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A command under way. */
export class Command implements Disposable {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  stdout = ''
  stderr = ''
  readonly #ended: Promise<unknown[]>

  constructor(file: string, words: readonly string[], { env = {}, cwd = root }: StartOptions = {}) {
    this.child = spawn(file, words, { cwd, env: { ...bareEnv, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    // Whoever stops reading its input early is no failure of the test.
    this.child.stdin.on('error', () => undefined)
    this.#ended = once(this.child, 'close')
  }

  /** Resolves when `stream` holds what matches; rejects when the command ends first. */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this[stream])
      if (found !== null) return found
      const more = await Promise.race([once(this.child[stream], 'data'), this.#ended.then(() => null)])
      if (more === null && !pattern.test(this[stream])) throw new Error(`Ended without ${pattern} on ${stream}:\n${this.stdout}\n${this.stderr}`)
    }
  }

  async end(): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const [code] = (await this.#ended) as [number | null]
    return { code, stdout: this.stdout, stderr: this.stderr }
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL')
  }
}

/** Starts `replm` with pipes. */
export function start(words: readonly string[], options?: StartOptions): Command {
  return new Command(process.execPath, [launcher, ...words], options)
}

/** Runs `replm` with pipes to its end. */
export async function replm(words: readonly string[], { stdin = '', ...options }: StartOptions & { readonly stdin?: string } = {}) {
  using command = start(words, options)
  command.child.stdin.end(stdin)
  return await command.end()
}

/** Whether a terminal can be had: `script` of util-linux makes one. */
export const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

/** Starts `replm` on a terminal of its own: keys go to `child.stdin`, the screen is `stdout`. `redirect` is shell, such as `2>file`. */
export function startOnTerminal(words: readonly string[], { redirect = '', ...options }: StartOptions & { readonly redirect?: string } = {}): Command {
  const quoted = [process.execPath, launcher, ...words].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  return new Command('script', ['--quiet', '--flush', '--return', '--command', `exec ${quoted} ${redirect}`, '/dev/null'], { ...options, env: { SHELL: '/bin/sh', ...options.env } })
}

/** A folder with files of the test's own, gone at its end. */
export function makeFolder(files: Readonly<Record<string, string>>): Disposable & { readonly path: string; readonly file: (name: string) => string } {
  const path = mkdtempSync(join(tmpdir(), 'replm-cli-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return { path, file: (name) => join(path, name), [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The one object of `--json`. */
export function parseOutcome(stdout: string) {
  // The test looks at what it expects of it.
  return JSON.parse(stdout) as {
    ok: boolean
    value?: unknown
    text?: string
    error?: { code: string; message: string; line: number | null; column: number | null; stack: string | null }
    logs: { stream: string; level: string; text: string }[]
    usage: Record<string, number | null>
    durationMs: number
    session: string | null
  }
}
