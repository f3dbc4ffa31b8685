import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { openSqliteJournal } from '../../../src/host/journal/sqliteJournal.ts'
import { describeJournal } from './conformance.ts'
import { answered, entry, newSession, started } from './records.ts'
import { temporaryStore } from './temporaryStore.ts'

const store = temporaryStore()
afterAll(() => store[Symbol.dispose]())
let count = 0

function newFile(): string {
  return join(store.folder, `${++count}`, 'replm.db')
}

describeJournal('a journal in a file', () => openSqliteJournal({ file: newFile() }))

test('what was written is there for the next to open the file', async () => {
  const file = newFile()
  const made = newSession({ name: 'kept' })
  const bytes = randomBytes(100_000)
  let hash = ''
  {
    await using journal = await openSqliteJournal({ file })
    const claim = await journal.create(made)
    hash = await journal.keep(bytes)
    // Neither waited for nor given up: disposing does both.
    void journal.write(claim, [started(1), entry(1, 1), answered(1)])
  }
  await using journal = await openSqliteJournal({ file })
  expect(await journal.find('kept')).toMatchObject({ ...made, executions: 1, answers: 1, owner: null })
  expect((await Array.fromAsync(journal.tape(made.id))).flat()).toHaveLength(1)
  expect(Buffer.from(await journal.kept(hash)).equals(bytes)).toBe(true)
  expect(await journal.version()).toBe(1)
})

test('two journals of one process are two owners', async () => {
  const file = newFile()
  await using one = await openSqliteJournal({ file })
  const other = await openSqliteJournal({ file })
  const { session } = await other.create(newSession())
  await expect(one.claim(session.id)).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringContaining(`this process (${process.pid})`) })
  expect((await one.find(session.id))?.owner?.pid).toBe(process.pid)
  await other[Symbol.asyncDispose]()
  await one.claim(session.id)
})

test('an owner that writes nothing still says that it lives, for those elsewhere', async () => {
  const file = newFile()
  await using journal = await openSqliteJournal({ file, leaseMs: 300 })
  await journal.create(newSession())
  using database = new DatabaseSync(file, { timeout: 5_000 })
  const lease = database.prepare('SELECT lease_ms AS until FROM sessions')
  const first = lease.get()?.['until']
  while (lease.get()?.['until'] === first) await new Promise((resolve) => setImmediate(resolve))
})

test('what is under way when a journal is disposed is settled, and what was removed half is gone the next time', async () => {
  const file = newFile()
  const journal = await openSqliteJournal({ file })
  const claim = await journal.create(newSession())
  await journal.write(claim, Array.from({ length: 20_000 }, (_, index) => answered(index + 1)))
  await journal.release(claim)
  const removed = journal.remove(claim.session.id).then(
    () => 'removed',
    (thrown: unknown) => (thrown as { code?: unknown }).code,
  )
  await journal[Symbol.asyncDispose]()
  expect(['removed', 'DISPOSED']).toContain(await removed)
  await using again = await openSqliteJournal({ file })
  expect(await again.list()).toEqual([])
})
