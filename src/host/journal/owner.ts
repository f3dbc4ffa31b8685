/** Who this process is, as others on this machine or another one can tell; and whether the owner of a session still lives. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Owner {
  readonly pid: number
  /** When the process began, in ticks since boot, as text; null where the system does not say. A process id alone is given out again. */
  readonly started: string | null
  /** Machine, boot and space of process ids: only owners in the same place can look at each other's processes. */
  readonly place: string
  readonly host: string
}

let us: Owner | undefined

export function thisOwner(): Owner {
  us ??= { pid: process.pid, started: statusOf(process.pid)?.started ?? null, place: placeOf(), host: hostname() }
  return us
}

/** Whether an owner lives whose lease ends at `untilMs`. In the same place a dead one is known at once; elsewhere only its lease tells. */
export function isAlive(owner: Owner, { untilMs, nowMs }: { readonly untilMs: number; readonly nowMs: number }): boolean {
  const here = thisOwner()
  if (owner.place === here.place) {
    if (owner.started === null) return isRunning(owner.pid) && (owner.pid === here.pid || nowMs < untilMs)
    const status = statusOf(owner.pid)
    return status !== undefined && status.started === owner.started && status.state !== 'Z' && status.state !== 'X'
  }
  // This machine, started anew since: nothing of before lives.
  const [machine, boot] = owner.place.split(' ')
  const [ourMachine, ourBoot] = here.place.split(' ')
  if (machine !== '' && machine === ourMachine && owner.host === here.host && boot !== ourBoot) return false
  return nowMs < untilMs
}

function placeOf(): string {
  const boot = read('/proc/sys/kernel/random/boot_id')
  if (boot === '') return `${read('/etc/machine-id')} ${hostname()} `
  return `${read('/etc/machine-id')} ${boot} ${link('/proc/self/ns/pid')}`
}

/** State and start of a process, from Linux's /proc; undefined where there is none. */
function statusOf(pid: number): { readonly state: string; readonly started: string } | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === '') return undefined
  // The second field is the program's name in brackets and may hold anything; `starttime` is the 22nd field.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const started = rest[18]
  return state === undefined || started === undefined ? undefined : { state, started }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as { code?: unknown }).code === 'EPERM' // it lives, but is another user's
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return '' // not on this system, or gone
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return '' // not on this system
  }
}
