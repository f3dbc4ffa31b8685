/** Nothing in; a folder for one test, gone when it is disposed, out. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryStore extends Disposable {
  readonly folder: string
  /** Not there yet. */
  readonly file: string
}

export function temporaryStore(): TemporaryStore {
  const folder = mkdtempSync(join(tmpdir(), 'replm-journal-'))
  return { folder, file: join(folder, 'replm.db'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}
