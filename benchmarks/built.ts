/** Nothing in; replm as its users run it, built from the sources as they are, out. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as library from '../src/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds `dist` where it is missing or older than a source. Throws when that fails. */
export function build(): void {
  const entry = join(root, 'dist/cli/main.js')
  if (existsSync(entry) && statSync(entry).mtimeMs >= newest(join(root, 'src'))) return
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`replm cannot be built to be measured:\n${stdout.trimEnd()}\nRepair that, and run the benchmarks again`)
}

/** The library of `dist`. */
export async function loadBuilt(): Promise<typeof library> {
  return loadPart<typeof library>('index')
}

/** A module of `dist` by its path in `src`, without an ending. */
export async function loadPart<T>(path: string): Promise<T> {
  // The sources say what it exports: `dist` need not exist when this is checked.
  return (await import(new URL(`../dist/${path}.js`, import.meta.url).href)) as T
}

/** A folder with the command as a package has it: launcher and `dist`, no sources. Call `remove` in the end. */
export function installCommand(): { readonly command: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'dist'), join(folder, 'dist'))
  return { command: join(folder, 'bin/replm.js'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? newest(join(folder, entry.name)) : statSync(join(folder, entry.name)).mtimeMs)),
  )
}
