/** The sandboxes that sessions of this process open; a way to kill them at an entry of theirs, out. The real ones are only watched. */
import { vi } from 'vitest'
import { Sandbox } from '../../../src/host/sandbox.ts'

export interface Sandboxes extends Disposable {
  /** Opened by a session so far, in their order. */
  readonly opened: readonly Sandbox[]
  /** Kills the process of the sandbox that was opened last, as the system would. */
  readonly kill: () => void
  /** Whenever a sandbox is handed an entry that its session counts as one; `at` is the entry's number in that sandbox. */
  onEntry: ((sandbox: Sandbox, at: number) => void) | undefined
}

export function watchSandboxes(): Sandboxes {
  const { open, deliver, run } = Sandbox.prototype
  const opened: Sandbox[] = []
  const entries = new Map<Sandbox, number>()
  const watched: Sandboxes = {
    opened,
    onEntry: undefined,
    kill: () => killSandbox(opened.at(-1)),
    [Symbol.dispose]: () => vi.restoreAllMocks(),
  }
  const count = (sandbox: Sandbox): void => {
    const at = (entries.get(sandbox) ?? 0) + 1
    entries.set(sandbox, at)
    watched.onEntry?.(sandbox, at)
  }
  vi.spyOn(Sandbox.prototype, 'open').mockImplementation(function (this: Sandbox, ...args) {
    opened.push(this)
    return open.apply(this, args)
  })
  vi.spyOn(Sandbox.prototype, 'deliver').mockImplementation(function (this: Sandbox, ...args) {
    const n = deliver.apply(this, args)
    count(this)
    return n
  })
  vi.spyOn(Sandbox.prototype, 'run').mockImplementation(function (this: Sandbox, ...args) {
    const n = run.apply(this, args)
    count(this)
    return n
  })
  return watched
}

export function killSandbox(sandbox: Sandbox | undefined): void {
  const pid = sandbox?.pid
  if (pid === undefined || sandbox?.isAlive !== true) return
  process.kill(pid, 'SIGKILL')
}
