import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../../src/host/journal/migrate.ts'
import { applicationId, migrations, type Migration } from '../../../src/host/journal/schema.ts'
import { openSqliteJournal } from '../../../src/host/journal/sqliteJournal.ts'
import { temporaryStore, type TemporaryStore } from './temporaryStore.ts'

const folder = new URL('schemas/', import.meta.url)

let store: TemporaryStore
beforeEach(() => {
  store = temporaryStore()
})
afterEach(() => store[Symbol.dispose]())

/** A store as an earlier version left it. */
function stored(version: number): void {
  const database = new DatabaseSync(store.file)
  database.exec(readFileSync(new URL(`${version}.sql`, folder), 'utf8'))
  database.close()
}

function shapeOf(database: DatabaseSync): unknown {
  return database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all()
}

/** Steps that are not there yet. */
const later: readonly Migration[] = [
  ...migrations,
  { version: 2, sql: `ALTER TABLE sessions ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'; UPDATE sessions SET colour = 'blue' WHERE name = 'stored'` },
  { version: 3, sql: 'CREATE TABLE colours (colour TEXT PRIMARY KEY) STRICT; INSERT INTO colours SELECT DISTINCT colour FROM sessions' },
]

test('there is a stored schema for every version', () => {
  expect(readdirSync(folder).toSorted()).toEqual(migrations.map(({ version }) => `${version}.sql`))
})

test.each(migrations.map(({ version }) => version))('a store of version %i is opened, and goes on where it stood', async (version) => {
  stored(version)
  await using journal = await openSqliteJournal({ file: store.file })
  const session = await journal.find('stored')
  const claim = await journal.claim(session?.id ?? '')
  expect(claim.last).toEqual({ entry: 1, execution: 1, answer: 1, intent: 2 })
  expect(claim.session).toMatchObject({ answers: 1, spent: { queries: 1, unknownQueries: 1, unknownTokens: 100, unknownUsd: 0.25 } })
  expect(await journal.answers(claim.session.id, [1])).toMatchObject([{ text: 'an answer', usd: 0.5 }])
  expect((await Array.fromAsync(journal.tape(claim.session.id))).flat()).toEqual([{ n: 1, execution: 1, entry: '{"type":"answer"}' }])
})

test.each(migrations.map(({ version }) => version))('a store of version %i comes to have the tables of a new one', (version) => {
  stored(version)
  using old = new DatabaseSync(store.file)
  using fresh = new DatabaseSync(':memory:')
  migrate(old, store.file)
  migrate(fresh, ':memory:')
  expect(shapeOf(old)).toEqual(shapeOf(fresh))
})

test('every step that is missing is taken, in its order, and none twice', () => {
  stored(1)
  using database = new DatabaseSync(store.file)
  migrate(database, store.file, { applicationId, migrations: later.slice(0, 2) })
  migrate(database, store.file, { applicationId, migrations: later })
  migrate(database, store.file, { applicationId, migrations: later })
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 })
  expect(database.prepare('SELECT colour FROM colours').all()).toEqual([{ colour: 'blue' }])
  expect(() => migrate(database, store.file)).toThrow(/newer replm.*version is 3/)
})

test('a step that fails leaves the store as it was, also what earlier steps did', () => {
  stored(1)
  using database = new DatabaseSync(store.file)
  const before = shapeOf(database)
  expect(() => migrate(database, store.file, { applicationId, migrations: [...later, { version: 4, sql: 'CREATE TABLE fine (a); INSERT INTO nowhere VALUES (1)' }] })).toThrow(/nowhere/)
  expect(shapeOf(database)).toEqual(before)
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
  expect(database.prepare('SELECT name FROM sessions').all()).toEqual([{ name: 'stored' }])
})

test('two that open a new store at the same time both get it', async () => {
  const journals = await Promise.all([1, 2, 3].map(() => openSqliteJournal({ file: store.file })))
  expect(await Promise.all(journals.map((journal) => journal.list()))).toEqual([[], [], []])
  await Promise.all(journals.map((journal) => journal[Symbol.asyncDispose]()))
})
