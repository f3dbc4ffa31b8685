/** Nothing in; a file of 100 MB of ASCII lines, gone when it is disposed of, out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function largeText(): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'replm-bench-'))
  const path = join(folder, 'large.txt')
  const line = 'The quick brown fox jumps over the lazy dog while 99 others look on.\n'
  writeFileSync(path, line.repeat(Math.ceil(100e6 / line.length)).slice(0, 100e6))
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}
