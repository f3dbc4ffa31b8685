/** The sandboxes and tapes of this process's sessions, watched as they work, in; ways to kill a sandbox at an entry of its tape out. */
import { vi } from 'vitest'
import { Sandbox } from '../../../src/host/sandbox.ts'
import { Tape } from '../../../src/host/tape.ts'

export interface Sandboxes extends Disposable {
  /** Opened by a session so far, in their order. */
  readonly opened: readonly Sandbox[]
  /** Kills the process of the sandbox that was opened last, as the system would. */
  readonly kill: () => void
  /** Called whenever a tape has taken an entry, also one whose guest is not live. */
  onRecord: (() => void) | undefined
  /** Called whenever the sandbox that was opened last was handed something; `at` counts, from 1. */
  onDeliver: ((at: number) => void) | undefined
}

export function watchSandboxes(): Sandboxes {
  const { open, deliver } = Sandbox.prototype
  const { record } = Tape.prototype
  const opened: Sandbox[] = []
  const killed = new Set<Sandbox>()
  let delivered = 0
  const watched: Sandboxes = {
    opened,
    onRecord: undefined,
    onDeliver: undefined,
    kill: () => {
      const sandbox = opened.at(-1)
      if (sandbox?.pid === undefined || !sandbox.isAlive || killed.has(sandbox)) return
      killed.add(sandbox)
      process.kill(sandbox.pid, 'SIGKILL')
    },
    [Symbol.dispose]: () => vi.restoreAllMocks(),
  }
  vi.spyOn(Sandbox.prototype, 'open').mockImplementation(function (this: Sandbox, ...args) {
    opened.push(this)
    delivered = 0
    return open.apply(this, args)
  })
  vi.spyOn(Sandbox.prototype, 'deliver').mockImplementation(function (this: Sandbox, ...args) {
    const n = deliver.apply(this, args)
    if (this === opened.at(-1)) watched.onDeliver?.(++delivered)
    return n
  })
  vi.spyOn(Tape.prototype, 'record').mockImplementation(function (this: Tape, ...args) {
    record.apply(this, args)
    watched.onRecord?.()
  })
  return watched
}

/** Kills sandboxes at entries of their cells that `random` chooses, and every second one in its replay; `max` of them. */
export function killAtRandom(sandboxes: Sandboxes, random: (below: number) => number, max: number): void {
  let left = 1 + random(6)
  const isOver = (): boolean => sandboxes.opened.length > max
  sandboxes.onRecord = () => {
    if (isOver() || sandboxes.opened.length % 2 === 0 || --left > 0) return
    sandboxes.kill()
    left = 1 + random(40)
  }
  // Further on each time: twice at the same place would be the program's fault.
  let place = 1 + random(8)
  sandboxes.onDeliver = (at) => {
    if (isOver() || sandboxes.opened.length % 2 === 1 || at < place) return
    sandboxes.kill()
    place += 1 + random(20)
  }
}
