import { afterAll } from 'vitest'
import { join } from 'node:path'
import { openSqliteJournal } from '../../../src/host/journal/sqliteJournal.ts'
import { describeJournal } from './conformance.ts'
import { temporaryStore } from './temporaryStore.ts'

const store = temporaryStore()
afterAll(() => store[Symbol.dispose]())
let count = 0

describeJournal('a journal in a file', () => openSqliteJournal({ file: join(store.folder, `${++count}`, 'replm.db') }))
