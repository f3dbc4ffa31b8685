import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ReplmError } from '../../../src/errors.ts'
import { openSqliteEngine } from '../../../src/host/jobs/sqliteEngine.ts'
import { openSqliteJournal } from '../../../src/host/journal/sqliteJournal.ts'
import { temporaryStore, type TemporaryStore } from '../journal/temporaryStore.ts'

const isRoot = process.getuid?.() === 0

let store: TemporaryStore
let file: string
beforeEach(() => {
  store = temporaryStore()
  file = join(store.folder, 'replm-jobs.db')
})
afterEach(() => store[Symbol.dispose]())

/** A file with so many jobs, closed; gives the id of the last. */
async function filled(jobs: number): Promise<string> {
  await using engine = await openSqliteEngine({ file })
  const all = await Promise.all(Array.from({ length: jobs }, (_, index) => engine.submit('kind', { index, text: 'x'.repeat(200) })))
  return all.at(-1)?.id ?? ''
}

async function expectStore(words: RegExp): Promise<void> {
  await using engine = await openSqliteEngine({ file })
  for (const asked of await Promise.allSettled([engine.submit('kind', 1), engine.list(), engine.wait('id'), engine.cancel('id')])) {
    const { code, message } = asked.status === 'rejected' ? (asked.reason as ReplmError) : { code: asked.status, message: '' } // an engine's own errors
    expect(code).toBe('STORE')
    expect(message).toMatch(words)
    expect(message).toContain(file)
  }
}

test.each([
  ['a text', Buffer.from('this is no database, but a letter to the editor. '.repeat(100))],
  ['noise', Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 251))],
])('%s is refused as a store of jobs and left as it was', async (_what, bytes) => {
  writeFileSync(file, bytes)
  await expectStore(/not a store of replm/)
  expect(readFileSync(file).equals(bytes)).toBe(true)
})

test('a database of another program, and a store of sessions, are refused and left as they were', async () => {
  const other = new DatabaseSync(file)
  other.exec('CREATE TABLE bookmarks (url TEXT)')
  other.close()
  const bytes = readFileSync(file)
  await expectStore(/another program/)
  expect(readFileSync(file).equals(bytes)).toBe(true)

  file = store.file
  await using journal = await openSqliteJournal({ file })
  await journal.list()
  await expectStore(/another program/)
})

test('a store of jobs of a newer replm is refused and left as it was', async () => {
  await filled(1)
  const database = new DatabaseSync(file)
  database.exec('PRAGMA user_version = 99')
  database.close()
  await expectStore(/newer replm.*version is 99/)
})

test('a store of jobs that was cut off says that it is damaged', async () => {
  await filled(500)
  truncateSync(file, Math.floor(statSync(file).size / 2))
  await expectStore(/damaged/)
})

test('a store of jobs in a place where there can be none says so', async () => {
  writeFileSync(join(store.folder, 'file'), '')
  file = join(store.folder, 'file', 'replm-jobs.db')
  await expectStore(/cannot be opened/)
})

test.skipIf(isRoot || process.platform === 'win32')('a store of jobs that may only be read is read, and refuses to be written', async () => {
  const id = await filled(3)
  chmodSync(file, 0o400)
  chmodSync(store.folder, 0o500)
  try {
    await using engine = await openSqliteEngine({ file })
    expect(await engine.get(id)).toMatchObject({ status: 'queued' })
    expect((await engine.list()).jobs).toHaveLength(3)
    await expect(engine.submit('kind', 1)).rejects.toMatchObject({ code: 'STORE', message: expect.stringContaining('only be read') as string })
  } finally {
    chmodSync(store.folder, 0o700)
  }
})

test.skipIf(process.platform === 'win32')('all files of a store of jobs, and the folders made for it, are for their owner only', async () => {
  const folder = join(store.folder, 'deep', 'er')
  await using engine = await openSqliteEngine({ file: join(folder, 'replm-jobs.db') })
  await engine.submit('kind', 1)
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['replm-jobs.db', 'replm-jobs.db-wal']))
  for (const name of readdirSync(folder)) expect([name, statSync(join(folder, name)).mode & 0o077]).toEqual([name, 0])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('while another process keeps the store locked for too long, whoever asks for a change is told; then all goes on', async () => {
  const id = await filled(1)
  await using engine = await openSqliteEngine({ file, busyMs: 50 })
  await engine.list()
  const other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  await expect(engine.submit('kind', 1)).rejects.toMatchObject({ code: 'STORE', message: expect.stringContaining('locked') as string })
  expect(await engine.get(id)).toMatchObject({ status: 'queued' })
  await using _worker = engine.work({ handlers: { kind: async () => ({ type: 'completed', result: 'after all' }) } })
  await expect(engine.cancel(id)).rejects.toMatchObject({ code: 'STORE' })
  other.exec('ROLLBACK')
  other.close()
  expect(await engine.wait(id)).toMatchObject({ status: 'completed', result: 'after all' })
})

test('what a job has come to is written as soon as there is a way to write it', async () => {
  await using engine = await openSqliteEngine({ file, busyMs: 50 })
  const { id } = await engine.submit('kind', 1)
  const other = new DatabaseSync(file)
  await using _worker = engine.work({
    handlers: {
      kind: async (task) => {
        other.exec('BEGIN IMMEDIATE')
        task.tell('console.printed', { text: 'one' })
        task.progress({ fraction: 0.5, step: 'half' })
        await engine.submit('other', 1).catch(() => undefined) // refused, as what was told before it
        task.tell('console.printed', { text: 'two' })
        return { type: 'completed', result: 'bought' }
      },
    },
  })
  const waited = engine.wait(id)
  await expect.poll(() => other.isTransaction).toBe(true)
  await expect(engine.submit('other', 1)).rejects.toMatchObject({ code: 'STORE' })
  other.exec('ROLLBACK')
  other.close()
  expect(await waited).toMatchObject({ status: 'completed', result: 'bought', progress: { step: 'half' } })
  const events = await Array.fromAsync(engine.events(id))
  expect(events.flatMap(({ data }) => data['text'] ?? [])).toEqual(['one', 'two'])
})

test('an error of the store says how jobs go on, and speaks of no session', async () => {
  const store = new DatabaseSync(file)
  await using engine = await openSqliteEngine({ file })
  await engine.list()
  store.exec("CREATE TRIGGER no BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'no more'); END")
  store.close()
  const refused = (await engine.submit('kind', 1).catch((thrown: unknown) => thrown)) as ReplmError // errors of ours
  expect(refused).toMatchObject({ code: 'STORE', message: expect.stringContaining('no more') as string })
  expect(refused.message).toContain('ask again')
  expect(refused.message).not.toContain('session')
})

test('removed jobs give their room back', async () => {
  await using engine = await openSqliteEngine({ file })
  const { id } = await engine.submit('kind', 'x'.repeat(5_000_000), { ttlMs: 0 })
  await engine.submit('stays', 1)
  const database = new DatabaseSync(file)
  await engine.cancel(id)
  expect(await engine.get(id)).toBeUndefined()
  for (const table of ['jobs', 'inputs', 'events']) expect([table, database.prepare(`SELECT count(*) AS count FROM ${table}`).get()]).toEqual([table, { count: 1 }])
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  expect(statSync(file).size).toBeLessThan(2_000_000)
})
