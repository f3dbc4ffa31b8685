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

/** How long it takes, in milliseconds, until the death of a sandbox is told. A cell goes on in another one, but not after a second death at the same place: that ends it at once. */
export async function noticingMs(replm: Replm): Promise<number> {
  await using known = await openKnown(replm)
  const { session, pid } = known
  const next = await newestSandbox(inUse)
  const run = session.start('await sleep(60_000)')
  const ended = run.result.then(
    () => Promise.reject(new Error('The cell outlived its sandboxes')),
    () => performance.now(),
  )
  await sleep(20)
  process.kill(pid, 'SIGKILL')
  for await (const { type } of run.events) if (type === 'session.rebuilt') break
  inUse.add(next)
  const start = performance.now()
  process.kill(next, 'SIGKILL')
  return (await ended) - start
}

/** A session whose sandbox was killed between two cells, long enough ago to be known. */
export async function lostSession(replm: Replm): Promise<{ readonly session: Session } & AsyncDisposable> {
  const { session, pid } = await openKnown(replm)
  process.kill(pid, 'SIGKILL')
  await sleep(50)
  return { session, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() }
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
