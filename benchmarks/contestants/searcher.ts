/** A file, and a way of searching it, in a process of its own; every match as an object, how long that took, and what the loop and memory show meanwhile, out. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { loadBuilt } from '../built.ts'
import type { Open } from '../contestant.ts'
import { watchLoop } from '../loopGap.ts'
import { memoryMb } from '../processes.ts'
import { ripgrepEnv } from '../ripgrep.ts'

export interface SearcherSetup {
  readonly path: string
  readonly who: 'replm' | 'ripgrep'
}

export interface SearcherTask {
  readonly pattern: string
  readonly ignoreCase: boolean
}

export interface SearcherOutcome {
  readonly matches: number
  readonly wallMs: number
  /** The longest time that the loop was away. */
  readonly gapMs: number
  /** Of this process, at the end, beyond what it was before. */
  readonly extraMb: number
}

/** What both make of a line that matches. */
interface Match {
  readonly line: number
  readonly column: number
  readonly offset: number
  readonly text: string
  readonly submatches: readonly { readonly text: string; readonly start: number; readonly end: number }[]
}

export const open: Open<SearcherSetup, SearcherTask, SearcherOutcome> = async ({ path, who }) => {
  const { openFileSearch } = await loadBuilt()
  const search = await openFileSearch(path)
  const find = async ({ pattern, ignoreCase }: SearcherTask, take: (match: Match) => void): Promise<void> => {
    if (who === 'ripgrep') return ripgrep(path, { pattern, ignoreCase }, take)
    for await (const match of search.matches(pattern, { ignoreCase })) take(match)
  }
  return async (task) => {
    globalThis.gc?.()
    const before = memoryMb(process.pid).rss
    const loop = watchLoop()
    const start = performance.now()
    let matches = 0
    await find(task, () => matches++)
    const wallMs = performance.now() - start
    return { matches, wallMs, gapMs: loop.stop(), extraMb: memoryMb(process.pid).rss - before }
  }
}

/** As a program would use it: places in UTF-16 units where the text is ASCII, as it is here. */
async function ripgrep(path: string, { pattern, ignoreCase }: SearcherTask, take: (match: Match) => void): Promise<void> {
  const child = spawn('rg', ['--no-config', '--json', ...(ignoreCase ? ['--ignore-case'] : []), '-e', pattern, '--', path], { env: ripgrepEnv(), stdio: ['ignore', 'pipe', 'inherit'] })
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  const read = async (): Promise<void> => {
    for await (const line of createInterface({ input: child.stdout })) {
      const { type, data } = JSON.parse(line) as { type: string; data: RipgrepMatch } // what ripgrep documents
      if (type !== 'match') continue
      const submatches = data.submatches.map(({ match, start, end }) => ({ text: match.text, start, end }))
      const first = submatches[0]?.start ?? 0
      take({ line: data.line_number, column: first + 1, offset: data.absolute_offset + first, text: data.lines.text.replace(/\r?\n$/, ''), submatches })
    }
  }
  await Promise.race([read(), failed])
}

interface RipgrepMatch {
  readonly line_number: number
  readonly absolute_offset: number
  readonly lines: { readonly text: string }
  readonly submatches: readonly { readonly match: { readonly text: string }; readonly start: number; readonly end: number }[]
}
