/** Nothing in; engines in SQLite files, each in a folder of its own, out. */
import { join } from 'node:path'
import { temporaryStore } from '../../journal/temporaryStore.ts'
import type { EngineFactory } from '../engineFactory.ts'

export const sqliteModule = new URL('./sqlite.ts', import.meta.url).href

export const sqliteInFile: EngineFactory = {
  name: 'an engine in a file',
  isShared: true,
  openPlace: () => {
    const { folder, [Symbol.dispose]: dispose } = temporaryStore()
    return { module: sqliteModule, data: { file: join(folder, 'replm-jobs.db') }, folder, [Symbol.dispose]: dispose }
  },
}
