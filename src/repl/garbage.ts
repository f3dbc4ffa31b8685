/** Nothing in; garbage given back to the system, out. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void

let collect: Collect | undefined

/**
 * Collects what this process itself has left over, as thoroughly as V8 can; some ten milliseconds.
 * V8 lends its collector only by a flag, and puts it into every context made while that is set: so it is set for one context only, and no guest sees it.
 */
export function collectGarbage(): void {
  collect ??= lendCollector()
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

function lendCollector(): Collect {
  setFlagsFromString('--expose-gc')
  try {
    return runInNewContext('gc') as Collect
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}
