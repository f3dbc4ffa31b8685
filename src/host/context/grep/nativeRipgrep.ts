/** Words in; the machine's own ripgrep, run with them and nothing of the environment, out. */
import { spawn } from 'node:child_process'
import { access, constants, realpath } from 'node:fs/promises'
import { delimiter, isAbsolute, join, sep } from 'node:path'
import { ReplmError } from '../../../errors.ts'
import type { RunRipgrep } from './scanRipgrep.ts'

/** Bytes given to it at a time. */
const stepBytes = 256 * 1024

/** Longest word that a process can be given (on Linux, with some to spare). */
const maxWordBytes = 128 * 1024 - 64

/** Runs it without a shell; the text comes to it through a pipe, so that it reads what every engine reads. */
export function createNativeRipgrep(check: () => void): RunRipgrep {
  return async ({ words, read, write, writeError }) => {
    if (words.some((word) => Buffer.byteLength(word) > maxWordBytes)) throw new RangeError('The pattern is too long to be given to another process; use the default engine')
    const child = spawn(await findRipgrep(), [...words], { env: {}, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? 2))
    })
    // It is waited for below, after all was written.
    ended.catch(() => undefined)
    let failure: { readonly thrown: unknown } | undefined
    const guarded = (take: (bytes: Uint8Array) => void) => (bytes: Uint8Array) => {
      try {
        if (failure === undefined) take(bytes)
      } catch (thrown) {
        failure = { thrown }
        child.kill('SIGKILL')
      }
    }
    child.stdout.on('data', guarded(write))
    child.stderr.on('data', guarded(writeError))
    // It may have enough before it has read all.
    child.stdin.on('error', () => undefined)
    try {
      for (const step = Buffer.allocUnsafe(stepBytes); ; ) {
        check()
        const length = read(step)
        if (length === 0 || child.stdin.destroyed || failure !== undefined) break
        await new Promise<void>((resolve) => {
          const release = (): void => {
            child.off('close', release)
            resolve()
          }
          child.once('close', release)
          child.stdin.write(step.subarray(0, length), release)
        })
      }
      child.stdin.end()
      const code = await ended
      if (failure !== undefined) throw failure.thrown
      return code
    } finally {
      child.kill('SIGKILL')
    }
  }
}

/** The first `rg` of PATH that is a program: what npm puts there is the module in a package, run by Node. Folders that are named relative to another one are left out. */
export async function findRipgrep(path: string = process.env['PATH'] ?? ''): Promise<string> {
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg'
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue
    const found = await access(join(folder, name), constants.X_OK).then(
      () => realpath(join(folder, name)),
      () => undefined,
    )
    if (found !== undefined && !found.split(sep).includes('node_modules')) return found
  }
  throw new ReplmError('CONFIG', "`engine: 'rg'` needs ripgrep, and there is no `rg` on the PATH of this machine. Install it, or leave `engine` out: the default is ripgrep as well.")
}
