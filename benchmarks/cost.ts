/** Work in; its wall time, the CPU of this process and of all below it, and how late the loop was meanwhile, out. */
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { descendants, memoryMb } from './processes.ts'

export interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
  /** How late a timer of 1 ms was, at the 99.9th percentile and at the worst, in milliseconds. NaN where nobody looked. */
  readonly gapMs: number
  readonly worstGapMs: number
  /** Resident memory of this process after it, in MB. */
  readonly rssMb: number
}

/** Garbage of what came before is not counted. To look at the loop takes a tenth of a core: then `cpuMs` says little of the work. */
export async function costOf(work: () => Promise<unknown>, { looksAtLoop }: { readonly looksAtLoop: boolean }): Promise<Cost> {
  globalThis.gc?.()
  await turn()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const below = descendants(process.pid)
  const belowBefore = cpuOf(below)
  const own = process.cpuUsage()
  if (looksAtLoop) delay.enable()
  const start = performance.now()
  await work()
  const wallMs = performance.now() - start
  const { user, system } = process.cpuUsage(own)
  // Its own end has to come to the loop, too.
  await turn()
  delay.disable()
  const cpuMs = (user + system) / 1_000 + cpuOf(below) - belowBefore
  return {
    wallMs,
    cpuMs,
    gapMs: looksAtLoop ? lateness(delay.percentile(99.9)) : NaN,
    worstGapMs: looksAtLoop ? lateness(delay.max) : NaN,
    rssMb: memoryMb(process.pid).rss,
  }
}

function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - 1)
}

/** Time that the threads of these processes ran, in milliseconds, as the scheduler counted it. Linux only. */
function cpuOf(pids: readonly number[]): number {
  let total = 0
  for (const pid of pids) {
    try {
      for (const task of readdirSync(`/proc/${pid}/task`)) total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // It has ended meanwhile.
    }
  }
  return total / 1e6
}
