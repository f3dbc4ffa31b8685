/** Nothing in; the environment in which `rg` is the program of the machine out: npm puts a package's of the same name before it. */
import { spawnSync } from 'node:child_process'
import { delimiter, sep } from 'node:path'

export function ripgrepEnv(): NodeJS.ProcessEnv {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.split(sep).includes('node_modules'))
  return { ...process.env, PATH: folders.join(delimiter) }
}

/** What it says of itself; undefined where it is not installed. */
export function ripgrepVersion(): string | undefined {
  const { status, stdout } = spawnSync('rg', ['--version'], { env: ripgrepEnv(), encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0] : undefined
}
