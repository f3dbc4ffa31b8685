/** A launch in; one child process with its channel, ended for certain when it must be, and what it died of, out. */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { ReplmError } from '../errors.ts'
import type { Launch } from './launch.ts'

export interface SandboxProcessListener {
  onData(chunk: Buffer): void
  /** It is gone, or never was there. */
  onGone(error: ReplmError): void
  /** What its owner knows that it has died of, when it is gone. */
  fault(): ReplmError | undefined
}

/** Kept of what the process writes to its standard error, to tell running out of memory from other deaths. */
const maxStderrUnits = 8_192

const outOfMemoryWords = /out of memory|allocation failed|invalid size error|invalid table size|Array buffer allocation|OOM error/i

export class SandboxProcess {
  readonly channel: Duplex
  /** The process behind bubblewrap, or the one that was started. */
  readonly innerPid: Promise<number | undefined>
  readonly #child: ChildProcess
  readonly #listener: SandboxProcessListener
  #stderr = ''

  constructor(launch: Launch, listener: SandboxProcessListener) {
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'pipe', launch.infoFd === null ? 'ignore' : 'pipe']
    // A group of its own: Ctrl-C at a terminal signals the whole foreground group, and what it means is for the host to decide.
    const detached = process.platform !== 'win32'
    this.#child = spawn(launch.command, launch.args, { env: launch.env, stdio, cwd: '/', windowsHide: true, detached })
    this.channel = this.#child.stdio[3] as Duplex // made by 'pipe' above
    this.innerPid = launch.infoFd === null ? Promise.resolve(this.#child.pid) : readChildPid(this.#child.stdio[4] as Readable)
    this.#listener = listener
    this.#listen()
  }

  /** Of the process that was started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it keeps the host's process from ending. */
  keepAlive(wanted: boolean): void {
    for (const stream of [this.#child, ...this.#child.stdio] as ({ ref?: () => void; unref?: () => void; destroyed?: boolean } | null)[]) {
      // A closed socket would wait for its connection with another listener each time.
      if (stream?.destroyed === true) continue
      if (wanted) stream?.ref?.()
      else stream?.unref?.()
    }
  }

  /** Resolves when the signal is sent. Until the sandbox is ready, bubblewrap may have made a process that does not yet die with it: that one is ended first. */
  async kill({ isReady }: { readonly isReady: boolean }): Promise<void> {
    if (!isReady) {
      this.keepAlive(true)
      const inner = await this.innerPid.catch(() => undefined)
      if (inner !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) killProcess(inner)
    }
    this.#child.kill('SIGKILL')
  }

  #listen(): void {
    this.channel.on('data', (chunk: Buffer) => this.#listener.onData(chunk))
    this.channel.on('error', () => undefined) // 'close' follows, and says what there is to say.
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      if (this.#stderr.length < maxStderrUnits) this.#stderr += chunk.toString('latin1').slice(0, maxStderrUnits)
    })
    this.#child.on('error', (error) => this.#listener.onGone(new ReplmError('CRASHED', `The sandbox process could not be started: ${error.message}`)))
    this.#child.on('close', (code, signal) => this.#listener.onGone(this.#deathError(code, signal)))
  }

  #deathError(code: number | null, signal: NodeJS.Signals | null): ReplmError {
    if (outOfMemoryWords.test(this.#stderr)) return new ReplmError('MEMORY', 'The sandbox ran out of memory')
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`
    return this.#listener.fault() ?? new ReplmError('CRASHED', `The sandbox process died (${how})`, { cause: this.#stderr })
  }
}

/** Bubblewrap names the process it made as JSON on a pipe of its own. */
async function readChildPid(info: Readable): Promise<number | undefined> {
  let text = ''
  for await (const chunk of info) text += String(chunk)
  return Number(/"child-pid":\s*(\d+)/.exec(text)?.[1]) || undefined
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
