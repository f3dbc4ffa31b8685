/** A sandbox's deadlines and its process id in; the fault to kill it for, out. */
import { readFileSync } from 'node:fs'
import { ReplmError } from '../errors.ts'
import { backgroundTurnMs } from '../protocol.ts'

/** How long after the guest's own time is over the process is given to say so itself, in milliseconds. */
const graceMs = 350

/** How often a busy sandbox is looked at, in milliseconds. */
const watchMs = 20

/** What the process may hold beyond its guest's limit: garbage not yet collected, frames on their way, compiled code. In MiB. */
const headroomMb = 128

const mib = 1024 * 1024
const pageBytes = 4_096

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

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#busySince = undefined
  }

  /** What is wrong now, if anything is. */
  fault(): ReplmError | undefined {
    if (this.#busySince === undefined) return undefined
    const overMs = performance.now() - this.#busySince - Math.max(backgroundTurnMs, this.#cpuLimitMs - this.#cpuUsedMs)
    if (overMs > graceMs) return new ReplmError('CPU', `The cell ran for more than ${this.#cpuLimitMs} ms of CPU time and could not be stopped`)
    const resident = this.#resident()
    if (resident === null || resident - this.#baseBytes <= (this.#memoryMb + headroomMb) * mib) return undefined
    return new ReplmError('MEMORY', `The sandbox used more memory than its limit of ${this.#memoryMb} MiB`)
  }

  #look(): void {
    const fault = this.fault()
    if (fault !== undefined) this.#onFault(fault)
  }

  /** Read synchronously: it is a kernel's table, not a disk, and takes a hundredth of a millisecond. */
  #resident(): number | null {
    if (this.#pid === undefined) return null
    try {
      const pages = Number(readFileSync(`/proc/${this.#pid}/statm`, 'latin1').split(' ')[1])
      return Number.isFinite(pages) ? pages * pageBytes : null
    } catch {
      return null // Not Linux, or gone already.
    }
  }
}
