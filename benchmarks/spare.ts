/** A replm in; sessions whose process is known, by their being the spare at the time, out. Linux only. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Replm, Session } from '../src/index.ts'
import { leaves, memoryMb } from './processes.ts'

/** Resolves when there is a spare and it has done with its start: its memory grows no more. */
export async function spareIsWarm(): Promise<void> {
  await newestSandbox(new Set())
}

/** A session that is idle after its first cell, and the process of its sandbox. */
export async function openKnown(replm: Replm): Promise<{ readonly session: Session; readonly pid: number } & AsyncDisposable> {
  const pid = await newestSandbox(inUse)
  const session = await replm.openSession()
  await session.run('1+1')
  inUse.add(pid)
  await newestSandbox(inUse)
  return { session, pid, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() }
}

/** A session whose sandbox was killed in the middle of a cell, with a spare at hand; and how long that took to be told. */
export async function killedSession(replm: Replm): Promise<{ readonly session: Session; readonly noticedMs: number } & AsyncDisposable> {
  const { session, pid } = await openKnown(replm)
  const { result } = session.start('await sleep(60_000)')
  await sleep(20)
  const start = performance.now()
  const told = result.then(
    () => Promise.reject(new Error('The cell outlived its sandbox')),
    () => performance.now() - start,
  )
  process.kill(pid, 'SIGKILL')
  return { session, noticedMs: await told, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() }
}

/** Sandboxes that serve a session. */
const inUse = new Set<number>()

/** A sandbox is warm when its memory has stayed the same this long, in milliseconds. */
const calmMs = 100

async function newestSandbox(but: ReadonlySet<number>): Promise<number> {
  for (let waited = 0; waited < 10_000; waited += calmMs) {
    const pid = leaves(process.pid).findLast((each) => !but.has(each))
    const before = pid === undefined ? 0 : residentMb(pid)
    await sleep(calmMs)
    if (pid !== undefined && before > 20 && Math.abs(residentMb(pid) - before) < 0.1) return pid
  }
  throw new Error('No spare sandbox has come up within 10 s')
}

function residentMb(pid: number): number {
  try {
    return memoryMb(pid).rss
  } catch {
    // It has ended meanwhile.
    return 0
  }
}
