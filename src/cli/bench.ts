/** Names of benchmarks in; their process, run to its end, and its exit code out. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { UsageError } from './arguments.ts'

/** `replm bench`: the benchmarks measure a clone, and come with it only. */
export async function runBenchmarks(words: readonly string[]): Promise<number> {
  const file = fileURLToPath(new URL('../../benchmarks/main.ts', import.meta.url))
  if (!existsSync(file)) throw new UsageError('The benchmarks come with a clone of replm, not with its package: run `npm ci && npx replm bench` in a clone')
  const child = spawn(process.execPath, [file, ...words], { stdio: 'inherit' })
  // Ctrl-C reaches the benchmark, too; it says how it ended.
  process.on('SIGINT', () => undefined)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}
