/** A sandbox's deadlines and its process id in; the fault to kill it for, out. */
import { readFileSync } from 'node:fs'
import { ReplmError } from '../errors.ts'
import { backgroundTurnMs } from '../protocol.ts'

/** How long after the guest's own time is over the process is given to say so itself, in milliseconds. */
const graceMs = 350

/** How often a busy sandbox is looked at, in milliseconds. */
const watchMs = 20

/** How often an open sandbox is looked at that has nothing to do, in milliseconds. */
const idleWatchMs = 500

/** CPU time that it may take all the same, collecting its garbage: so much between two looks, and so much more in all, in milliseconds. */
const idleShareMs = 50
const idleSpareMs = 2_000

/** What the process may hold beyond its guest's limit: garbage not yet collected, frames on their way, compiled code. In MiB. */
const headroomMb = 128

const mib = 1024 * 1024
const pageBytes = 4_096

/** The kernel counts CPU time in these, in milliseconds, wherever Node runs. */
const tickMs = 10

/**
 * Watches one sandbox while it is busy: its guest cannot be interrupted from inside in native code, and its memory limit is a guideline.
 * Time is counted from the moment the sandbox had something to do, so waiting costs nothing.
 */
export class Watchdog {
  readonly #onFault: (error: ReplmError) => void
  #pid: number | undefined
  #timer: NodeJS.Timeout | undefined
  #busySince: number | undefined
  #cpuLimitMs = Infinity
  #cpuUsedMs = 0
  #memoryMb = Infinity
  #baseBytes = 0
  #idleTimer: NodeJS.Timeout | undefined
  #cpuMs = 0
  #idleWorkMs = 0
  /** It had something to do since the last look. */
  #wasBusy = true

  constructor(options: { readonly pid: Promise<number | undefined>; readonly onFault: (error: ReplmError) => void }) {
    this.#onFault = options.onFault
    options.pid.then(
      (pid) => (this.#pid = pid),
      () => undefined, // Without a process id only time is watched.
    )
  }

  /** Takes what the process holds now as the base on which the guest's limit stands. */
  setMemory(memoryMb: number): void {
    this.#memoryMb = memoryMb
    this.#baseBytes = this.#resident() ?? 0
    this.#idleTimer ??= setInterval(() => this.#lookAtIdle(), idleWatchMs)
    this.#idleTimer.unref()
  }

  /** A loaded context is the person's own wish: it counts in the isolate, not here. */
  rebase(): void {
    this.#baseBytes = Math.max(this.#baseBytes, this.#resident() ?? 0)
  }

  /** A new cell's account of running time. */
  start(cpuLimitMs: number): void {
    this.#cpuLimitMs = cpuLimitMs
    this.#cpuUsedMs = 0
  }

  /** Something was sent that the sandbox must answer. */
  expect(): void {
    this.#wasBusy = true
    this.#busySince ??= performance.now()
    this.#timer ??= setInterval(() => this.#look(), watchMs)
  }

  /** The sandbox has come so far. What it says of its running time may be a lie, but never lessens what it has said before. */
  acknowledge(turn: { readonly cpuUsedMs: number; readonly isNew: boolean; readonly isIdle: boolean }): void {
    this.#cpuUsedMs = Math.max(this.#cpuUsedMs, turn.cpuUsedMs)
    if (turn.isIdle) this.stop()
    // A word in the middle of a turn is no progress: the turn began where it began.
    else if (turn.isNew) this.#busySince = performance.now()
  }

  /** It has nothing to do. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#busySince = undefined
  }

  /** It is dead. */
  end(): void {
    this.stop()
    clearInterval(this.#idleTimer)
  }

  /** What is wrong now, if anything is. */
  fault(): ReplmError | undefined {
    if (this.#busySince === undefined) return undefined
    const overMs = performance.now() - this.#busySince - Math.max(backgroundTurnMs, this.#cpuLimitMs - this.#cpuUsedMs)
    if (overMs > graceMs) return new ReplmError('CPU', `The cell ran for more than ${this.#cpuLimitMs} ms of CPU time and could not be stopped`)
    return this.#memoryFault()
  }

  #memoryFault(): ReplmError | undefined {
    const resident = this.#resident()
    if (resident === null || resident - this.#baseBytes <= (this.#memoryMb + headroomMb) * mib) return undefined
    return new ReplmError('MEMORY', `The sandbox used more memory than its limit of ${this.#memoryMb} MiB`)
  }

  /** No guest can run when there is no entry to take: only one that has broken out works on, or fills the memory. */
  #lookAtIdle(): void {
    const before = this.#cpuMs
    this.#cpuMs = this.#processCpuMs() ?? 0
    this.#idleWorkMs = this.#wasBusy ? 0 : Math.max(0, this.#idleWorkMs + this.#cpuMs - before - idleShareMs)
    this.#wasBusy = this.#busySince !== undefined
    const fault = this.#idleWorkMs > idleSpareMs ? new ReplmError('CRASHED', 'The sandbox went on running when it had nothing to do') : this.#memoryFault()
    if (fault !== undefined) this.#onFault(fault)
  }

  #look(): void {
    const fault = this.fault()
    if (fault !== undefined) this.#onFault(fault)
  }

  #resident(): number | null {
    const pages = Number(this.#processInfo('statm')?.split(' ')[1])
    return Number.isFinite(pages) ? pages * pageBytes : null
  }

  #processCpuMs(): number | null {
    // The name of the program stands in brackets before, and may hold anything.
    const fields = this.#processInfo('stat')?.replace(/^.*\) /s, '').split(' ')
    const ticks = Number(fields?.[11]) + Number(fields?.[12])
    return Number.isFinite(ticks) ? ticks * tickMs : null
  }

  /** Read synchronously: it is a kernel's table, not a disk, and takes a hundredth of a millisecond. */
  #processInfo(name: 'stat' | 'statm'): string | null {
    if (this.#pid === undefined) return null
    try {
      return readFileSync(`/proc/${this.#pid}/${name}`, 'latin1')
    } catch {
      return null // Not Linux, or gone already.
    }
  }
}
