/** A process in; its descendants and what memory they hold, from /proc, out. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** All processes below one, children before theirs. */
export function descendants(pid: number): number[] {
  const children = tasksOf(pid).flatMap((task) => words(`/proc/${pid}/task/${task}/children`).map(Number))
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** Those below a process that have no child of their own: the sandboxes, whatever stands around them. */
export function leaves(pid: number): number[] {
  return descendants(pid).filter((each) => descendants(each).length === 0)
}

/** Resident memory of a process, in MB of 1024 × 1024 bytes: all of it, its share of what others hold too, and that share without what is mapped from files. */
export function memoryMb(pid: number): { readonly rss: number; readonly pss: number; readonly anonymous: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) / 1024
  return { rss: field('Rss'), pss: field('Pss'), anonymous: field('Pss_Anon') }
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    // It has ended meanwhile.
    return []
  }
}

function words(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(' ')
      .filter((word) => word !== '')
  } catch {
    // It has ended meanwhile.
    return []
  }
}
