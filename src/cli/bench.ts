/** Names of benchmarks in; their process, run to its end, and its exit code out. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { UsageError } from './arguments.ts'
import { onInterrupt } from './interrupts.ts'
import type { CommonOptions } from './stage.ts'

interface BenchOptions extends CommonOptions {
  /** Folder for the figures. @default `benchmarks/results` of the clone */
  readonly out?: string
  /** Fewer rounds. @default false */
  readonly quick?: boolean
  /** The whole matrix. @default false */
  readonly full?: boolean
}

const entry = fileURLToPath(new URL('../../benchmarks/main.ts', import.meta.url))

/** Which benchmarks there are, how long they take and what they answer: a line for each. '' where there are none, as in a package. */
export function listBenchmarks(): string {
  if (!existsSync(entry)) return ''
  const { status, stdout } = spawnSync(process.execPath, [entry, '--list'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return status === 0 ? `About how long each takes on two cores:\n${stdout.trimEnd()}` : ''
}

/** `replm bench`: the benchmarks measure a clone, and come with it only. With `json` the figures are printed instead of a table. */
export async function runBenchmarks(names: readonly string[], { out, quick, full, json }: BenchOptions): Promise<number> {
  if (!existsSync(entry)) throw new UsageError('The benchmarks come with a clone of replm, not with its package: run `npm ci && npx replm bench` in a clone')
  const options = [...(out === undefined ? [] : ['--out', out]), ...(quick === true ? ['--quick'] : []), ...(full === true ? ['--full'] : []), ...(json === true ? ['--json'] : [])]
  const child = spawn(process.execPath, [entry, ...options, '--', ...names], { stdio: 'inherit' })
  // Ctrl-C at a terminal reaches the benchmarks by itself; they say how they ended.
  const stopListening = onInterrupt(() => child.kill('SIGTERM'))
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
  stopListening()
  return code
}
